#include "engine/core/worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "engine/base/crash_point.h"

namespace ebb {
namespace {

constexpr DurationMs kWaitMaxMs = 50;
constexpr DurationMs kBackoffFirstMs = 100;
constexpr DurationMs kBackoffMaxMs = 5'000;
constexpr DurationMs kStatusEveryMs = 200;
// Records that a task may take before the next task's turn.
constexpr std::size_t kTurnRecords = 512;
// An idle task too says from time to time that its state on disk is in step.
constexpr DurationMs kRefreshMs = kMinuteMs;
// Rounds of recovery before the group is looked after again.
constexpr int kRecoverySteps = 16;

}  // namespace

WorkerOptions worker_options(const Config& config, int index, std::int32_t partitions) {
  WorkerOptions o;
  o.index = index;
  o.sources = config.sources;
  o.sinks = config.sinks;
  o.time = config.time;
  o.engine = config.engine;
  o.erasure_marker_ms = config.state.erasure_marker_ms;
  o.partitions = partitions;
  // A tenth is kept for the time that a restore itself takes.
  const DurationMs kept_ms = config.state.changelog_delete_retention_ms;
  o.recovery.away_max_ms = kept_ms - kept_ms / 10;
  return o;
}

struct Worker::Slot {
  TaskId id = 0;
  TaskState state = TaskState::kRecovering;
  std::unique_ptr<TaskRecovery> recovery;
  std::unique_ptr<Task> task;  // once running
  RunResult last;
  std::unique_ptr<CheckpointJob> checkpoint;  // while one is written
  std::future<Status> checkpoint_done;
  TimeMs checkpoint_tried_ms = 0;
  bool has_committed = false;
};

struct Worker::InFlight {
  std::shared_ptr<Epoch> epoch;
  TimeMs submitted_at_ms = 0;
};

struct Worker::Question {
  TaskId task = 0;
  std::string customer;
  RowQuestion question;
  std::promise<bool> answered;
};

Worker::Worker(WorkerOptions options, Log* log, const Topology* topology, Background* background,
               const Clock* clock)
    : options_(std::move(options)),
      log_factory_(log),
      topology_(topology),
      background_(background),
      clock_(clock),
      scratch_(topology->make_scratch()),
      open_(topology, &options_.sinks) {
  for (const SourceConfig& source : options_.sources) {
    DecoderOptions decoder;
    decoder.format = source.format;
    decoder.value_bytes_max = options_.engine.max_record_bytes;
    decoder.max_ahead_ms = options_.time.max_ahead_ms;
    decoders_.emplace_back(decoder);
    options_.recovery.source_names.push_back(source.name);
  }
  for (const SinkConfig& sink : options_.sinks) sink_names_.push_back(sink.name);
  options_.recovery.sink_names = sink_names_;
  options_.recovery.graph_version = topology->version();
  options_.recovery.clock = clock;
  options_.writer.graph_version = topology->version();

  environment_.topology = topology;
  environment_.scratch = scratch_.get();
  environment_.sources = &options_.sources;
  environment_.decoders = &decoders_;
  environment_.time = &options_.time;
  environment_.engine = &options_.engine;
  environment_.erasure_marker_ms = options_.erasure_marker_ms;
  environment_.partitions = options_.partitions;
  environment_.clock = clock;
  environment_.epoch = &open_;
  environment_.poison = &poison_;
}

Worker::~Worker() {
  if (log_ != nullptr) reset("the worker ends");
  std::lock_guard lock(mutex_);
  for (Question& q : questions_) q.answered.set_value(false);
}

Status Worker::step() {
  counters_.steps.add();
  const bool busy = progress_made_ || (!keeping_up_ && !slots_.empty());
  progress_made_ = false;
  if (log_ == nullptr) {
    EBB_TRY(answer_questions());
    if (draining_ || clock_->steady_ms() < reopen_at_ms_) return Status::ok();
    EBB_TRY(open_log());
    if (log_ == nullptr) return Status::ok();
  }
  if (stood_still()) {
    reset("the process stood still for long, or the clock was set");
    return Status::ok();
  }
  const TimeMs before = clock_->steady_ms();
  std::vector<GroupEvent> events;
  if (Status s = log_->poll(busy ? 0 : std::min(kWaitMaxMs, options_.engine.epoch_interval_ms), &events);
      !s) {
    // Another process has our name, or nobody can go on with these topics: opening anew would not help.
    if (s.code() == Code::kFenced || s.code() == Code::kInvalid) return s;
    reset(s.message());
    return Status::ok();
  }
  const TimeMs polled = clock_->steady_ms();
  for (const GroupEvent& event : events) {
    EBB_TRY(handle(event));
    if (log_ == nullptr) return Status::ok();
  }
  EBB_TRY(take_outcomes());
  if (log_ == nullptr) return Status::ok();
  EBB_TRY(recover_tasks());
  if (log_ == nullptr) return Status::ok();
  EBB_TRY(run_tasks());
  if (log_ == nullptr) return Status::ok();
  EBB_TRY(maybe_close_epoch());
  EBB_TRY(settle_revoked());
  EBB_TRY(checkpoints());
  EBB_TRY(answer_questions());
  if (draining_) EBB_TRY(leave());
  publish_status(false);
  (pressed_ ? counters_.back_pressured_ms : counters_.waiting_ms)
      .add(static_cast<std::uint64_t>(polled - before));
  counters_.busy_ms.add(static_cast<std::uint64_t>(clock_->steady_ms() - polled));
  return Status::ok();
}

// After a suspend of days the stores must not be taken for being in step: tombstones may have gone meanwhile.
bool Worker::stood_still() {
  const TimeMs now = clock_->wall_ms();
  const TimeMs before = std::exchange(stepped_wall_ms_, now);
  return before != 0 && now - before > options_.recovery.away_max_ms / 8;
}

Status Worker::open_log() {
  auto opened = log_factory_->open_worker(options_.index);
  if (!opened.is_ok()) {
    if (opened.status().code() != Code::kUnavailable) return opened.status();
    spdlog::warn("worker={} can't open the log, trying again: {}", options_.index, opened.status().message());
    backoff_ms_ = std::clamp(backoff_ms_ * 2, kBackoffFirstMs, kBackoffMaxMs);
    reopen_at_ms_ = clock_->steady_ms() + backoff_ms_;
    return Status::ok();
  }
  log_ = std::move(opened).value();
  connected_ = true;
  options_.writer.transactional_ids = log_->writer_ids();
  std::lock_guard lock(mutex_);
  log_to_wake_ = log_.get();
  return Status::ok();
}

Status Worker::handle(const GroupEvent& event) {
  switch (event.kind) {
    case GroupEvent::Kind::kAssigned:
      for (TaskId id : event.tasks) {
        auto slot = std::make_unique<Slot>();
        slot->id = id;
        slot->recovery = std::make_unique<TaskRecovery>(id, &options_.recovery);
        slots_[id] = std::move(slot);
        counters_.recoveries.add();
        spdlog::info("worker={} task={} assigned", options_.index, id);
      }
      break;
    case GroupEvent::Kind::kRevoked:
      for (TaskId id : event.tasks) {
        if (auto it = slots_.find(id); it != slots_.end()) it->second->state = TaskState::kSettling;
        spdlog::info("worker={} task={} revoked", options_.index, id);
      }
      revoked_.push_back(event.tasks);
      break;
    case GroupEvent::Kind::kLost:
      reset("the group has given our tasks away");
      break;
  }
  publish_status(true);
  return Status::ok();
}

Status Worker::take_outcomes() {
  CommitOutcome outcome;
  while (log_ != nullptr && log_->next_outcome(&outcome)) {
    progress_made_ = true;
    switch (outcome.kind) {
      case CommitOutcome::Kind::kCommitted:
        committed(outcome);
        break;
      case CommitOutcome::Kind::kRetry:
      case CommitOutcome::Kind::kFenced:
        reset(outcome.why);
        break;
      case CommitOutcome::Kind::kTooLarge:
        return Status::invalid("a record is larger than the log accepts: " + outcome.why +
                               "; raise the topic's max.message.bytes or lower engine.max_record_bytes");
    }
  }
  return Status::ok();
}

void Worker::committed(const CommitOutcome& outcome) {
  InFlight done = std::move(in_flight_.front());
  in_flight_.pop_front();
  backoff_ms_ = 0;
  counters_.epochs_committed.add();
  counters_.commit_ms.observe(clock_->steady_ms() - done.submitted_at_ms);
  for (std::size_t i = 0; i < done.epoch->tasks.size(); ++i) {
    TaskEpoch& part = done.epoch->tasks[i];
    Slot& slot = *slots_.at(part.task);
    std::vector<RowChange> rows;
    rows.reserve(part.rows.size());
    for (RowWrite& row : part.rows) {
      rows.push_back({std::move(row.key), std::move(row.value), row.tombstone});
    }
    crash_point("map.before");
    slot.task->store().commit(done.epoch->number, std::move(rows), outcome.record_offsets[i]);
    crash_point("map.after");
    slot.task->epoch_committed();
    if (!std::exchange(slot.has_committed, true)) {
      spdlog::info("worker={} task={} first epoch committed", options_.index, part.task);
    }
  }
}

// Nothing that was not committed may be used any more; what was is on disk or in the changelog.
void Worker::reset(const std::string& why) {
  if (!in_flight_.empty() || open_records_ > 0) counters_.epochs_dropped.add(in_flight_.size() + 1);
  counters_.resets.add();
  if (!draining_) spdlog::warn("worker={} drops its open epochs and recovers: {}", options_.index, why);
  const bool has_changelog = log_->keeps_changelog();
  // What was submitted there is committed by now: it can't be dropped.
  for (CommitOutcome outcome; !has_changelog && log_->next_outcome(&outcome);) {
    if (outcome.kind == CommitOutcome::Kind::kCommitted) committed(outcome);
  }
  in_flight_.clear();
  (void)open_.take();
  open_records_ = 0;
  open_since_ms_ = -1;
  {
    std::lock_guard lock(mutex_);
    log_to_wake_ = nullptr;
  }
  for (auto& [id, slot] : slots_) {
    log_->stop(id);
    if (slot->task) slot->task->store().drop_open();
    close_slot(*slot, !has_changelog).ignore();
  }
  slots_.clear();
  revoked_.clear();
  log_.reset();
  connected_ = false;
  owned_steady_ms_ = 0;
  keeping_up_ = false;
  finished_ = false;
  backoff_ms_ = std::clamp(backoff_ms_ * 2, kBackoffFirstMs, kBackoffMaxMs);
  reopen_at_ms_ = clock_->steady_ms() + backoff_ms_;
  publish_status(true);
}

Status Worker::recover_tasks() {
  for (auto& [id, slot] : slots_) {
    if (slot->state != TaskState::kRecovering || draining_) continue;
    for (int i = 0; i < kRecoverySteps; ++i) {
      const std::uint64_t before = slot->recovery->records();
      auto done = slot->recovery->step(*log_);
      if (!done.is_ok()) {
        if (done.status().code() == Code::kInternal) return done.status();
        reset(done.status().message());
        return Status::ok();
      }
      const std::uint64_t read = slot->recovery->records() - before;
      counters_.recovered_records.add(read);
      if (!*done) {
        if (read == 0) break;
        progress_made_ = true;
        continue;
      }
      if (slot->recovery->offsets_differed()) counters_.offset_mismatches.add();
      TaskProgress progress = slot->recovery->progress();
      std::vector<Offset> positions;
      for (const SourceProgress& p : progress.sources) positions.push_back(p.next_offset);
      spdlog::info("worker={} task={} running, {} changelog records replayed", options_.index, id,
                   slot->recovery->records());
      slot->task =
          std::make_unique<Task>(id, &environment_, slot->recovery->take_store(), std::move(progress));
      if (Status started = log_->start(id, positions); !started) {
        reset(started.message());
        return Status::ok();
      }
      slot->state = TaskState::kRunning;
      progress_made_ = true;
      publish_status(true);
      break;
    }
  }
  return Status::ok();
}

Status Worker::run_tasks() {
  // While a revoked task is settled nothing new is begun, else the epochs that hold it up would never end.
  if (draining_ || !revoked_.empty()) return Status::ok();
  // Each task gets its share of an epoch, however small epochs are.
  const std::size_t tasks = std::max<std::size_t>(slots_.size(), 1);
  const std::size_t turn =
      std::clamp<std::size_t>(options_.engine.epoch_max_records / tasks, 1, kTurnRecords);
  bool waiting = true;
  bool pressed = false;
  for (auto& [id, slot] : slots_) {
    if (slot->state != TaskState::kRunning) continue;
    if (open_records_ >= options_.engine.epoch_max_records ||
        open_.bytes() >= options_.engine.epoch_max_bytes || slot->task->store().full()) {
      pressed = true;
      continue;
    }
    const std::size_t room = options_.engine.epoch_max_records - open_records_;
    auto result = slot->task->run(*log_, std::min(turn, room));
    if (!result.is_ok()) {
      if (result.status().code() == Code::kUnavailable) {
        reset(result.status().message());
        return Status::ok();
      }
      return result.status().with_context("task " + std::to_string(id));
    }
    slot->last = *result;
    if (result->why == RunResult::Why::kPoisoned) {
      poison_.add(*slot->task->poison());
      counters_.poisoned.add();
      if (poison_.full()) return Status::internal("operators failed on too many events");
      reset("an operator failed; its event will be dead-lettered");
      return Status::ok();
    }
    counters_.records.add(result->records);
    counters_.timers.add(result->timers);
    open_records_ += result->records + result->timers;
    if (result->records + result->timers > 0) progress_made_ = true;
    if (result->why == RunResult::Why::kBudget) waiting = false;
    // However many timers are due, the alerts of events that come meanwhile aren't held up for the interval.
    if (result->why == RunResult::Why::kTimers) progress_made_ = true;
  }
  keeping_up_ = waiting;
  pressed_ = pressed;
  return Status::ok();
}

bool Worker::any_dirty() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& entry) {
    return entry.second->task != nullptr && entry.second->task->dirty();
  });
}

