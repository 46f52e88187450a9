#include "engine/kafka/committer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/base/crash_point.h"
#include "state/row_codec.h"

namespace ebb::kafka {
namespace {

constexpr DurationMs kIdleMs = 500;  // the group is served at least this often
constexpr DurationMs kInitStepMs = 1000;
constexpr DurationMs kAbortMs = 1000;
constexpr int kAttempts = 3;

CommitOutcome::Kind outcome_kind(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::kOk:
      return CommitOutcome::Kind::kCommitted;
    case Step::Kind::kFenced:
      return CommitOutcome::Kind::kFenced;
    case Step::Kind::kTooLarge:
      return CommitOutcome::Kind::kTooLarge;
    case Step::Kind::kAgain:
    case Step::Kind::kRetry:
      break;
  }
  return CommitOutcome::Kind::kRetry;
}

}  // namespace

Result<std::unique_ptr<Committer>> Committer::open(const KafkaLogOptions& options, int worker,
                                                   std::vector<std::int32_t> sink_partitions,
                                                   Waker* on_news) {
  std::unique_ptr<Committer> committer(new Committer(options, std::move(sink_partitions), on_news));
  const std::string name = fmt::format("{}-{}", options.instance, worker);
  for (const char* suffix : {"a", "b"}) {
    committer->ids_.push_back(fmt::format("{}-{}-{}", options.transactional_id_prefix, name, suffix));
  }
  for (std::size_t i = 0; i < committer->producers_.size(); ++i) {
    EBB_ASSIGN(committer->producers_[i], TxnProducer::open(options, committer->ids_[i]));
  }
  EBB_ASSIGN(committer->member_, GroupMember::join(options, name, &committer->waker_));
  committer->thread_ = std::thread([c = committer.get()] { c->run(); });
  return committer;
}

Committer::~Committer() {
  stop_ = true;
  waker_.wake();
  if (thread_.joinable()) thread_.join();
}

void Committer::submit(std::shared_ptr<const Epoch> epoch) {
  push(std::move(epoch));
}

void Committer::released(const std::vector<TaskId>& tasks) {
  push(tasks);
}

void Committer::give_up(Status status) {
  {
    const std::lock_guard lock(mutex_);
    given_up_ = std::move(status);
  }
  waker_.wake();
}

Status Committer::take_events(std::vector<GroupEvent>* events) {
  const std::lock_guard lock(mutex_);
  events->insert(events->end(), events_.begin(), events_.end());
  events_.clear();
  return failure_;
}

bool Committer::next_outcome(CommitOutcome* out) {
  const std::lock_guard lock(mutex_);
  if (outcomes_.empty()) return false;
  *out = std::move(outcomes_.front());
  outcomes_.pop_front();
  return true;
}

bool Committer::has_news() const {
  const std::lock_guard lock(mutex_);
  return !events_.empty() || !outcomes_.empty() || !failure_.is_ok();
}

void Committer::push(Command command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  waker_.wake();
}

