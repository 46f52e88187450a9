// Ends the transactions that a dead owner left open, so that nobody has to wait for their time-out. For speed
// only: what makes a takeover safe is the generation that the broker checks, and that a restore reads to the
// high watermark.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/kafka/kafka_log.h"

namespace ebb::kafka {

// A part of a changelog partition that is not yet committed.
struct OpenTail {
  TaskId task = 0;
  Offset from = 0;  // the last stable offset
  Offset to = 0;    // the high watermark
};

// The transactional ids in the task records of the tails. Blocks up to timeout_ms.
Result<std::set<std::string>> find_writers(const KafkaLogOptions& options, const std::vector<OpenTail>& tails,
                                           DurationMs timeout_ms);

// Aborts what is open under that id and keeps its producers from writing again. OK also when somebody else
// has just done so. Blocks up to timeout_ms.
Status fence(const KafkaLogOptions& options, const std::string& transactional_id, DurationMs timeout_ms);

}  // namespace ebb::kafka