bool Worker::should_close(bool dirty) const {
  if (!dirty) return false;
  if (draining_ || !revoked_.empty()) return true;
  if (open_records_ >= options_.engine.epoch_max_records || open_.bytes() >= options_.engine.epoch_max_bytes)
    return true;
  // An alert goes out at once when we keep up; in a backlog early commits cost many times the throughput.
  if (open_.alert_waits() && keeping_up_) return true;
  return clock_->steady_ms() - open_since_ms_ >= options_.engine.epoch_interval_ms;
}

Status Worker::maybe_close_epoch() {
  const bool dirty = any_dirty();
  if (dirty && open_since_ms_ < 0) open_since_ms_ = clock_->steady_ms();
  tasks_ = slots_.size();
  owned_steady_ms_ = log_->owned_steady_ms();
  const bool finished =
      !dirty && in_flight_.empty() && std::all_of(slots_.begin(), slots_.end(), [](const auto& entry) {
        return entry.second->state == TaskState::kRunning && entry.second->last.why == RunResult::Why::kAtEnd;
      });
  // Whoever waits for the end looks at the status next.
  if (finished && !finished_) publish_status(true);
  finished_ = finished;
  if (static_cast<int>(in_flight_.size()) >= log_->max_epochs_in_flight() || !should_close(dirty))
    return Status::ok();
  return close_epoch();
}

