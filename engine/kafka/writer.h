// Appends records for tools: in order per partition, none twice, none lost without a word.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/base/status.h"
#include "engine/kafka/handles.h"
#include "engine/kafka/kafka_log.h"
#include "engine/log.h"

namespace ebb::kafka {

class KafkaTopicWriter final : public TopicWriter {
 public:
  static Result<std::unique_ptr<TopicWriter>> open(const KafkaLogOptions& options);
  Status append(const std::string& topic, TaskId partition, std::string_view key, std::string_view value,
                const std::vector<Header>& headers, TimeMs timestamp_ms) override;
  Status flush() override;

 private:
  KafkaTopicWriter() = default;
  static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);
  Result<rd_kafka_topic_t*> topic(const std::string& name);

  Status failure_;  // the first; written inside our own calls into librdkafka
  ClientPtr client_;
  std::map<std::string, TopicPtr> topics_;  // goes before the client
};

}  // namespace ebb::kafka
