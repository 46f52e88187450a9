// Bounds the time that ending may take.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/base/types.h"

namespace ebb::app {

// Ends the process at once, with exit code 69, if it still lives after timeout_ms.
class ExitWatchdog {
 public:
  explicit ExitWatchdog(DurationMs timeout_ms);
  ~ExitWatchdog();
  ExitWatchdog(const ExitWatchdog&) = delete;
  ExitWatchdog& operator=(const ExitWatchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace ebb::app
