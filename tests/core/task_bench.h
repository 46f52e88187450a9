// A task with its real store and a real graph, over a log that the test fills by hand. No threads, a manual
// clock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/clock.h"
#include "engine/core/task.h"
#include "engine/log.h"
#include "operators/topology.h"
#include "state/resources.h"
#include "state/task_store.h"
#include "tests/temp_dir.h"

namespace ebb {

inline constexpr TimeMs kT0 = 1'700'000'000'000;

// Hands out what the test put in, one record a fetch.
class HandLog final : public WorkerLog {
 public:
  struct Item {
    Offset offset = 0;
    TimeMs timestamp_ms = 0;
    std::string key, value;
  };
  struct Source {
    std::vector<Item> items;
    std::size_t given = 0;
    bool hidden = false;   // what is there can't be fetched now, nor is its end known
    Offset begins_at = 0;  // what is before it is gone
    TimeMs confirmed_steady_ms = 1;
  };

  explicit HandLog(std::size_t sources) : sources_(sources) {}
  Source& source(SourceId s) { return sources_[static_cast<std::size_t>(s)]; }

  Status poll(DurationMs, std::vector<GroupEvent>*) override { return Status::ok(); }
  void released(const std::vector<TaskId>&) override {}
  void wake() override {}
  Status begin_recovery(TaskId, Offset) override { return Status::ok(); }
  Result<RecoveryStep> recover(TaskId task, RecordBatch* out) override;
  Status start(TaskId task, const std::vector<Offset>& positions) override;
  Status fetch(TaskId task, SourceId source, RecordBatch* out) override;
  SourceEnd end(TaskId task, SourceId source) override;
  void stop(TaskId) override {}
  void submit(std::shared_ptr<const Epoch>) override {}
  bool next_outcome(CommitOutcome*) override { return false; }

 private:
  std::vector<Source> sources_;
};

v1::Event bought(const std::string& customer, TimeMs at_ms, const std::string& id = "");
v1::Event erasure(const std::string& customer, TimeMs at_ms);

// A config with two sources and a small graph; the texts are the sections `time` and `engine`.
Config bench_config(std::string_view time, std::string_view engine);

class TaskBench {
 public:
  explicit TaskBench(std::string_view time, std::string_view engine = "foreign_key: accept");
  ~TaskBench();

  // Appends a record to a source of task 0. logged_ms: the log's timestamp; 0: none.
  void put(SourceId source, const v1::Event& event, TimeMs logged_ms = 0);
  void put_raw(SourceId source, std::string key, std::string value);
  // The log confirms now that these sources are read to their end.
  void confirm(std::initializer_list<SourceId> sources);
  // Runs until the task has nothing more to do at once.
  RunResult run();
  // Takes so many records.
  void take(std::size_t records);
  Status run_status();
  // Closes the epoch and commits it; what was written.
  TaskEpoch commit();
  // The outputs since the last time, or only those of one kind of sink.
  std::vector<OutRecord> outputs();
  std::vector<OutRecord> outputs_of(SinkKind kind);
  // Customers whose risk was withdrawn, in order: one per erasure.
  std::vector<std::string> forgotten();

  Task& task() { return *task_; }
  HandLog& log() { return log_; }
  ManualClock& clock() { return clock_; }
  PoisonList& poison() { return poison_; }
  const SourceProgress& source(SourceId s) { return task_->progress().sources[static_cast<std::size_t>(s)]; }
  Row* row(const std::string& customer);

 private:
  TempDir dir_;
  ManualClock clock_{kT0};
  Config config_;
  std::unique_ptr<const Topology> topology_;
  std::unique_ptr<Topology::Scratch> scratch_;
  StateResources resources_;
  std::vector<Decoder> decoders_;
  std::unique_ptr<OpenEpoch> open_;
  PoisonList poison_;
  TaskEnvironment environment_;
  HandLog log_{2};
  std::unique_ptr<Task> task_;
  std::uint64_t epochs_ = 0;
};

}  // namespace ebb
