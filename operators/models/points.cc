#include "operators/models/points.h"

#include <algorithm>
#include <cmath>

namespace ebb {
namespace {

constexpr double kSpent = 0.1;

double ratio(DurationMs a, DurationMs b) {
  return static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace

double bounded_points(double reason, double max) {
  return reason <= 0 ? 0 : max * -std::expm1(-reason / max);
}

double deadline_level(const Deadline& deadline, DurationMs until_end_ms) {
  if (until_end_ms <= 0) return deadline.after * std::exp2(ratio(until_end_ms, deadline.half_life_ms));
  if (until_end_ms >= deadline.window_ms) return 0;
  return deadline.before * (1 - ratio(until_end_ms, deadline.window_ms));
}

DurationMs deadline_step_ms(const Deadline& deadline, DurationMs until_end_ms) {
  if (until_end_ms <= 0) {
    const double left = std::exp2(ratio(until_end_ms, deadline.half_life_ms));
    return left < kSpent ? kNever : deadline.half_life_ms;
  }
  if (until_end_ms >= deadline.window_ms) return until_end_ms - deadline.window_ms + 1;
  return std::min(until_end_ms, std::max<DurationMs>(deadline.window_ms / 4, 1));
}

}  // namespace ebb
