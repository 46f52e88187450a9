// Brings one task to where its last committed epoch left it: opens its store, replays the changelog from the
// position that the store stands for, and finds the task record. Never blocks; asked again and again until it
// is done.
//
// Order and reasons: "Takeover and recovery" and "The changelog and a disk that was away" in
// docs/exactly-once.md. Thread: the worker's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/core/progress.h"
#include "engine/log.h"
#include "state/task_store.h"

namespace ebb {

struct RecoveryEnvironment {
  std::function<Result<std::unique_ptr<TaskStore>>(TaskId)> open_store;
  std::vector<std::string> source_names;
  std::vector<std::string> sink_names;
  std::string graph_version;
  // A store that was last in step longer ago than this may have missed tombstones that are compacted away.
  DurationMs away_max_ms = 0;
  std::function<std::string()> new_incarnation;
  const Clock* clock = nullptr;
};

class TaskRecovery {
 public:
  TaskRecovery(TaskId task, const RecoveryEnvironment* environment) : task_(task), env_(environment) {}

  // Goes on for a bounded time. True: done, take_store() and progress() are ready.
  Result<bool> step(WorkerLog& log);

  std::unique_ptr<TaskStore> take_store() { return std::move(store_); }
  const TaskProgress& progress() const { return progress_; }
  std::uint64_t records() const { return records_; }
  // The log's own offsets, where it had some, were not those of the task record.
  bool offsets_differed() const { return offsets_differed_; }
  // False while another worker still has the store open.
  bool opened() const { return store_ != nullptr; }

 private:
  Status begin(WorkerLog& log);
  bool too_long_away() const;
  Status restart_from_empty(WorkerLog& log);
  Status take(const RecordBatch& batch);
  Result<bool> finish(WorkerLog& log, const std::vector<Offset>& mirrored);
  void compare(const std::vector<Offset>& mirrored);

  TaskId task_;
  const RecoveryEnvironment* env_;
  std::unique_ptr<TaskStore> store_;
  bool begun_ = false;
  bool wiped_ = false;
  TimeMs in_step_wall_ms_ = 0;  // what is there now is as of then, or was read since
  TaskProgress progress_;
  bool have_record_ = false;
  Offset record_offset_ = 0;
  std::uint64_t records_ = 0;
  bool offsets_differed_ = false;
};

}  // namespace ebb
