// Where partitions end, asked of their leaders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/kafka/handles.h"

namespace ebb::kafka {

struct PartitionId {
  std::string topic;
  std::int32_t partition = 0;
};

// One round trip per leader. In the order asked; a partition that could not be asked has -1. Under
// read_committed the end is the last stable offset, else the high watermark. Blocks up to timeout_ms; any
// thread.
Result<std::vector<Offset>> end_offsets(rd_kafka_t* client, const std::vector<PartitionId>& partitions,
                                        DurationMs timeout_ms);
// The same for the first offset that is still there.
Result<std::vector<Offset>> first_offsets(rd_kafka_t* client, const std::vector<PartitionId>& partitions,
                                          DurationMs timeout_ms);

}  // namespace ebb::kafka
