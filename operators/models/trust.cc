#include "operators/models/trust.h"

#include <algorithm>
#include <cmath>

namespace ebb {

double lateness(DurationMs late_ms) {
  constexpr double kHopeless = 14 * kDayMs;
  if (late_ms <= 0) return 0;
  return std::min(1.0, 0.3 + 0.7 * static_cast<double>(late_ms) / kHopeless);
}

double broken_promise_reason(double kept, double broken) {
  return 0.9 * broken / (1 + 0.1 * kept);
}

double trust_index(double kept, double broken) {
  return (1 + kept) / (2 + kept + 2 * broken);
}

double trust_points(double trust, double tenure_days) {
  const double above = 2 * (trust - 0.5);
  return above < 0 ? -above : above * std::expm1(-tenure_days / 365);
}

}  // namespace ebb
