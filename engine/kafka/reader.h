// Reads all partitions of a topic, committed records only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/kafka_log.h"
#include "engine/kafka/partition_stream.h"
#include "engine/kafka/waker.h"
#include "engine/log.h"

namespace ebb::kafka {

class KafkaTopicReader final : public TopicReader {
 public:
  static Result<std::unique_ptr<TopicReader>> open(const KafkaLogOptions& options, const std::string& topic,
                                                   bool from_start);
  Status next(DurationMs wait_ms, TaskId* partition, RecordBatch* out, bool* at_end) override;

 private:
  KafkaTopicReader() = default;
  // Looks once through all partitions, beginning after the last that gave something.
  Status look(TaskId* partition, RecordBatch* out);

  Waker waker_;  // outlives the streams
  std::vector<std::unique_ptr<PartitionStream>> streams_;
  std::size_t turn_ = 0;
};

}  // namespace ebb::kafka
