// Has something shifted? The cumulative sum of deviations (Page 1954), two-sided.
#pragma once

#include <algorithm>

namespace ebb {

struct Cusum {
  double above = 0;
  double below = 0;
};

// Takes one observation, in standard deviations from where it should be. slack: what is put down to chance,
// half the shift that matters.
inline Cusum after(const Cusum& sum, double deviation, double slack = 0.5) {
  return {.above = std::max(0.0, sum.above + deviation - slack),
          .below = std::max(0.0, sum.below - deviation - slack)};
}

// +1: it has risen, -1: it has fallen, 0: neither. With a limit of 4 and a slack of 0.5 chance alone alarms
// after 168 observations on average, a shift by one standard deviation after 8.4 (Montgomery 2009,
// table 9.3).
inline int shift(const Cusum& sum, double limit = 4) {
  if (sum.above > limit || sum.below > limit) return sum.above >= sum.below ? 1 : -1;
  return 0;
}

}  // namespace ebb
