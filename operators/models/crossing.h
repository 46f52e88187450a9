// When something that is watched from time to time will reach a limit.
#pragma once

#include <boost/math/tools/roots.hpp>
#include <cstdint>
#include <limits>
#include <utility>

namespace ebb {

// The first x > 0 that the search finds with excess(x) >= 0, but for `tolerance` late: steps of `first`,
// doubling, up to `limit`, then TOMS 748 (Alefeld, Potra, Shi 1995) between the last two. Infinite if no step
// finds one. excess: continuous. REQUIRES: excess(0) = at_zero < 0, 0 < first, 0 < tolerance.
template <typename Excess>
double first_crossing(const Excess& excess, double at_zero, double first, double limit, double tolerance) {
  double low = 0;
  double at_low = at_zero;
  double high = first;
  double at_high = excess(high);
  while (at_high < 0) {
    if (high >= limit) return std::numeric_limits<double>::infinity();
    low = std::exchange(high, 2 * high);
    at_low = std::exchange(at_high, excess(high));
  }
  if (at_high == 0) return high;
  std::uintmax_t evaluations = 50;
  const auto near = [&](double a, double b) { return b - a <= tolerance; };
  return boost::math::tools::toms748_solve(excess, low, high, at_low, at_high, near, evaluations).second;
}

}  // namespace ebb
