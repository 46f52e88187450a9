// The smallest worker that is right: counts how often it has seen each key. A row is the count; for every
// record it sends "count" to sink 0 under the record's key. Exactly once means: under each key 1, 2, 3, ... .
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/kafka_log.h"
#include "engine/log.h"

namespace ebb::test {

class MiniWorker {
 public:
  MiniWorker(const KafkaLogOptions& options, Log* log, int worker)
      : log_(log), worker_(worker), sources_(options.source_topics.size()) {}

  // One turn: events, recoveries, records, an epoch, outcomes. Opens the WorkerLog when there is none, and
  // again after an outcome that says so.
  Status step(DurationMs wait_ms);
  // Turns until is_done() or the time is over; was it done?
  bool run_until(const std::function<bool()>& is_done, DurationMs up_to_ms);

  // Tasks that were recovered and are being read.
  std::set<TaskId> running() const;
  // Of a running task: the next offset per source, and the counts.
  const std::vector<Offset>& positions(TaskId task) const { return tasks_.at(task).positions; }
  const std::map<std::string, std::int64_t>& counts(TaskId task) const { return tasks_.at(task).counts; }
  // Everything read, and nothing in flight.
  bool is_settled() const;
  int opened() const { return opened_; }
  const std::vector<CommitOutcome>& failures() const { return failures_; }
  // Called before an epoch is submitted.
  std::function<void(Epoch*)> before_submit;
  std::function<void(const CommitOutcome&)> on_outcome;
  // The broker has let go of the group's offsets; else they must agree with the task record.
  bool offsets_are_gone = false;
  WorkerLog* worker_log() { return worker_log_.get(); }

 private:
  struct Task {
    bool is_running = false;
    std::vector<Offset> positions;
    std::map<std::string, std::int64_t> counts;
  };

  Status open();
  void drop();
  Status on_event(const GroupEvent& event);
  Status recover(TaskId id, Task* task);
  Status work();
  Status settle();
  Status take_outcomes();
  std::string task_record(TaskId id, const Task& task) const;

  Log* const log_;
  const int worker_;
  const std::size_t sources_;
  std::unique_ptr<WorkerLog> worker_log_;
  std::map<TaskId, Task> tasks_;
  std::uint64_t submitted_ = 0;
  std::uint64_t returned_ = 0;
  int opened_ = 0;
  bool reopen_ = false;
  std::vector<CommitOutcome> failures_;
};

}  // namespace ebb::test