Status Worker::close_epoch() {
  auto epoch = std::make_shared<Epoch>();
  epoch->number = ++epoch_number_;
  std::size_t rows = 0;
  for (auto& [id, slot] : slots_) {
    if (slot->task == nullptr || !slot->task->dirty()) continue;
    EBB_ASSIGN(TaskEpoch part, slot->task->close_epoch(epoch->number, sink_names_, options_.writer));
    rows += part.rows.size();
    epoch->tasks.push_back(std::move(part));
  }
  epoch->outputs = open_.take();
  counters_.epoch_rows.add(rows);
  counters_.epoch_outputs.add(epoch->outputs.size());
  open_records_ = 0;
  open_since_ms_ = -1;
  in_flight_.push_back({epoch, clock_->steady_ms()});
  log_->submit(std::move(epoch));
  return Status::ok();
}

// Tasks that were revoked: their epochs first, then their stores, and only then the group goes on.
Status Worker::settle_revoked() {
  if (revoked_.empty() || any_dirty() || !in_flight_.empty()) return Status::ok();
  for (const std::vector<TaskId>& tasks : revoked_) {
    for (TaskId id : tasks) {
      auto it = slots_.find(id);
      if (it == slots_.end()) continue;
      log_->stop(id);
      const std::unique_ptr<Slot> slot = std::move(it->second);
      slots_.erase(it);
      EBB_TRY(close_slot(*slot, true));
    }
    crash_point("group.before_release");
    log_->released(tasks);
  }
  revoked_.clear();
  publish_status(true);
  return Status::ok();
}

