// Sums and differences of numbers that are known by their logarithms.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace ebb {

// ln(e^a + e^b); either may be -infinity.
inline double log_add(double a, double b) {
  const double high = std::max(a, b);
  if (std::isinf(high)) return high;
  return high + std::log1p(std::exp(-std::abs(a - b)));
}

// ln(e^a - e^b), -infinity if they are equal. REQUIRES: a >= b but for rounding.
inline double log_subtract(double a, double b) {
  return b >= a ? -std::numeric_limits<double>::infinity() : a + std::log(-std::expm1(b - a));
}

}  // namespace ebb
