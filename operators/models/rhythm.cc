#include "operators/models/rhythm.h"

#include <algorithm>
#include <cmath>

namespace ebb {
namespace {

constexpr double kLargest = 12;

}  // namespace

double typical_gap_days(const GapPrior& prior, std::int64_t gaps, double active_days) {
  return (prior.weight * prior.days + active_days) /
         (prior.weight + static_cast<double>(std::max<std::int64_t>(gaps, 0)));
}

double gap_regularity(const GapSums& sums) {
  constexpr double kPriorGaps = 9;
  if (sums.gaps < 2) return 1;
  const auto n = static_cast<double>(sums.gaps);
  const double s = std::log(sums.days / n) - sums.ln_days / n;
  const double shape =
      s < 1e-9 ? kLargest : std::min(kLargest, (3 - s + std::sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s));
  return ((n - 1) * shape + kPriorGaps + 1) / (n + kPriorGaps);
}

double population_regularity(std::span<const double> shares) {
  // Around 1/2, where it lies whatever the shape.
  double variance = 0;
  for (const double share : shares) variance += (share - 0.5) * (share - 0.5);
  variance /= static_cast<double>(shares.size());
  return variance <= 0 ? kLargest : std::clamp((1 - 4 * variance) / (8 * variance), 0.0, kLargest);
}

}  // namespace ebb
