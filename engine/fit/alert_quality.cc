#include "engine/fit/alert_quality.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace ebb::fit {
namespace {

constexpr double kYearDays = 365.25;

double days_between(TimeMs from_ms, TimeMs to_ms) {
  return static_cast<double>(to_ms - from_ms) / static_cast<double>(kDayMs);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

AlertQuality judge_alerts(std::span<const std::vector<TimeMs>> sales, const std::vector<RaisedAlert>& alerts,
                          TimeMs to_ms, double horizon_days) {
  const auto horizon_ms = static_cast<TimeMs>(std::llround(horizon_days * static_cast<double>(kDayMs)));
  AlertQuality quality;
  std::map<std::string, ReasonQuality> reasons;
  std::vector<std::optional<TimeMs>> first_warning(sales.size());  // since the last purchase
  for (const RaisedAlert& alert : alerts) {
    const std::vector<TimeMs>& times = sales[alert.customer];
    const auto next = std::upper_bound(times.begin(), times.end(), alert.at_ms);
    const bool bought = next != times.end() && *next <= alert.at_ms + horizon_ms;
    ++quality.alerts;
    quality.false_alarms += bought ? 1 : 0;
    ReasonQuality& reason = reasons[alert.reason];
    ++reason.alerts;
    reason.came_true += bought ? 0 : 1;
    std::optional<TimeMs>& warning = first_warning[alert.customer];
    if (next == times.end() && !warning.has_value()) warning = alert.at_ms;
  }
  std::vector<double> leads, afters;
  for (std::size_t i = 0; i < sales.size(); ++i) {
    if (sales[i].empty() || sales[i].front() > to_ms) continue;
    quality.customer_years += days_between(sales[i].front(), to_ms) / kYearDays;
    const TimeMs gone_ms = sales[i].back() + horizon_ms;
    if (gone_ms > to_ms) continue;
    ++quality.leavers;
    if (!first_warning[i].has_value() || *first_warning[i] > gone_ms) continue;
    ++quality.warned;
    leads.push_back(days_between(*first_warning[i], gone_ms));
    afters.push_back(days_between(sales[i].back(), *first_warning[i]));
  }
  quality.median_lead_days = median(std::move(leads));
  quality.median_after_days = median(std::move(afters));
  for (auto& [name, reason] : reasons) {
    reason.name = name;
    quality.reasons.push_back(std::move(reason));
  }
  std::stable_sort(quality.reasons.begin(), quality.reasons.end(),
                   [](const ReasonQuality& a, const ReasonQuality& b) { return a.alerts > b.alerts; });
  return quality;
}

}  // namespace ebb::fit
