// A reading client and its topic handles; shared by all that still hold records of it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/base/status.h"
#include "engine/kafka/client_conf.h"
#include "engine/kafka/handles.h"
#include "engine/kafka/kafka_log.h"

namespace ebb::kafka {

// Thread-safety: any thread.
class FetchClient {
 public:
  static Result<std::shared_ptr<FetchClient>> open(const KafkaLogOptions& options, bool read_committed,
                                                   std::size_t max_queue_bytes,
                                                   std::size_t max_queue_records = kManyRecords);

  rd_kafka_t* client() const { return client_.get(); }
  rd_kafka_topic_t* topic(const std::string& name);
  // Asks for the topic's partitions and returns how many there are. Without it the first record waits for up
  // to a second. Errors: kNotFound, kUnavailable.
  Result<std::int32_t> learn(const std::string& name, DurationMs timeout_ms);

 private:
  FetchClient() = default;

  ClientPtr client_;
  std::mutex mutex_;
  std::map<std::string, TopicPtr> topics_;  // goes before the client
};

}  // namespace ebb::kafka
