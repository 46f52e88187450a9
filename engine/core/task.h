// A running task: merges the records of its partition from all sources, lets the topology judge them, keeps
// the watermark and fires timers. What it does belongs to the worker's open epoch until that is committed.
//
// Thread: the worker's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/core/open_epoch.h"
#include "engine/core/poison.h"
#include "engine/core/progress.h"
#include "engine/core/source_cursor.h"
#include "engine/log.h"
#include "operators/topology.h"
#include "state/task_store.h"

namespace ebb {

// What all tasks of a worker share. Everything pointed to outlives the tasks.
struct TaskEnvironment {
  const Topology* topology = nullptr;
  Topology::Scratch* scratch = nullptr;
  const std::vector<SourceConfig>* sources = nullptr;
  const std::vector<Decoder>* decoders = nullptr;  // by source
  const TimeConfig* time = nullptr;
  const EngineConfig* engine = nullptr;
  DurationMs erasure_marker_ms = 0;
  std::int32_t partitions = 0;  // tasks in all; 0: not known, keys are not checked
  const Clock* clock = nullptr;
  OpenEpoch* epoch = nullptr;
  const PoisonList* poison = nullptr;
};

struct RunResult {
  enum class Why {
    kBudget,    // there is more to do at once
    kTimers,    // live: the same, but only timers that are due; no record waits
    kWaiting,   // for records, or for a source that lags
    kAtEnd,     // every source is read to its end and no timer is due
    kPoisoned,  // an operator failed: see Task::poison()
  };
  Why why = Why::kWaiting;
  std::size_t records = 0;
  std::size_t timers = 0;
};

class Task {
 public:
  // progress: as recovered. REQUIRES: the log has started the task's sources at its positions.
  Task(TaskId id, const TaskEnvironment* environment, std::unique_ptr<TaskStore> store,
       TaskProgress progress);
  ~Task();

  TaskId id() const { return id_; }
  TaskStore& store() { return *store_; }
  std::unique_ptr<TaskStore> take_store() { return std::move(store_); }

  // Takes up to max_records records, and the timers that are due in between. Errors: kInvalid when the input
  // may not be used at all (a key in a foreign partition under the policy `fail`, a position out of range);
  // the log's.
  Result<RunResult> run(WorkerLog& log, std::size_t max_records);
  const std::optional<Poison>& poison() const { return poison_; }

  // Anything since the last close_epoch() that a commit would make lasting?
  bool dirty() const;
  // The task's part of the epoch `number`.
  Result<TaskEpoch> close_epoch(std::uint64_t number, const std::vector<std::string>& sink_names,
                                const WriterInfo& writer);
  // The progress with all that was done so far.
  const TaskProgress& progress();
  // As of the last committed epoch.
  const TaskProgress& committed() const { return committed_; }
  void epoch_committed();
  TimeMs watermark_ms() const { return progress_.watermark_ms; }

 private:
  enum class Pick { kRecord, kWait, kEnd };

  Result<Pick> pick(WorkerLog& log, SourceCursor** cursor);
  Result<bool> fill_heads(WorkerLog& log);
  Result<bool> fetch_head(WorkerLog& log, std::size_t source);
  bool is_fresh(TimeMs confirmed_steady_ms) const;
  bool listens_everywhere() const;
  void advance_watermark(bool all_at_end, TimeMs confirmed_since_ms);
  Result<bool> fire_timers(std::size_t* budget, RunResult* result);
  Status fire(const TimerKey& key, RunResult* result);
  Status take(SourceCursor& cursor);
  Result<Fate> judge(const SourceCursor& cursor, SourceId source);
  Result<Fate> apply(const Head& head, SourceId source);
  Fate refuse(const Head& head, SourceId source, const Refusal& refusal);
  void erase(const v1::Event& event, TimeMs event_ms, Row* row);
  void changed(Row* row);
  Status hold_shared();

  TaskId id_;
  const TaskEnvironment* env_;
  std::unique_ptr<TaskStore> store_;
  SharedState shared_;  // its row is held from the first event on
  TaskProgress progress_;
  TaskProgress committed_;
  std::vector<TaskProgress> in_flight_;  // of closed epochs, oldest first
  std::vector<SourceCursor> cursors_;
  std::vector<bool> at_end_;            // by source, of those without a head
  std::vector<bool> fresh_;             // by source: that end was freshly confirmed
  std::size_t records_since_look_ = 0;  // since empty sources were last asked for records
  TimeMs lag_since_steady_ms_ = -1;     // since when a source that lags is waited for
  TimeMs wall_ms_ = 0;                  // as of the run's begin
  std::size_t unclosed_ = 0;            // records and timers since the last close
  bool announced_ = false;  // by a task record of this owner, which tells others whom to ask and to fence
  TimeMs persisted_watermark_ms_ = kBeginning;
  std::optional<Poison> poison_;
};

}  // namespace ebb
