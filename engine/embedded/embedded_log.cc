#include "engine/embedded/embedded_log.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "engine/embedded/log_store.h"
#include "engine/embedded/retention.h"
#include "engine/embedded/topic_io.h"
#include "engine/embedded/worker_log.h"

namespace ebb {
namespace embedded {
namespace {

constexpr auto kRetentionEvery = std::chrono::minutes(1);
constexpr std::string_view kPolicyKey = "cleanup.policy";

bool is_compacted(const TopicSpec& spec) {
  return std::any_of(spec.config.begin(), spec.config.end(), [](const auto& entry) {
    return entry.first == kPolicyKey && entry.second.find("compact") != std::string::npos;
  });
}

// Which workers are there now: a worker opened twice would commit twice. Outlives the log.
class OpenWorkers {
 public:
  bool open(int worker) {
    const std::lock_guard lock(mutex_);
    return workers_.insert(worker).second;
  }
  void close(int worker) {
    const std::lock_guard lock(mutex_);
    workers_.erase(worker);
  }

 private:
  std::mutex mutex_;
  std::set<int> workers_;
};

class EmbeddedLogImpl final : public EmbeddedLog {
 public:
  EmbeddedLogImpl(EmbeddedOptions options, std::shared_ptr<LogStore> store)
      : options_(std::move(options)), store_(std::move(store)) {}

  ~EmbeddedLogImpl() override {
    {
      const std::lock_guard lock(retention_mutex_);
      closing_ = true;
    }
    closing_news_.notify_all();
    if (retention_thread_.joinable()) retention_thread_.join();
  }

  Status create_own_topics() {
    for (const std::string& source : options_.sources) {
      EBB_TRY(store_->ensure_topic(source, options_.partitions, false));
    }
    for (const EmbeddedSink& sink : options_.sinks) {
      EBB_TRY(store_->ensure_topic(sink.topic, options_.partitions, sink.compacted));
    }
    EBB_TRY(store_->ensure_topic(options_.changelog, options_.partitions, true));
    retention_thread_ = std::thread([this] { run_retention(); });
    return Status::ok();
  }

  Status check() override {
    if (options_.read_only) return Status::ok();
    return store_->health();
  }

  Result<std::unique_ptr<WorkerLog>> open_worker(int worker) override {
    if (options_.read_only) return Status::unavailable("the log is open for reading only");
    if (worker < 0 || worker >= options_.workers) {
      return Status::invalid(fmt::format("there is no worker {} of {}", worker, options_.workers));
    }
    EBB_TRY(store_->health());
    EBB_ASSIGN(CommitTopics topics, commit_topics());
    if (!open_workers_->open(worker))
      return Status::invalid(fmt::format("worker {} is already open", worker));
    std::vector<TaskId> tasks;
    for (TaskId task = worker; task < options_.partitions; task += options_.workers) tasks.push_back(task);
    return make_worker_log(store_, std::move(topics), std::move(tasks),
                           [open = open_workers_, worker] { open->close(worker); });
  }

  Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>& names) override {
    EBB_TRY(store_->refresh());
    std::vector<TopicState> out;
    for (const std::string& name : names) {
      TopicState& state = out.emplace_back();
      const Topic* topic = store_->find_topic(name);
      if (topic == nullptr) continue;
      state.exists = true;
      state.partitions = topic->meta.partitions;
      state.config.emplace_back(kPolicyKey, topic->meta.compacted ? "compact" : "delete");
    }
    return out;
  }

  Status create_topics(const std::vector<TopicSpec>& topics) override {
    for (const TopicSpec& topic : topics) {
      EBB_TRY(store_->ensure_topic(topic.name, topic.partitions, is_compacted(topic)));
    }
    return Status::ok();
  }

  Result<std::unique_ptr<TopicReader>> open_reader(const std::string& topic, bool from_start) override {
    EBB_TRY(store_->refresh());
    EBB_ASSIGN(const Topic* found, store_->need_topic(topic));
    std::vector<Offset> positions;
    if (!from_start) {
      for (const auto& partition : found->partitions) positions.push_back(partition->end.load());
    }
    return open_reader_at(topic, std::move(positions));
  }