std::optional<Committer::Command> Committer::pop() {
  const std::lock_guard lock(mutex_);
  if (commands_.empty()) return std::nullopt;
  Command command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

void Committer::run() {
  for (auto& producer : producers_) {
    if (Status status = init_producer(producer.get()); !status.is_ok()) {
      if (!stopping()) fail(std::move(status));
      break;
    }
  }
  if (!stopping() && !dead_) {
    ready_ = true;
    on_news_->wake();
  }
  while (!stopping()) {
    serve_group();
    std::optional<Command> command = pop();
    if (!command) {
      waker_.wait(kIdleMs);
    } else if (const auto* tasks = std::get_if<std::vector<TaskId>>(&*command)) {
      member_->released(*tasks);
    } else {
      give(publish(*std::get<std::shared_ptr<const Epoch>>(*command)));
    }
  }
  producers_ = {};  // here, since they may still point into an epoch
}

void Committer::serve_group() {
  std::vector<GroupEvent> events;
  Status status = member_->serve(&events);
  if (!events.empty()) {
    const std::lock_guard lock(mutex_);
    events_.insert(events_.end(), events.begin(), events.end());
  }
  if (!events.empty()) on_news_->wake();
  if (status.is_ok()) {
    const std::lock_guard lock(mutex_);
    status = given_up_;
  }
  if (!status.is_ok()) fail(std::move(status));
}

// This worker log is of no more use.
void Committer::fail(Status status) {
  if (!dead_) {
    dead_ = CommitOutcome{};
    dead_->kind = status.code() == Code::kFenced ? CommitOutcome::Kind::kFenced : CommitOutcome::Kind::kRetry;
    dead_->why = status.message();
  }
  {
    const std::lock_guard lock(mutex_);
    if (failure_.is_ok()) failure_ = std::move(status);
  }
  on_news_->wake();
}

// Waits until the transaction coordinator answers, however long that takes.
Status Committer::init_producer(TxnProducer* producer) {
  while (!stopping()) {
    const Status status = producer->init(kInitStepMs);
    serve_group();
    if (status.is_ok()) break;
    if (status.code() != Code::kUnavailable) return status;
    spdlog::info("waiting for the transaction coordinator: {}", status.message());
  }
  std::vector<std::string> topics = options_.sink_topics;
  topics.push_back(options_.changelog_topic);
  for (const std::string& topic : topics) {
    if (!stopping()) EBB_TRY(producer->learn(topic, options_.transaction_timeout_ms));
  }
  return stopping() ? Status::unavailable("closing") : Status::ok();
}

Status Committer::replace_producer(std::size_t turn) {
  producers_[turn].reset();
  EBB_ASSIGN(producers_[turn], TxnProducer::open(options_, ids_[turn]));
  return init_producer(producers_[turn].get());
}

CommitOutcome Committer::publish(const Epoch& epoch) {
  CommitOutcome outcome;
  outcome.epoch = epoch.number;
  if (dead_) {
    outcome.kind = dead_->kind;
    outcome.why = dead_->why;
    return outcome;
  }
  Step step;
  for (int i = 0; i < kAttempts; ++i) {
    step = attempt(epoch, producers_[turn_].get(), &outcome.record_offsets);
    if (step.kind != Step::Kind::kAgain || stopping()) break;
    spdlog::info("epoch {} is published again: {}", epoch.number, step.why);
    if (const Status status = replace_producer(turn_); !status.is_ok()) {
      step = {Step::Kind::kRetry, status.message()};
      break;
    }
  }
  turn_ = 1 - turn_;
  outcome.kind = outcome_kind(step.kind);
  outcome.why = std::move(step.why);
  if (!step.is_ok()) {
    producers_ = {};  // first, since they may still point into the epoch and the offsets
    outcome.record_offsets.clear();
    spdlog::warn("epoch {} is not known to be committed: {}", epoch.number, outcome.why);
    dead_ = outcome;
  }
  return outcome;
}

Step Committer::attempt(const Epoch& epoch, TxnProducer* producer, std::vector<Offset>* record_offsets) {
  if (producer->broken()) return {Step::Kind::kAgain, "a connection broke since the last epoch"};
  Step step = producer->begin();
  if (step.is_ok()) step = append_records(epoch, producer, record_offsets);
  if (step.is_ok()) step = prove_membership(epoch, producer);
  // From the commit on nobody may touch this transaction but the next owner of its id.
  if (step.is_ok()) {
    crash_point("commit.after_send_offsets");
    step = producer->commit(options_.transaction_timeout_ms);
    if (step.is_ok()) crash_point("commit.after_commit");
    return step;
  }
  if (step.kind == Step::Kind::kAgain) return step;
  producer->abort(kAbortMs);
  return producer->delivery().kind == Step::Kind::kTooLarge ? producer->delivery() : step;
}

Step Committer::append_records(const Epoch& epoch, TxnProducer* producer,
                               std::vector<Offset>* record_offsets) {
  const DurationMs timeout_ms = options_.transaction_timeout_ms;
  // First in their partitions and acknowledged, so that whoever finds our open transaction finds whose it is.
  record_offsets->assign(epoch.tasks.size(), -1);
  for (std::size_t i = 0; i < epoch.tasks.size(); ++i) {
    const Step step = producer->append(options_.changelog_topic, epoch.tasks[i].task, kTaskRecordKey,
                                       epoch.tasks[i].task_record, &(*record_offsets)[i]);
    if (!step.is_ok()) return step;
  }
  if (Step step = producer->flush(timeout_ms); !step.is_ok()) return step;
  crash_point("commit.task_records_sent");

  for (const TaskEpoch& task : epoch.tasks) {
    const Step step = producer->append(options_.changelog_topic, task.task, task.rows);
    if (!step.is_ok()) return step;
  }
  std::vector<std::vector<const OutRecord*>> by_sink(options_.sink_topics.size());
  for (const OutRecord& record : epoch.outputs) {
    by_sink[static_cast<std::size_t>(record.sink)].push_back(&record);
  }
  for (std::size_t sink = 0; sink < by_sink.size(); ++sink) {
    const Step step = producer->append(options_.sink_topics[sink], sink_partitions_[sink], by_sink[sink]);
    if (!step.is_ok()) return step;
  }
  return producer->flush(timeout_ms);
}

Step Committer::prove_membership(const Epoch& epoch, TxnProducer* producer) {
  serve_group();
  if (dead_) return {Step::Kind::kFenced, dead_->why};
  if (std::string why = not_owned(epoch); !why.empty()) return {Step::Kind::kFenced, std::move(why)};
  const GroupMetadataPtr membership = member_->metadata();
  if (!membership) return {Step::Kind::kFenced, "no longer a member of the group"};

  const PartitionsPtr offsets = new_partitions(static_cast<int>(epoch.tasks.size()));
  for (const TaskEpoch& task : epoch.tasks) {
    for (std::size_t s = 0; s < task.positions.size(); ++s) {
      if (task.positions[s] < 0) continue;
      rd_kafka_topic_partition_list_add(offsets.get(), options_.source_topics[s].c_str(), task.task)->offset =
          task.positions[s];
    }
  }
  crash_point("commit.before_send_offsets");
  return producer->send_offsets(offsets.get(), membership.get(), options_.transaction_timeout_ms);
}

std::string Committer::not_owned(const Epoch& epoch) const {
  for (const TaskEpoch& task : epoch.tasks) {
    if (!member_->owns(task.task)) return fmt::format("task {} is not ours any more", task.task);
  }
  return {};
}

void Committer::give(CommitOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
  }
  on_news_->wake();
}

}  // namespace ebb::kafka
