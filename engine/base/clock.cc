#include "engine/base/clock.h"

#include <chrono>

namespace ebb {
namespace {

class SystemClock final : public Clock {
 public:
  TimeMs wall_ms() const override { return since_epoch(std::chrono::system_clock::now()); }
  TimeMs steady_ms() const override { return since_epoch(std::chrono::steady_clock::now()); }

 private:
  template <typename TimePoint>
  static TimeMs since_epoch(TimePoint t) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace ebb
