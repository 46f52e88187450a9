#include "operators/models/season.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ebb {
namespace {

constexpr double kYearDays = 365.2425;
constexpr double kTwelfthDays = kYearDays / kTwelfths;

}  // namespace

double days_since_1970(TimeMs at_ms) {
  return static_cast<double>(at_ms) / static_cast<double>(kDayMs);
}

int twelfths_since_1970(double days) {
  return static_cast<int>(std::floor(days / kTwelfthDays));
}

int twelfth_of(TimeMs at_ms) {
  const double years = days_since_1970(at_ms) / kYearDays;
  return std::min(kTwelfths - 1, static_cast<int>((years - std::floor(years)) * kTwelfths));
}

TimeMs next_twelfth_ms(TimeMs at_ms) {
  const double twelfths = std::floor(days_since_1970(at_ms) / kTwelfthDays) + 1;
  return static_cast<TimeMs>(std::ceil(twelfths * kTwelfthDays * static_cast<double>(kDayMs)));
}

Season::Season(const SeasonFactors& factors) : factor_(factors) {
  const double mean = std::accumulate(factors.begin(), factors.end(), 0.0) / kTwelfths;
  for (double& factor : factor_) factor /= mean;
  std::partial_sum(factor_.begin(), factor_.end() - 1, before_.begin() + 1);
}

double Season::even_days(double days) const {
  const double years = days / kYearDays;
  const double whole = std::floor(years);
  const double twelfths = (years - whole) * kTwelfths;
  const auto i = static_cast<std::size_t>(std::min<double>(kTwelfths - 1, twelfths));
  return kYearDays * whole + kTwelfthDays * (before_[i] + (twelfths - static_cast<double>(i)) * factor_[i]);
}

SeasonedFacts seasoned(const Season* season, const RiskFacts& facts, double at_days, double horizon_days) {
  SeasonedFacts out{.lived = facts, .even = facts, .even_horizon_days = horizon_days};
  if (season == nullptr) return out;
  const double now = season->even_days(at_days);
  const double last = season->even_days(at_days - facts.silence_days);
  const double first = season->even_days(at_days - facts.tenure_days);
  out.even_horizon_days = season->even_days(at_days + horizon_days) - now;
  out.even.silence_days = now - last;
  out.even.tenure_days = now - first;
  const double active_days = facts.tenure_days - facts.silence_days;
  if (active_days < 1 || last <= first) return out;
  const double measure = (last - first) / active_days;
  out.even.gap_days *= measure;
  out.even.longest_gap_days *= measure;
  out.even.ln_gap_sum += (facts.purchase_days - 1) * std::log(measure);
  return out;
}

}  // namespace ebb
