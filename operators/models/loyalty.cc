#include "operators/models/loyalty.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ebb {
namespace {

constexpr double kYearDays = 365.2425;
constexpr double kTwelfthDays = kYearDays / kTwelfths;

}  // namespace

double unhappiness(std::optional<double> satisfaction) {
  if (!satisfaction.has_value()) return 0.3;
  return std::clamp((0.6 - *satisfaction) / 0.4, 0.0, 1.0);
}

Captivity captivity(double strength, double lapsed, double unhappy, double max_held, double max_released) {
  constexpr double kContent = 0.5;  // of a barrier's hold on those who would stay anyway
  const double part = kContent + (1 - kContent) * unhappy;
  return {.held = -max_held * strength * part,
          .released = std::min(max_released, max_released * lapsed * unhappy)};
}

double engagement_points(double recent, double usual) {
  if (usual <= 0) return 0;
  const double ratio = recent / usual;
  if (ratio < 0.5) return 0.6 * (1 - 2 * ratio);
  return -0.2 * std::min(1.0, 2 * (ratio - 0.5));
}

double seasonal_silence_days(const std::array<int, kTwelfths>& counts, TimeMs at_ms, double silence_days) {
  constexpr double kPrior = 3;
  if (silence_days >= kYearDays) return silence_days;
  const double total = kPrior + std::accumulate(counts.begin(), counts.end(), 0);
  double covered = 0;  // share of a year's custom
  double end = days_since_1970(at_ms) / kTwelfthDays;
  const double begin = end - silence_days / kTwelfthDays;
  while (end > begin + 1e-9) {
    const double from = std::max(begin, std::ceil(end - 1e-9) - 1);
    const double middle = (from + end) / 2 / kTwelfths;
    const auto twelfth = static_cast<std::size_t>(
        std::min<double>(kTwelfths - 1, std::floor((middle - std::floor(middle)) * kTwelfths)));
    const double share = (counts[twelfth] + kPrior / kTwelfths) / total;
    // In the twelfth of the last purchase the custom has come.
    const bool has_come = from <= begin + 1e-9;
    covered += (end - from) * (has_come ? std::min(share, 1.0 / kTwelfths) : share);
    end = from;
  }
  return covered * kYearDays;
}

double season_points(double slope, double gap_days, double silence_days, double seasonal_days) {
  const double points = slope * (std::log1p(seasonal_days / gap_days) - std::log1p(silence_days / gap_days));
  return std::clamp(points, -1.0, 0.5);
}

}  // namespace ebb
