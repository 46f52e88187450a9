// Where wall-clock time comes from. Tests and the simulator bring a manual one.
#pragma once

#include <atomic>

#include "engine/base/types.h"

namespace ebb {

// Thread-safety: all methods may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock, may jump. For what is compared with event times.
  virtual TimeMs wall_ms() const = 0;
  // Never goes back, no fixed zero. For intervals and timeouts.
  virtual TimeMs steady_ms() const = 0;
};

// The machine's clocks. The object lives for ever.
const Clock& system_clock();

class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeMs wall_ms = 0) : wall_ms_(wall_ms) {}
  TimeMs wall_ms() const override { return wall_ms_; }
  TimeMs steady_ms() const override { return steady_ms_; }
  void advance(DurationMs by_ms) {
    wall_ms_ += by_ms;
    steady_ms_ += by_ms;
  }
  void jump_wall(DurationMs by_ms) { wall_ms_ += by_ms; }

 private:
  std::atomic<TimeMs> wall_ms_;
  std::atomic<TimeMs> steady_ms_ = 0;
};

}  // namespace ebb
