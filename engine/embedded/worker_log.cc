#include "engine/embedded/worker_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

namespace ebb::embedded {
namespace {

struct Cursor {
  Offset position = 0;
  Offset seen_end = 0;  // the end that the last poll() knew of
};

struct Recovery {
  Offset next = 0;
  Offset end = 0;
  bool over = false;
};

class EmbeddedWorkerLog final : public WorkerLog {
 public:
  EmbeddedWorkerLog(std::shared_ptr<LogStore> store, CommitTopics topics, std::vector<TaskId> tasks,
                    std::function<void()> on_close)
      : store_(std::move(store)),
        topics_(std::move(topics)),
        tasks_(std::move(tasks)),
        on_close_(std::move(on_close)),
        committer_(std::make_unique<Committer>(store_, topics_)) {}

  ~EmbeddedWorkerLog() override {
    committer_.reset();
    on_close_();
  }

  Status poll(DurationMs wait_ms, std::vector<GroupEvent>* events) override {
    if (!assigned_) {
      assigned_ = true;
      if (!tasks_.empty()) events->push_back({.kind = GroupEvent::Kind::kAssigned, .tasks = tasks_});
      return Status::ok();
    }
    store_->news().wait(wait_ms, [this] { return has_news(); });
    woken_.store(false);
    moved_ = false;
    for (auto& [task, cursors] : cursors_) {
      for (std::size_t s = 0; s < cursors.size(); ++s) cursors[s].seen_end = end_of(task, s);
    }
    return store_->health();
  }

  void released(const std::vector<TaskId>& /*tasks*/) override {}  // nothing is ever taken away

  void wake() override {
    woken_.store(true);
    store_->news().post();
  }

  Status begin_recovery(TaskId task, Offset from) override {
    const Partition* changelog = topics_.changelog->partition(task);
    if (changelog == nullptr) return Status::invalid(fmt::format("there is no task {}", task));
    recoveries_[task] = {.next = std::max<Offset>(from, 0),
                         .end = changelog->end.load(std::memory_order_acquire)};
    moved_ = true;
    return Status::ok();
  }

  Result<RecoveryStep> recover(TaskId task, RecordBatch* out) override {
    out->clear();
    const auto it = recoveries_.find(task);
    if (it == recoveries_.end()) return Status::invalid(fmt::format("task {} is not being recovered", task));
    Recovery& recovery = it->second;
    recovery.over = recovery.next >= recovery.end;
    if (recovery.over) {
      const bool behind = recovery.next > recovery.end;
      return RecoveryStep{behind ? RecoveryStep::State::kBehind : RecoveryStep::State::kDone};
    }
    EBB_TRY(store_->read(*topics_.changelog, task, recovery.next, recovery.end, {}, out, &recovery.next));
    moved_ = true;
    return RecoveryStep{RecoveryStep::State::kWorking};
  }

  Status start(TaskId task, const std::vector<Offset>& positions) override {
    std::vector<Cursor> cursors(topics_.sources.size());
    for (std::size_t s = 0; s < cursors.size(); ++s) {
      const Partition* partition = topics_.sources[s]->partition(task);
      if (partition == nullptr) return Status::invalid(fmt::format("there is no task {}", task));
      const Offset wanted = s < positions.size() ? positions[s] : -1;
      cursors[s].position = wanted < 0 ? partition->begin.load(std::memory_order_acquire) : wanted;
    }
    cursors_[task] = std::move(cursors);
    moved_ = true;
    return Status::ok();
  }

  Status fetch(TaskId task, SourceId source, RecordBatch* out) override {
    out->clear();
    Cursor* cursor = find(task, source);
    if (cursor == nullptr) return Status::invalid(fmt::format("task {} is not started", task));
    Topic* topic = topics_.sources[static_cast<std::size_t>(source)];
    const Partition* partition = topic->partition(task);
    const Offset end = partition->end.load(std::memory_order_acquire);
    if (cursor->position == end) return Status::ok();
    if (cursor->position > end || cursor->position < partition->begin.load(std::memory_order_acquire)) {
      return Status::not_found(fmt::format("position {} is not in {}[{}], which holds {} to {}",
                                           cursor->position, topic->name, task, partition->begin.load(),
                                           end));
    }
    EBB_TRY(store_->read(*topic, task, cursor->position, end, {}, out, &cursor->position));
    moved_ = true;
    return Status::ok();
  }

  SourceEnd end(TaskId task, SourceId source) override {
    const Cursor* cursor = find(task, source);
    if (cursor == nullptr) return {};
    SourceEnd out;
    out.at_end = cursor->position >= end_of(task, static_cast<std::size_t>(source));
    out.confirmed_steady_ms = store_->clock().steady_ms();
    return out;
  }

  void stop(TaskId task) override {
    cursors_.erase(task);
    recoveries_.erase(task);
  }

  void submit(std::shared_ptr<const Epoch> epoch) override { committer_->submit(std::move(epoch)); }
  bool next_outcome(CommitOutcome* out) override { return committer_->next_outcome(out); }

 private:
  Offset end_of(TaskId task, std::size_t source) const {
    return topics_.sources[source]->partition(task)->end.load(std::memory_order_acquire);
  }

  Cursor* find(TaskId task, SourceId source) {
    const auto it = cursors_.find(task);
    const auto place = static_cast<std::size_t>(source);
    return it == cursors_.end() || place >= it->second.size() ? nullptr : &it->second[place];
  }

  // A worker that leaves records where they are (its merge waits for another source, its state is full) must
  // not be called again and again for them: they count while it has moved on since its last poll, or when
  // they have come since.
  bool has_news() {
    if (woken_.load() || committer_->has_outcome()) return true;
    for (const auto& [task, recovery] : recoveries_) {
      if (moved_ && !recovery.over) return true;
    }
    for (const auto& [task, cursors] : cursors_) {
      for (std::size_t s = 0; s < cursors.size(); ++s) {
        const Offset end = end_of(task, s);
        if (end > cursors[s].position && (moved_ || end > cursors[s].seen_end)) return true;
      }
    }
    return false;
  }

  const std::shared_ptr<LogStore> store_;
  const CommitTopics topics_;
  const std::vector<TaskId> tasks_;
  const std::function<void()> on_close_;
  std::unique_ptr<Committer> committer_;

  bool assigned_ = false;
  bool moved_ = false;  // something was begun, recovered or fetched since the last poll()
  std::map<TaskId, std::vector<Cursor>> cursors_;
  std::map<TaskId, Recovery> recoveries_;
  std::atomic<bool> woken_{false};
};

}  // namespace

std::unique_ptr<WorkerLog> make_worker_log(std::shared_ptr<LogStore> store, CommitTopics topics,
                                           std::vector<TaskId> tasks, std::function<void()> on_close) {
  return std::make_unique<EmbeddedWorkerLog>(std::move(store), std::move(topics), std::move(tasks),
                                             std::move(on_close));
}

}  // namespace ebb::embedded
