#include "engine/kafka/recovery.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "engine/base/clock.h"
#include "engine/kafka/committer.h"
#include "engine/kafka/end_offsets.h"
#include "engine/kafka/errors.h"
#include "engine/kafka/waker.h"

namespace ebb::kafka {
namespace {

constexpr DurationMs kAskMs = 2000;    // one question to the brokers
constexpr DurationMs kAgainMs = 20;    // between looks at a tail
constexpr DurationMs kFailedMs = 200;  // after a question that failed
// A former owner who has handed the task over in order has settled his epochs, but the broker writes the
// markers a little later. He must not be fenced: his producers serve his other tasks.
constexpr DurationMs kGraceMs = 300;
constexpr DurationMs kFenceMs = 5000;

}  // namespace

Recovery::Recovery(const KafkaLogOptions& options, std::shared_ptr<FetchClient> committed,
                   std::shared_ptr<FetchClient> uncommitted, const Committer* committer, Waker* waker)
    : options_(options),
      committed_(std::move(committed)),
      uncommitted_(std::move(uncommitted)),
      committer_(committer),
      waker_(waker),
      thread_([this] { run(); }) {}

Recovery::~Recovery() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Recovery::begin(TaskId task, Offset from) {
  stop(task);
  auto job = std::make_shared<Job>();
  job->task = task;
  job->from = from;
  jobs_[task] = std::move(job);
  waker_->wake();  // recover() has the next step to do
}

Result<RecoveryStep> Recovery::recover(TaskId task, RecordBatch* out) {
  out->clear();
  const auto at = jobs_.find(task);
  if (at == jobs_.end()) return Status::internal(fmt::format("task {} is not being recovered", task));
  if (!is_ready(at->second)) return RecoveryStep{};
  EBB_ASSIGN(RecoveryStep step, read(at->second.get(), out));
  if (step.state != RecoveryStep::State::kWorking) jobs_.erase(at);
  return step;
}

void Recovery::stop(TaskId task) {
  const auto at = jobs_.find(task);
  if (at == jobs_.end()) return;
  {
    const std::lock_guard lock(mutex_);
    at->second->is_stopped = true;
  }
  jobs_.erase(at);
}

bool Recovery::take_unfinished() {
  return std::exchange(unfinished_, false);
}

bool Recovery::is_ready(const std::shared_ptr<Job>& job) {
  {
    const std::lock_guard lock(mutex_);
    if (job->is_ready) return true;
    if (job->is_queued || !committer_->is_ready()) return false;
    job->is_queued = true;
    queued_.push_back(job);
  }
  changed_.notify_one();
  return false;
}

Result<RecoveryStep> Recovery::read(Job* job, RecordBatch* out) {
  RecoveryStep step;
  const bool is_done = job->stream ? job->stream->end().value_or(-1) >= job->end : job->from == job->end;
  const bool is_behind = job->from > job->end || (job->from > 0 && job->from < job->first);
  if (is_behind) {
    step.state = RecoveryStep::State::kBehind;
  } else if (is_done) {
    step.state = RecoveryStep::State::kDone;
    step.mirrored_positions = job->mirrored;
  } else if (!job->stream) {
    EBB_ASSIGN(job->stream,
               PartitionStream::start(committed_, options_.changelog_topic, job->task,
                                      job->from <= 0 ? PartitionStream::kFromBeginning : job->from, waker_));
  } else {
    const Status status = job->stream->fetch(out);
    if (status.code() == Code::kNotFound) {
      step.state = RecoveryStep::State::kBehind;
      return step;
    }
    EBB_TRY(status);
    unfinished_ |= job->stream->has_more() || job->stream->end().value_or(-1) >= job->end;
  }
  return step;
}

void Recovery::run() {
  while (!stopping()) {
    const Jobs jobs = take_queued();
    if (jobs.empty()) continue;
    if (const Status status = prepare(jobs); !status.is_ok()) {
      spdlog::warn("recovery waits: {}", status.message());
      pause(kFailedMs);
    } else {
      pause(kAgainMs);  // those whose tail is not settled yet
    }
    const std::lock_guard lock(mutex_);
    for (const auto& job : jobs) {
      if (!job->is_ready) queued_.push_back(job);
    }
  }
}

bool Recovery::stopping() {
  const std::lock_guard lock(mutex_);
  return stop_;
}

Recovery::Jobs Recovery::take_queued() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_ || !queued_.empty(); });
  Jobs jobs = std::exchange(queued_, {});
  std::erase_if(jobs, [](const auto& job) { return job->is_stopped; });
  return jobs;
}

void Recovery::pause(DurationMs for_ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(for_ms), [this] { return stop_ || !queued_.empty(); });
}

Status Recovery::prepare(const Jobs& jobs) {
  EBB_ASSIGN(const Jobs settled, settle_tails(jobs));
  if (settled.empty()) return Status::ok();
  EBB_TRY(find_ends(settled));
  waker_->wake();
  return Status::ok();
}

