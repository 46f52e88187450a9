#include "engine/embedded/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/base/crash_point.h"

namespace ebb::embedded {
namespace {

constexpr std::string_view kTaskRecordKey = "t";

// Turns an epoch into one Write. Of a key that a compacted topic gets twice only the last goes in.
class EpochWrite {
 public:
  EpochWrite(LogStore* store, const CommitTopics& topics) : store_(store), topics_(topics) {}

  // kInvalid: something is too large.
  Status build(const Epoch& epoch) {
    for (const TaskEpoch& task : epoch.tasks) EBB_TRY(add_task(task));
    for (const OutRecord& output : epoch.outputs) EBB_TRY(add_output(output));
    lock_partitions();
    return find_replaced();
  }

  Status write() { return store_->write(&write_); }

  std::vector<Offset> task_record_offsets() const {
    std::vector<Offset> out;
    for (const std::size_t place : task_records_) out.push_back(write_.records[place].offset);
    return out;
  }

 private:
  Status add_task(const TaskEpoch& task) {
    task_records_.push_back(write_.records.size());
    EBB_TRY(add(topics_.changelog, task.task, {.key = kTaskRecordKey, .value = task.task_record}));
    for (const RowWrite& row : task.rows) {
      EBB_TRY(add(topics_.changelog, task.task,
                  {.key = row.key, .value = row.value, .has_value = !row.tombstone}));
    }
    for (std::size_t source = 0; source < task.positions.size(); ++source) {
      write_.puts.emplace_back(position_key(task.task, topics_.sources[source]->meta.id),
                               encode_number(std::max<Offset>(task.positions[source], 0)));
    }
    return Status::ok();
  }

  Status add_output(const OutRecord& output) {
    return add(topics_.sinks[static_cast<std::size_t>(output.sink)], output.task,
               {.key = output.key,
                .value = output.value,
                .has_value = !output.tombstone,
                .timestamp_ms = output.timestamp_ms,
                .headers = &output.headers});
  }

  Status add(Topic* topic, TaskId partition, RecordFields fields) {
    if (encoded_size(fields) > EmbeddedLog::kMaxRecordBytes) {
      return Status::invalid(fmt::format("a record for {}[{}] has {} bytes, the log takes {}", topic->name,
                                         partition, encoded_size(fields), EmbeddedLog::kMaxRecordBytes));
    }
    if (topic->meta.compacted) {
      const auto [it, is_new] =
          places_.try_emplace(index_key(topic->meta.id, partition, fields.key), write_.records.size());
      if (!is_new) {
        write_.records[it->second].fields = fields;
        return Status::ok();
      }
    }
    RecordWrite record;
    record.topic = topic;
    record.partition = partition;
    record.fields = fields;
    write_.records.push_back(record);
    return Status::ok();
  }

  // In one order for all, so that no two wait for each other.
  void lock_partitions() {
    std::vector<Partition*> partitions;
    for (const RecordWrite& record : write_.records) {
      if (!record.topic->meta.compacted) continue;
      Partition* partition = record.topic->partition(record.partition);
      if (partitions.empty() || partitions.back() != partition) partitions.push_back(partition);
    }
    std::sort(partitions.begin(), partitions.end());
    partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
    for (Partition* partition : partitions) locks_.emplace_back(partition->overwrite_mutex);
  }

  Status find_replaced() {
    std::vector<std::string> keys;
    std::vector<std::size_t> places;
    keys.reserve(places_.size());
    places.reserve(places_.size());
    while (!places_.empty()) {
      auto node = places_.extract(places_.begin());
      keys.push_back(std::move(node.key()));
      places.push_back(node.mapped());
    }
    EBB_ASSIGN(const auto offsets, store_->find_offsets(keys));
    for (std::size_t i = 0; i < places.size(); ++i) write_.records[places[i]].replaces = offsets[i];
    return Status::ok();
  }

  LogStore* store_;
  const CommitTopics& topics_;
  Write write_;
  std::vector<std::size_t> task_records_;
  std::unordered_map<std::string, std::size_t> places_;  // index key -> place of the record
  std::vector<std::unique_lock<std::mutex>> locks_;
};

bool well_formed(const Epoch& epoch, const CommitTopics& topics) {
  const auto has = [](Topic* topic, TaskId partition) { return topic->partition(partition) != nullptr; };
  for (const TaskEpoch& task : epoch.tasks) {
    if (!has(topics.changelog, task.task) || task.positions.size() > topics.sources.size()) return false;
  }
  for (const OutRecord& output : epoch.outputs) {
    const auto sink = static_cast<std::size_t>(output.sink);
    if (sink >= topics.sinks.size() || !has(topics.sinks[sink], output.task)) return false;
  }
  return true;
}

}  // namespace

Committer::Committer(std::shared_ptr<LogStore> store, CommitTopics topics)
    : store_(std::move(store)), topics_(std::move(topics)), thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  thread_.join();
}

void Committer::submit(std::shared_ptr<const Epoch> epoch) {
  {
    const std::lock_guard lock(mutex_);
    epochs_.push_back(std::move(epoch));
  }
  work_.notify_all();
}

bool Committer::next_outcome(CommitOutcome* out) {
  const std::lock_guard lock(mutex_);
  if (outcomes_.empty()) return false;
  *out = std::move(outcomes_.front());
  outcomes_.pop_front();
  return true;
}

bool Committer::has_outcome() {
  const std::lock_guard lock(mutex_);
  return !outcomes_.empty();
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  std::optional<CommitOutcome> failure;  // what follows an epoch that failed fails with it
  while (true) {
    work_.wait(lock, [&] { return stop_ || !epochs_.empty(); });
    if (stop_) return;
    const std::shared_ptr<const Epoch> epoch = std::move(epochs_.front());
    epochs_.pop_front();
    lock.unlock();
    CommitOutcome outcome = failure ? *failure : commit(*epoch);
    outcome.epoch = epoch->number;
    if (outcome.kind != CommitOutcome::Kind::kCommitted) failure = outcome;
    lock.lock();
    outcomes_.push_back(std::move(outcome));
    lock.unlock();
    store_->news().post();
    lock.lock();
  }
}

CommitOutcome Committer::commit(const Epoch& epoch) {
  CommitOutcome outcome;
  if (!well_formed(epoch, topics_)) {
    assert(false && "an epoch names a task, source or sink that this log doesn't have");
    outcome.why = "the epoch names a task, source or sink that this log doesn't have";
    return outcome;
  }
  EpochWrite write(store_.get(), topics_);
  if (const Status built = write.build(epoch); !built.is_ok()) {
    if (built.code() == Code::kInvalid) outcome.kind = CommitOutcome::Kind::kTooLarge;
    outcome.why = built.message();
    return outcome;
  }
  crash_point("commit.before_write");
  if (const Status written = write.write(); !written.is_ok()) {
    outcome.why = written.message();
    return outcome;
  }
  crash_point("commit.after_write");
  for (const TaskEpoch& task : epoch.tasks) {
    for (std::size_t source = 0; source < task.positions.size(); ++source) {
      topics_.sources[source]->partition(task.task)->committed.store(task.positions[source],
                                                                     std::memory_order_release);
    }
  }
  outcome.kind = CommitOutcome::Kind::kCommitted;
  outcome.record_offsets = write.task_record_offsets();
  return outcome;
}

}  // namespace ebb::embedded
