// A worker: one member of the group, some tasks, one open epoch. Shares nothing with other workers but the
// log's and the state's shared parts, which lock for themselves.
//
//   step:  poll the log -> group events -> outcomes of epochs -> recover tasks -> run tasks -> close the
//   epoch
//          -> checkpoints
//
// Life of a task here:
//   assigned -> recovering -> running -> (revoked) settling -> gone
//   anything -> gone, when an epoch's outcome is unknown or the group has lost us: all open epochs are
//   dropped, the stores closed, a new WorkerLog opened, and the group says again what is ours.
//
// Thread: one at a time calls step(); everything else here is called by that thread too, except where said.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "engine/core/background.h"
#include "engine/core/counters.h"
#include "engine/core/open_epoch.h"
#include "engine/core/poison.h"
#include "engine/core/task.h"
#include "engine/core/task_recovery.h"
#include "engine/log.h"
#include "operators/topology.h"

namespace ebb {

struct WorkerOptions {
  int index = 0;
  std::vector<SourceConfig> sources;
  std::vector<SinkConfig> sinks;
  TimeConfig time;
  EngineConfig engine;
  DurationMs erasure_marker_ms = 0;
  std::int32_t partitions = 0;
  WriterInfo writer;
  RecoveryEnvironment recovery;  // names and clock are filled in
};

// What of it the config says; writer, stores and random ids are the instance's to fill in.
WorkerOptions worker_options(const Config& config, int index, std::int32_t partitions);

enum class TaskState { kRecovering, kRunning, kSettling };

// One task as others may see it.
struct TaskStatus {
  TaskId task = 0;
  TaskState state = TaskState::kRecovering;
  int worker = 0;
  TaskProgress committed;  // as of the last committed epoch
  TimeMs watermark_ms = kBeginning;
  bool at_end = false;  // of all its sources
  StoreStats store;
  std::uint64_t recovered_records = 0;
};

// A question to the owner of a task, answered on its thread. row, shared: as committed; row is null when
// unknown.
using RowQuestion = std::function<void(Row* row, SharedState& shared, const Topology& topology,
                                       Topology::Scratch& scratch, const TaskProgress& committed)>;

class Worker {
 public:
  // log, topology, background and clock outlive the worker.
  Worker(WorkerOptions options, Log* log, const Topology* topology, Background* background,
         const Clock* clock);
  ~Worker();

  // One round; waits for the log at most as long as there is nothing else to do. An error is final: the
  // instance has to stop, and says why.
  Status step();

  // Begins to leave: no more records, what is open is committed, stores are checkpointed and closed. Then
  // gone().
  void drain() { draining_ = true; }
  bool gone() const { return draining_ && log_ == nullptr; }

  const WorkerCounters& counters() const { return counters_; }

  // ---- any thread
  // Has a log; without one step() returns at once and the caller waits a little.
  bool connected() const { return connected_; }
  // Every source of every task is read to its end, and all that followed from it is committed; or has no
  // tasks.
  bool finished() const { return finished_; }
  // How many tasks that were, if finished.
  std::size_t finished_tasks() const { return finished_ ? tasks_.load() : 0; }
  // See WorkerLog::owned_steady_ms; 0 without a log.
  TimeMs owned_steady_ms() const { return owned_steady_ms_; }
  // As of a moment ago.
  std::vector<TaskStatus> status() const;
  // Runs the question on the worker's thread if it owns the task then; false: it doesn't.
  std::future<bool> ask(TaskId task, std::string customer, RowQuestion question);
  // Ends a wait.
  void wake();

 private:
  struct Slot;
  struct InFlight;
  struct Question;

  bool stood_still();
  Status open_log();
  Status handle(const GroupEvent& event);
  Status take_outcomes();
  void committed(const CommitOutcome& outcome);
  void reset(const std::string& why);
  Status recover_tasks();
  Status run_tasks();
  Status maybe_close_epoch();
  bool should_close(bool dirty) const;
  Status close_epoch();
  Status settle_revoked();
  Status checkpoints();
  Status leave();
  Status answer_questions();
  void publish_status(bool now);
  Status close_slot(Slot& slot, bool checkpoint);
  bool any_dirty() const;

  WorkerOptions options_;
  Log* log_factory_;
  const Topology* topology_;
  Background* background_;
  const Clock* clock_;
  std::unique_ptr<Topology::Scratch> scratch_;
  std::vector<Decoder> decoders_;
  OpenEpoch open_;
  PoisonList poison_;
  TaskEnvironment environment_;
  std::vector<std::string> sink_names_;
  WorkerCounters counters_;

  std::unique_ptr<WorkerLog> log_;
  TimeMs reopen_at_ms_ = 0;
  DurationMs backoff_ms_ = 0;
  std::map<TaskId, std::unique_ptr<Slot>> slots_;
  std::vector<std::vector<TaskId>> revoked_;  // to be released together, once settled
  std::deque<InFlight> in_flight_;
  std::uint64_t epoch_number_ = 0;
  std::size_t open_records_ = 0;
  TimeMs open_since_ms_ = -1;
  bool keeping_up_ = false;     // in the last round no task had more to do than its turn
  bool progress_made_ = false;  // in this round
  bool pressed_ = false;        // a full epoch or map held some task up in the last round
  bool draining_ = false;
  std::atomic<bool> finished_{false};
  std::atomic<bool> connected_{false};
  std::atomic<std::size_t> tasks_{0};
  std::atomic<TimeMs> owned_steady_ms_{0};
  TimeMs published_at_ms_ = 0;
  TimeMs stepped_wall_ms_ = 0;  // of the last round with a log; 0: none yet
  TaskId next_task_ = 0;        // round robin

  mutable std::mutex mutex_;
  std::vector<TaskStatus> status_;    // guarded by mutex_
  std::vector<Question> questions_;   // guarded by mutex_
  bool questions_wait_ = false;       // guarded by mutex_
  WorkerLog* log_to_wake_ = nullptr;  // guarded by mutex_
};

}  // namespace ebb
