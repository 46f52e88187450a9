#include "engine/core/background.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace ebb {
namespace {

class BackgroundThread final : public Background {
 public:
  BackgroundThread() : thread_([this] { loop(); }) {}

  ~BackgroundThread() override {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::future<Status> run(std::function<Status()> work) override {
    std::packaged_task<Status()> task(std::move(work));
    std::future<Status> result = task.get_future();
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(std::move(task));
    }
    changed_.notify_all();
    return result;
  }

 private:
  void loop() {
    while (true) {
      std::packaged_task<Status()> task;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
        if (queue_.empty()) return;
        task = std::move(queue_.front());
        queue_.pop_front();
      }
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<Status()>> queue_;  // guarded by mutex_
  bool stop_ = false;                               // guarded by mutex_
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Background> make_background_thread() {
  return std::make_unique<BackgroundThread>();
}

}  // namespace ebb
