#include "engine/fit/purchase_forecast.h"

#include <cmath>

#include "engine/fit/evenly_chosen.h"
#include "engine/fit/fit_season.h"
#include "engine/fit/fit_timing.h"

namespace ebb::fit {
namespace {

constexpr double kWeekDays = 7;
constexpr std::size_t kMostForLikelihood = 20'000;
constexpr std::size_t kLeastCustomers = 200;
constexpr double kLeastPurchases = 100;

// What is known of the customers at a date, and their purchase days from then until another.
struct Known {
  std::vector<Timing> timings;
  double made = 0;
};

Known known_at(std::span<const std::vector<TimeMs>> sales, TimeMs at_ms, TimeMs until_ms,
               const Season* season) {
  const auto even = [&](TimeMs day) {
    const auto days = static_cast<double>(day);
    return season == nullptr ? days : season->even_days(days);
  };
  const TimeMs end = at_ms / kDayMs;
  Known out;
  for (const std::vector<TimeMs>& times : sales) {
    if (times.empty() || times.front() > at_ms || times.front() / kDayMs == end) continue;
    const TimeMs first = times.front() / kDayMs;
    Timing timing{.repeats = 0, .last = 0, .age = (even(end) - even(first)) / kWeekDays, .ln_gaps = 0};
    TimeMs before = first;
    for (const TimeMs at : times) {
      const TimeMs day = at / kDayMs;
      if (at > until_ms) break;
      if (day == before) continue;
      if (at <= at_ms) {
        timing.repeats += 1;
        timing.last = (even(day) - even(first)) / kWeekDays;
        timing.ln_gaps += std::log((even(day) - even(before)) / kWeekDays);
      } else {
        out.made += 1;
      }
      before = day;
    }
    out.timings.push_back(timing);
  }
  return out;
}

double expected(const std::vector<Timing>& timings, double weeks) {
  const CnbdParams params = fit_best_cnbd(evenly_chosen<Timing>(timings, kMostForLikelihood), true).params;
  double sum = 0;
  for (const Timing& t : timings) sum += expected_purchases(params, t, weeks);
  return sum;
}

}  // namespace

PurchaseForecast forecast_purchases(std::span<const std::vector<TimeMs>> sales, TimeMs from_ms, TimeMs at_ms,
                                    double horizon_days) {
  PurchaseForecast out;
  const std::vector<std::span<const TimeMs>> times(sales.begin(), sales.end());
  const SeasonFit fitted = fit_season(times, at_ms, nullptr);
  const Season* season = fitted.season.has_value() ? &*fitted.season : nullptr;
  const auto weeks_from = [&](TimeMs from, double days) {
    const double begin = days_since_1970(from);
    return (season == nullptr ? days : season->even_days(begin + days) - season->even_days(begin)) /
           kWeekDays;
  };
  const Known now = known_at(sales, at_ms, at_ms, season);
  if (now.timings.empty()) return out;
  out.by_timing = expected(now.timings, weeks_from(at_ms, horizon_days));
  const double known_days = static_cast<double>(at_ms - from_ms) / kDayMs;
  const double cut_days = known_days * known_days / (known_days + horizon_days);
  PurchaseForecast::Earlier earlier;
  earlier.cut_ms = from_ms + static_cast<TimeMs>(std::floor(cut_days)) * kDayMs;
  const Known then = known_at(sales, earlier.cut_ms, at_ms, season);
  if (then.timings.size() < kLeastCustomers || then.made < kLeastPurchases) return out;
  earlier.made = then.made;
  earlier.expected = expected(
      then.timings, weeks_from(earlier.cut_ms, static_cast<double>(at_ms - earlier.cut_ms) / kDayMs));
  if (earlier.expected > 0) out.earlier = earlier;
  return out;
}

}  // namespace ebb::fit