Status Worker::close_slot(Slot& slot, bool checkpoint) {
  if (slot.checkpoint) {
    slot.checkpoint_done.wait();
    EBB_TRY(slot.task->store().end_checkpoint(std::move(slot.checkpoint), slot.checkpoint_done.get()));
  }
  std::unique_ptr<TaskStore> store = slot.task ? slot.task->take_store() : slot.recovery->take_store();
  if (store == nullptr) return Status::ok();
  return store->close(checkpoint && slot.task != nullptr, clock_->wall_ms());
}

Status Worker::checkpoints() {
  for (auto& [id, slot] : slots_) {
    if (slot->task == nullptr) continue;
    TaskStore& store = slot->task->store();
    if (slot->checkpoint) {
      if (slot->checkpoint_done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) continue;
      EBB_TRY(store.end_checkpoint(std::move(slot->checkpoint), slot->checkpoint_done.get()));
      counters_.checkpoints.add();
    } else if (store.checkpoint_wanted() || clock_->steady_ms() - slot->checkpoint_tried_ms >= kRefreshMs) {
      slot->checkpoint_tried_ms = clock_->steady_ms();
      slot->checkpoint = store.begin_checkpoint(clock_->wall_ms());
      if (slot->checkpoint) {
        slot->checkpoint_done = background_->run([job = slot->checkpoint.get()] { return job->run(); });
      }
    }
  }
  return Status::ok();
}

