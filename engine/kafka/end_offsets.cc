#include "engine/kafka/end_offsets.h"

#include "engine/kafka/errors.h"

namespace ebb::kafka {
namespace {

// Times that stand for places in a partition, by Kafka's protocol.
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;

Result<std::vector<Offset>> offsets_at(rd_kafka_t* client, const std::vector<PartitionId>& partitions,
                                       std::int64_t time, DurationMs timeout_ms) {
  const PartitionsPtr list = new_partitions(static_cast<int>(partitions.size()));
  for (const PartitionId& id : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), id.topic.c_str(), id.partition)->offset = time;
  }
  EBB_TRY(status_of(rd_kafka_offsets_for_times(client, list.get(), static_cast<int>(timeout_ms)),
                    "list offsets"));
  std::vector<Offset> offsets;
  for (const PartitionId& id : partitions) {
    const auto* found = rd_kafka_topic_partition_list_find(list.get(), id.topic.c_str(), id.partition);
    const bool known = found && found->err == RD_KAFKA_RESP_ERR_NO_ERROR && found->offset >= 0;
    offsets.push_back(known ? found->offset : -1);
  }
  return offsets;
}

}  // namespace

Result<std::vector<Offset>> end_offsets(rd_kafka_t* client, const std::vector<PartitionId>& partitions,
                                        DurationMs timeout_ms) {
  return offsets_at(client, partitions, kLatest, timeout_ms);
}

Result<std::vector<Offset>> first_offsets(rd_kafka_t* client, const std::vector<PartitionId>& partitions,
                                          DurationMs timeout_ms) {
  return offsets_at(client, partitions, kEarliest, timeout_ms);
}

}  // namespace ebb::kafka
