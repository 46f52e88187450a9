#include "tests/kafka/mini_worker.h"

#include "ebb/state/v1/task_record.pb.h"
#include "engine/base/clock.h"
#include "state/row_codec.h"

namespace ebb::test {

Status MiniWorker::step(DurationMs wait_ms) {
  if (!worker_log_) EBB_TRY(open());
  std::vector<GroupEvent> events;
  EBB_TRY(worker_log_->poll(wait_ms, &events));
  for (const GroupEvent& event : events) EBB_TRY(on_event(event));
  for (auto& [id, task] : tasks_) {
    if (!task.is_running) EBB_TRY(recover(id, &task));
  }
  EBB_TRY(work());
  EBB_TRY(take_outcomes());
  if (reopen_) drop();
  return Status::ok();
}

bool MiniWorker::run_until(const std::function<bool()>& is_done, DurationMs up_to_ms) {
  const TimeMs deadline_ms = system_clock().steady_ms() + up_to_ms;
  while (!is_done()) {
    if (system_clock().steady_ms() > deadline_ms) return false;
    if (!step(50).is_ok()) drop();
  }
  return true;
}

std::set<TaskId> MiniWorker::running() const {
  std::set<TaskId> ids;
  for (const auto& [id, task] : tasks_) {
    if (task.is_running) ids.insert(id);
  }
  return ids;
}

bool MiniWorker::is_settled() const {
  if (!worker_log_ || submitted_ != returned_) return false;
  for (const auto& [id, task] : tasks_) {
    if (!task.is_running) return false;
    for (std::size_t s = 0; s < sources_; ++s) {
      const SourceEnd end = worker_log_->end(id, static_cast<SourceId>(s));
      if (!end.at_end || end.confirmed_steady_ms == 0) return false;
    }
  }
  return true;
}

Status MiniWorker::open() {
  EBB_ASSIGN(worker_log_, log_->open_worker(worker_));
  ++opened_;
  submitted_ = returned_ = 0;
  return Status::ok();
}

void MiniWorker::drop() {
  tasks_.clear();
  worker_log_.reset();
  reopen_ = false;
}

Status MiniWorker::on_event(const GroupEvent& event) {
  if (event.kind == GroupEvent::Kind::kAssigned) {
    for (const TaskId id : event.tasks) {
      tasks_[id] = Task{};
      EBB_TRY(worker_log_->begin_recovery(id, 0));
    }
    return Status::ok();
  }
  if (event.kind == GroupEvent::Kind::kRevoked) EBB_TRY(settle());
  for (const TaskId id : event.tasks) {
    worker_log_->stop(id);
    tasks_.erase(id);
  }
  worker_log_->released(event.tasks);
  return Status::ok();
}

Status MiniWorker::recover(TaskId id, Task* task) {
  RecordBatch batch;
  EBB_ASSIGN(const RecoveryStep step, worker_log_->recover(id, &batch));
  if (task->positions.empty()) task->positions.assign(sources_, -1);
  for (const Record& record : batch.records) {
    if (record.key == kTaskRecordKey) {
      state::v1::TaskRecord read;
      if (!read.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
        return Status::internal("a task record that can't be read");
      }
      for (std::size_t s = 0; s < sources_; ++s) {
        task->positions[s] = read.sources(static_cast<int>(s)).next_offset();
      }
    } else {
      task->counts[std::string(record.key)] = std::stoll(std::string(record.value));
    }
  }
  if (step.state == RecoveryStep::State::kBehind) return Status::internal("behind from 0");
  if (step.state == RecoveryStep::State::kDone) {
    const std::vector<Offset> gone(sources_, -1);
    if (step.mirrored_positions != (offsets_are_gone ? gone : task->positions))
      return Status::internal("the group's offsets disagree");
    task->is_running = true;
    EBB_TRY(worker_log_->start(id, task->positions));
  }
  return Status::ok();
}

Status MiniWorker::work() {
  if (submitted_ - returned_ >= static_cast<std::uint64_t>(worker_log_->max_epochs_in_flight())) {
    return Status::ok();
  }
  auto epoch = std::make_shared<Epoch>();
  for (auto& [id, task] : tasks_) {
    if (!task.is_running) continue;
    std::set<std::string> changed;
    for (std::size_t s = 0; s < sources_; ++s) {
      RecordBatch batch;
      EBB_TRY(worker_log_->fetch(id, static_cast<SourceId>(s), &batch));
      for (const Record& record : batch.records) {
        const std::string key(record.key);
        const std::int64_t count = ++task.counts[key];
        changed.insert(key);
        OutRecord& out = epoch->outputs.emplace_back();
        out.task = id;
        out.key = key;
        out.value = std::to_string(count);
        task.positions[s] = record.offset + 1;
      }
    }
    if (changed.empty()) continue;
    TaskEpoch& part = epoch->tasks.emplace_back();
    part.task = id;
    part.task_record = task_record(id, task);
    part.positions = task.positions;
    for (const std::string& key : changed)
      part.rows.push_back({key, std::to_string(task.counts[key]), false});
  }
  if (epoch->tasks.empty()) return Status::ok();
  epoch->number = ++submitted_;
  if (before_submit) before_submit(epoch.get());
  worker_log_->submit(std::move(epoch));
  return Status::ok();
}

// Waits for the outcome of all that is in flight.
Status MiniWorker::settle() {
  std::vector<GroupEvent> events;
  while (submitted_ != returned_ && !reopen_) {
    EBB_TRY(worker_log_->poll(50, &events));
    EBB_TRY(take_outcomes());
  }
  return events.empty() ? Status::ok() : Status::internal("an event before the last was answered");
}

Status MiniWorker::take_outcomes() {
  CommitOutcome outcome;
  while (worker_log_->next_outcome(&outcome)) {
    if (outcome.epoch != ++returned_) return Status::internal("outcomes out of order");
    if (on_outcome) on_outcome(outcome);
    if (outcome.kind == CommitOutcome::Kind::kCommitted) continue;
    failures_.push_back(outcome);
    reopen_ = true;
  }
  return Status::ok();
}

std::string MiniWorker::task_record(TaskId id, const Task& task) const {
  state::v1::TaskRecord record;
  record.set_task(id);
  for (const Offset position : task.positions) record.add_sources()->set_next_offset(position);
  for (const std::string& writer : worker_log_->writer_ids())
    record.mutable_writer()->add_transactional_ids(writer);
  return record.SerializeAsString();
}

}  // namespace ebb::test