Status Worker::leave() {
  if (any_dirty() || !in_flight_.empty()) return Status::ok();
  std::vector<TaskId> tasks;
  while (!slots_.empty()) {
    const auto slot = slots_.extract(slots_.begin());
    log_->stop(slot.key());
    EBB_TRY(close_slot(*slot.mapped(), true));
    tasks.push_back(slot.key());
  }
  log_->released(tasks);
  {
    std::lock_guard lock(mutex_);
    log_to_wake_ = nullptr;
  }
  log_.reset();
  connected_ = false;
  publish_status(true);
  return Status::ok();
}

Status Worker::answer_questions() {
  std::vector<Question> questions;
  {
    std::lock_guard lock(mutex_);
    if (questions_.empty()) return Status::ok();
    questions.swap(questions_);
  }
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Question& q = questions[i];
    auto it = slots_.find(q.task);
    if (it == slots_.end() || it->second->task == nullptr) {
      q.answered.set_value(false);
      continue;
    }
    Task& task = *it->second->task;
    auto row = task.store().find_committed(q.customer);
    if (!row.is_ok()) {
      // "Unknown" would be a wrong answer, and a record of this customer would end in the same error.
      for (; i < questions.size(); ++i) questions[i].answered.set_value(false);
      return row.status();
    }
    auto shared = task.store().find_committed(Row::kShared);
    if (!shared.is_ok()) {
      for (; i < questions.size(); ++i) questions[i].answered.set_value(false);
      return shared.status();
    }
    SharedState state{.row = shared->get()};
    q.question(row->get(), state, *topology_, *scratch_, task.committed());
    q.answered.set_value(true);
  }
  return Status::ok();
}

std::future<bool> Worker::ask(TaskId task, std::string customer, RowQuestion question) {
  Question q{task, std::move(customer), std::move(question), {}};
  std::future<bool> answered = q.answered.get_future();
  std::lock_guard lock(mutex_);
  questions_.push_back(std::move(q));
  if (log_to_wake_ != nullptr) log_to_wake_->wake();
  return answered;
}

void Worker::wake() {
  std::lock_guard lock(mutex_);
  if (log_to_wake_ != nullptr) log_to_wake_->wake();
}

std::vector<TaskStatus> Worker::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

void Worker::publish_status(bool now) {
  const TimeMs at = clock_->steady_ms();
  if (!now && at - published_at_ms_ < kStatusEveryMs) return;
  published_at_ms_ = at;
  std::vector<TaskStatus> status;
  for (auto& [id, slot] : slots_) {
    TaskStatus& s = status.emplace_back();
    s.task = id;
    s.state = slot->state;
    s.worker = options_.index;
    s.recovered_records = slot->recovery->records();
    if (slot->task == nullptr) continue;
    s.committed = slot->task->committed();
    s.watermark_ms = slot->task->watermark_ms();
    s.at_end = slot->last.why == RunResult::Why::kAtEnd;
    s.store = slot->task->store().stats();
  }
  std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

}  // namespace ebb
