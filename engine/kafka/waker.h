// Lets one thread wait for many sources of events, among them librdkafka's queues.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "engine/base/types.h"

namespace ebb::kafka {

// A wake() that nobody waited for is kept, so that none is lost. Thread-safety: any thread.
// wake() may be called from librdkafka's threads under its locks; it takes no lock but its own.
class Waker {
 public:
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      awake_ = true;
    }
    changed_.notify_one();
  }

  // Returns after a wake() since the last return, or when the time is over.
  void wait(DurationMs up_to_ms) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(up_to_ms), [this] { return awake_; });
    awake_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool awake_ = false;
};

}  // namespace ebb::kafka