  Result<std::unique_ptr<TopicReader>> open_reader_at(const std::string& topic,
                                                      std::vector<Offset> positions) override {
    EBB_TRY(store_->refresh());
    EBB_ASSIGN(Topic * found, store_->need_topic(topic));
    return make_topic_reader(store_, found, std::move(positions));
  }

  Result<std::unique_ptr<TopicWriter>> open_writer() override {
    if (options_.read_only) return Status::unavailable("the log is open for reading only");
    return make_topic_writer(store_);
  }

  Result<std::vector<Offset>> append(const std::string& topic, std::vector<NewRecord> records) override {
    EBB_ASSIGN(Topic * found, store_->need_topic(topic));
    return append_records(store_.get(), found, records);
  }

  Result<RecordBatch> read(const std::string& topic, TaskId partition, Offset offset,
                           std::size_t max) override {
    EBB_TRY(store_->refresh());
    EBB_ASSIGN(const Partition* found, need_partition(topic, partition));
    RecordBatch out;
    const Offset end = found->end.load(std::memory_order_acquire);
    if (offset >= end || max == 0) return out;
    Offset next = 0;
    EBB_TRY(store_->read(*store_->find_topic(topic), partition, offset, end, {.records = max}, &out, &next));
    return out;
  }

  Result<PartitionBounds> bounds(const std::string& topic, TaskId partition) override {
    EBB_TRY(store_->refresh());
    EBB_ASSIGN(const Partition* found, need_partition(topic, partition));
    return PartitionBounds{.begin = found->begin.load(), .end = found->end.load()};
  }

  Status apply_retention() override {
    const std::lock_guard lock(retention_mutex_);
    return retain_all();
  }

 private:
  Result<CommitTopics> commit_topics() {
    CommitTopics topics;
    for (const std::string& source : options_.sources) {
      EBB_ASSIGN(topics.sources.emplace_back(), store_->need_topic(source));
    }
    for (const EmbeddedSink& sink : options_.sinks) {
      EBB_ASSIGN(topics.sinks.emplace_back(), store_->need_topic(sink.topic));
    }
    EBB_ASSIGN(topics.changelog, store_->need_topic(options_.changelog));
    return topics;
  }

  Result<const Partition*> need_partition(const std::string& topic, TaskId partition) {
    EBB_ASSIGN(Topic * found, store_->need_topic(topic));
    const Partition* out = found->partition(partition);
    if (out == nullptr)
      return Status::not_found(fmt::format("topic {} has no partition {}", topic, partition));
    return out;
  }

  // REQUIRES: retention_mutex_ is held.
  Status retain_all() {
    const RetentionRules rules{.retention_ms = options_.retention_ms,
                               .retention_bytes = options_.retention_bytes,
                               .tombstone_retention_ms = options_.tombstone_retention_ms};
    for (Topic* topic : store_->topics()) {
      const auto& sources = options_.sources;
      const bool source = std::find(sources.begin(), sources.end(), topic->name) != sources.end();
      EBB_TRY(embedded::apply_retention(store_.get(), topic, source, rules));
    }
    return Status::ok();
  }

  void run_retention() {
    std::unique_lock lock(retention_mutex_);
    while (!closing_news_.wait_for(lock, kRetentionEvery, [this] { return closing_; })) {
      if (const Status done = retain_all(); !done.is_ok()) {
        spdlog::warn("the embedded log could not let old records go: {}", done.message());
      }
    }
  }

  const EmbeddedOptions options_;
  const std::shared_ptr<LogStore> store_;
  const std::shared_ptr<OpenWorkers> open_workers_ = std::make_shared<OpenWorkers>();

  std::mutex retention_mutex_;
  std::condition_variable closing_news_;
  bool closing_ = false;  // guarded by retention_mutex_
  std::thread retention_thread_;
};

}  // namespace
}  // namespace embedded

Result<std::unique_ptr<EmbeddedLog>> open_embedded_log(const EmbeddedOptions& options) {
  EBB_ASSIGN(std::shared_ptr<embedded::LogStore> store, embedded::LogStore::open(options));
  auto log = std::make_unique<embedded::EmbeddedLogImpl>(options, std::move(store));
  if (!options.read_only) EBB_TRY(log->create_own_topics());
  return Result<std::unique_ptr<EmbeddedLog>>(std::move(log));
}

}  // namespace ebb
