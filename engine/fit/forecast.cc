#include "engine/fit/forecast.h"

#include <algorithm>

#include "operators/models/campaign_profit.h"

namespace ebb::fit {
namespace {

template <typename Of>
std::vector<Outcome> outcomes(const std::vector<Forecast>& forecasts, const Of& of) {
  std::vector<Outcome> out;
  out.reserve(forecasts.size());
  for (const Forecast& f : forecasts) out.push_back({.probability = of(f), .happened = f.none});
  return out;
}

// Share of the value of those who bought nothing that is among the tenth with the highest `rank`.
template <typename Rank>
double caught(const std::vector<Forecast>& forecasts, const Rank& rank) {
  std::vector<const Forecast*> sorted;
  double all = 0;
  for (const Forecast& f : forecasts) {
    sorted.push_back(&f);
    all += f.none ? f.value_minor : 0;
  }
  if (all <= 0) return 0;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Forecast* a, const Forecast* b) { return rank(*a) > rank(*b); });
  double found = 0;
  for (std::size_t i = 0; i < (sorted.size() + 5) / 10; ++i)
    found += sorted[i]->none ? sorted[i]->value_minor : 0;
  return found / all;
}

}  // namespace

Measures measure(const std::vector<Forecast>& forecasts) {
  Measures m;
  m.customers = forecasts.size();
  if (forecasts.empty()) return m;
  const auto model = outcomes(forecasts, [](const Forecast& f) { return f.probability; });
  const auto recency = outcomes(forecasts, [](const Forecast& f) { return f.recency_days; });
  m.base_rate = static_cast<double>(std::count_if(forecasts.begin(), forecasts.end(),
                                                  [](const Forecast& f) { return f.none; })) /
                static_cast<double>(forecasts.size());
  m.auc = area_under_curve(model);
  m.auc_recency = area_under_curve(recency);
  m.lift10 = lift(model);
  m.lift10_recency = lift(recency);
  m.calibration_error = calibration_error(model);
  m.profit = expected_maximum_profit(model).profit;
  m.profit_recency = expected_maximum_profit(recency).profit;
  m.lost_value_caught = caught(forecasts, [](const Forecast& f) { return f.value_at_risk_minor; });
  m.lost_value_caught_recency = caught(forecasts, [](const Forecast& f) { return f.recency_days; });
  return m;
}

std::vector<Forecast> with_repeats(const std::vector<Forecast>& forecasts, double least) {
  std::vector<Forecast> out;
  for (const Forecast& f : forecasts) {
    if (f.repeats >= least) out.push_back(f);
  }
  return out;
}

}  // namespace ebb::fit