// Those of the jobs whose changelog has no uncommitted tail, or whose writers have been fenced.
Result<Recovery::Jobs> Recovery::settle_tails(const Jobs& jobs) {
  std::vector<PartitionId> partitions;
  for (const auto& job : jobs) partitions.push_back({options_.changelog_topic, job->task});
  EBB_ASSIGN(const auto high, end_offsets(uncommitted_->client(), partitions, kAskMs));
  EBB_ASSIGN(const auto stable, end_offsets(committed_->client(), partitions, kAskMs));
  const TimeMs now_ms = system_clock().steady_ms();
  Jobs settled;
  std::vector<OpenTail> to_fence;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Job* const job = jobs[i].get();
    if (high[i] < 0 || stable[i] < 0) continue;
    if (stable[i] >= high[i] || job->is_fenced) {
      settled.push_back(jobs[i]);
    } else if (job->unstable_since_ms == 0) {
      job->unstable_since_ms = now_ms;
    } else if (now_ms - job->unstable_since_ms >= kGraceMs) {
      job->is_fenced = true;  // tried once: what then remains ends with its time-out
      to_fence.push_back({job->task, stable[i], high[i]});
    }
  }
  if (!to_fence.empty()) fence_writers(to_fence);
  return settled;
}

void Recovery::fence_writers(const std::vector<OpenTail>& tails) {
  const auto ids = find_writers(options_, tails, kFenceMs);
  if (!ids.is_ok()) {
    spdlog::warn("an uncommitted tail can't be read, waiting for its time-out: {}", ids.status().message());
    return;
  }
  const std::vector<std::string>& own = committer_->transactional_ids();
  for (const std::string& id : *ids) {
    if (stopping() || std::find(own.begin(), own.end(), id) != own.end()) continue;
    spdlog::info("fencing {}", id);
    if (const Status status = fence(options_, id, kFenceMs); !status.is_ok()) {
      spdlog::warn("{} can't be fenced, waiting for its time-out: {}", id, status.message());
    }
  }
}

// After a failed question: have all waited for so long that no transaction of ours can be the cause?
bool Recovery::may_do_without_mirror(const Jobs& jobs) const {
  const TimeMs now_ms = system_clock().steady_ms();
  bool all_waited = true;
  for (const auto& job : jobs) {
    if (job->pending_since_ms == 0) job->pending_since_ms = now_ms;
    all_waited &= now_ms - job->pending_since_ms >= options_.transaction_timeout_ms * 3 / 2;
  }
  return all_waited;
}

Status Recovery::find_ends(const Jobs& jobs) {
  auto mirrored = mirrored_positions(jobs);
  if (!mirrored.is_ok()) {
    if (!may_do_without_mirror(jobs)) return mirrored.status();
    spdlog::warn("recovery goes on by the task records alone: {}", mirrored.status().message());
    mirrored = std::vector(jobs.size(), std::vector<Offset>(options_.source_topics.size(), -1));
  }
  std::vector<PartitionId> partitions;
  for (const auto& job : jobs) partitions.push_back({options_.changelog_topic, job->task});
  EBB_ASSIGN(const auto ends, end_offsets(uncommitted_->client(), partitions, kAskMs));
  EBB_ASSIGN(const auto firsts, first_offsets(uncommitted_->client(), partitions, kAskMs));
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (ends[i] < 0 || firsts[i] < 0) continue;
    jobs[i]->end = ends[i];
    jobs[i]->first = firsts[i];
    jobs[i]->mirrored = std::move((*mirrored)[i]);
    jobs[i]->is_ready = true;
  }
  return Status::ok();
}

// One question for all. The broker answers only when no transaction with these offsets is pending: such a one
// ends with its time-out at the latest. A coordinator that was killed has been seen to hold offsets pending
// for ever whose transactions had long ended (Apache Kafka 4.1.1), so nothing waits longer: each transaction
// writes to the changelog too, and that is read behind its last open one.
Result<std::vector<std::vector<Offset>>> Recovery::mirrored_positions(const Jobs& jobs) {
  const PartitionsPtr list = new_partitions();
  for (const auto& job : jobs) {
    for (const std::string& topic : options_.source_topics) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), job->task);
    }
  }
  EBB_TRY(status_of(rd_kafka_committed(committer_->member_handle(), list.get(), static_cast<int>(kAskMs)),
                    "offsets of the group"));
  std::vector<std::vector<Offset>> positions;
  for (const auto& job : jobs) {
    std::vector<Offset>& of_job = positions.emplace_back();
    for (const std::string& topic : options_.source_topics) {
      const auto* const found = rd_kafka_topic_partition_list_find(list.get(), topic.c_str(), job->task);
      of_job.push_back(found ? std::max<Offset>(found->offset, -1) : -1);
    }
  }
  return positions;
}

}  // namespace ebb::kafka
