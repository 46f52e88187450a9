#include "engine/core/instance.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "engine/base/hash.h"
#include "engine/base/version.h"
#include "engine/core/customer_view.h"

namespace ebb {
namespace {

constexpr auto kIdle = std::chrono::milliseconds(20);
constexpr auto kAskTimeout = std::chrono::seconds(5);
// Without all partitions, "read to the end" counts once nothing has changed for so long after a dead member's
// place would have been given away.
constexpr DurationMs kQuietMs = 5'000;

std::string random_id() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

class InstanceImpl final : public Instance {
 public:
  InstanceImpl(InstanceOptions options, Log* log, const Topology* topology, const Clock* clock)
      : options_(std::move(options)),
        topology_(topology),
        clock_(clock),
        background_(make_background_thread()) {
    for (int i = 0; i < options_.workers; ++i) {
      workers_.push_back(
          std::make_unique<Worker>(worker_options(i), log, topology, background_.get(), clock));
      counters_.push_back(&workers_.back()->counters());
    }
    running_ = workers_.size();
    for (auto& worker : workers_) threads_.emplace_back([this, w = worker.get()] { loop(*w); });
  }

  ~InstanceImpl() override {
    set(&abandon_);
    for (std::thread& thread : threads_) thread.join();
  }

  void request_stop() override { set(&stop_); }

  bool wait(DurationMs max_ms) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(max_ms),
                             [this] { return running_ == 0 || finished_; });
  }

  bool wait_stopped(DurationMs max_ms) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(max_ms), [this] { return running_ == 0; });
  }

  bool stopped() const override {
    std::lock_guard lock(mutex_);
    return running_ == 0;
  }
  Status result() const override {
    std::lock_guard lock(mutex_);
    return result_;
  }
  bool finished() const override {
    std::lock_guard lock(mutex_);
    return finished_;
  }

  InstanceStatus status() const override {
    InstanceStatus all;
    all.stopping = stop_;
    for (const auto& worker : workers_) {
      std::vector<TaskStatus> of_worker = worker->status();
      std::move(of_worker.begin(), of_worker.end(), std::back_inserter(all.tasks));
    }
    std::sort(all.tasks.begin(), all.tasks.end(),
              [](const auto& a, const auto& b) { return a.task < b.task; });
    return all;
  }

  const std::vector<const WorkerCounters*>& counters() const override { return counters_; }

  Result<std::string> customer(const std::string& id) override {
    if (id == Row::kShared) return Status::not_found("no such customer");
    const InstanceStatus now = status();
    for (const TaskStatus& task : now.tasks) {
      const bool owns = options_.partitions > 0 ? task.task == partition_of(id, options_.partitions) : true;
      if (!owns || task.state != TaskState::kRunning) continue;
      auto answer = std::make_shared<std::string>();
      Worker& worker = *workers_[static_cast<std::size_t>(task.worker)];
      std::future<bool> answered =
          worker.ask(task.task, id,
                     [answer, this](Row* row, SharedState& shared, const Topology& topology,
                                    Topology::Scratch& scratch, const TaskProgress& committed) {
                       if (row != nullptr) {
                         *answer = customer_view(row, shared, topology, scratch, committed, options_.config);
                       }
                     });
      if (answered.wait_for(kAskTimeout) != std::future_status::ready || !answered.get()) continue;
      if (!answer->empty()) return std::move(*answer);
      if (options_.partitions > 0) return Status::not_found("no such customer");
    }
    if (options_.partitions == 0 && !now.tasks.empty()) return Status::not_found("no such customer");
    return Status::unavailable("the customer's task is not running here");
  }

 private:
  WorkerOptions worker_options(int index) const {
    WorkerOptions o = ebb::worker_options(options_.config, index, options_.partitions);
    o.writer.instance = options_.instance_id;
    o.writer.http_address = options_.http_address;
    o.writer.version = version();
    o.recovery.open_store = options_.open_store;
    o.recovery.new_incarnation = random_id;
    return o;
  }

  void loop(Worker& worker) {
    Status status;
    while (!abandon_) {
      if (stop_) worker.drain();
      status = worker.step();
      if (!status || worker.gone()) break;
      look_for_end();
      if (!worker.connected()) wait_for_news();
    }
    if (!status) {
      spdlog::error("{}", status.message());
      request_stop();
    }
    std::lock_guard lock(mutex_);
    if (result_.is_ok() && !status) result_ = status;
    --running_;
    changed_.notify_all();
  }

  DurationMs quiet_ms() const {
    const Config& c = options_.config;
    return kQuietMs + (c.log.kind == LogKind::kKafka ? c.log.kafka.session_timeout_ms : 0);
  }

  // Without a log nothing wakes a worker: it looks again in a while, or when it is to end.
  void wait_for_news() {
    std::unique_lock lock(mutex_);
    news_.wait_for(lock, kIdle, [this] { return stop_ || abandon_; });
  }

  void set(std::atomic<bool>* flag) {
    {
      const std::lock_guard lock(mutex_);
      *flag = true;
    }
    news_.notify_all();
    for (auto& worker : workers_) worker->wake();
  }

  void look_for_end() {
    bool all = true;
    TimeMs owned_ms = 0;
    std::size_t tasks = 0;
    for (const auto& worker : workers_) {
      all = all && worker->finished();
      tasks += worker->finished_tasks();
      owned_ms = std::max(owned_ms, worker->owned_steady_ms());
    }
    // Workers without a task are finished too; somebody must have some.
    std::lock_guard lock(mutex_);
    if (!all || tasks == 0) {
      quiet_since_ms_ = -1;
      return;
    }
    if (quiet_since_ms_ < 0 || tasks != quiet_tasks_) {
      quiet_since_ms_ = clock_->steady_ms();
      quiet_tasks_ = tasks;
    }
    const bool complete = options_.partitions > 0 && tasks == static_cast<std::size_t>(options_.partitions);
    // The rest must have owners elsewhere, for longer than a dead one's place is kept.
    const TimeMs quiet_until_ms = quiet_since_ms_ + quiet_ms();
    if (!complete && (clock_->steady_ms() < quiet_until_ms || owned_ms < quiet_until_ms)) return;
    finished_ = true;
    changed_.notify_all();
  }

  InstanceOptions options_;
  const Topology* topology_;
  const Clock* clock_;
  std::unique_ptr<Background> background_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<const WorkerCounters*> counters_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> abandon_{false};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable news_;  // for workers without a log
  std::size_t running_ = 0;       // guarded by mutex_
  Status result_;                 // guarded by mutex_
  bool finished_ = false;         // guarded by mutex_
  TimeMs quiet_since_ms_ = -1;    // guarded by mutex_
  std::size_t quiet_tasks_ = 0;   // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace

Accounting InstanceStatus::total() const {
  Accounting sum;
  for (const TaskStatus& task : tasks) sum += task.committed.total();
  return sum;
}

bool InstanceStatus::running() const {
  return !tasks.empty() && std::all_of(tasks.begin(), tasks.end(),
                                       [](const TaskStatus& t) { return t.state == TaskState::kRunning; });
}

std::unique_ptr<Instance> Instance::start(InstanceOptions options, Log* log, const Topology* topology,
                                          const Clock* clock) {
  return std::make_unique<InstanceImpl>(std::move(options), log, topology, clock);
}

}  // namespace ebb
