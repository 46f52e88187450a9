#include "engine/app/exit_watchdog.h"

#include <unistd.h>

#include <chrono>

#include "engine/app/console.h"
#include "engine/app/exit_code.h"

namespace ebb::app {

ExitWatchdog::ExitWatchdog(DurationMs timeout_ms)
    : thread_([this, timeout_ms] {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [this] { return done_; })) return;
        complain("not stopped in time; what is not committed will be read again");
        _exit(kExitUnavailable);
      }) {}

ExitWatchdog::~ExitWatchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

}  // namespace ebb::app
