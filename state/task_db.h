// The RocksDB of one task: reads, and checkpoints by ingestion. Thread-safety: read_* and timers() on the
// worker's thread; write_checkpoint() and write_position() on any one thread at a time; the rest any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "state/committed_rows.h"
#include "state/task_store.h"
#include "state/timer_index.h"
#include "state/timer_ops.h"

namespace ebb {

// What a checkpoint writes, and where the store stands once it is written.
struct CheckpointData {
  std::vector<const CommittedRow*> rows;  // not owned
  TimerOps timers;
  StorePosition position;
};

class TaskDb {
 public:
  // Removes files that an interrupted checkpoint left. Errors: kUnavailable when somebody has it open.
  static Result<std::shared_ptr<TaskDb>> open(const std::string& dir, StateResources* resources);
  // Deletes everything under dir. REQUIRES: not open.
  static Status destroy(const std::string& dir, StateResources* resources);
  virtual ~TaskDb() = default;

  // nullopt: nothing was stored yet.
  virtual Result<std::optional<StorePosition>> read_position() = 0;
  // The bytes of a row, valid until the next call; nullopt: none.
  virtual Result<std::optional<std::string_view>> read_row(std::string_view customer) = 0;
  virtual std::unique_ptr<TimerCursor> timers(const TimerView& from) = 0;

  // Writes all of it as one file and ingests that: after a crash either all is there or nothing.
  virtual Status write_checkpoint(const CheckpointData& data) = 0;
  // The position alone, for a store that has everything up to it.
  virtual Status write_position(const StorePosition& position) = 0;

  // Ingestion knows no write stalls, so whoever ingests has to look: too many files not yet compacted.
  virtual bool behind() = 0;
  // Waits until it is not behind.
  virtual void wait_until_not_behind() = 0;

  virtual Status close() = 0;
};

}  // namespace ebb
