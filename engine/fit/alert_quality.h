// What came after the alerts of a past time: were they true, were they early, and which reasons held.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/types.h"

namespace ebb::fit {

// One alert of churn risk.
struct RaisedAlert {
  std::uint32_t customer = 0;
  TimeMs at_ms = 0;
  std::string reason;  // name of the contribution that raised the risk most; empty: none did
};

struct ReasonQuality {
  std::string name;
  std::int64_t alerts = 0;
  std::int64_t came_true = 0;  // no purchase within the horizon
};

struct AlertQuality {
  std::int64_t alerts = 0;
  std::int64_t false_alarms = 0;  // a purchase came within the horizon
  double customer_years = 0;      // each customer from the first purchase on
  // Who had left by the date: a horizon had passed since their last purchase, and none came later.
  std::int64_t leavers = 0;
  std::int64_t warned = 0;             // of them: an alert between the last purchase and a horizon after it
  double median_lead_days = 0;         // of the warned: from the first such alert until the horizon was over
  double median_after_days = 0;        // of the warned: from the last purchase until that alert
  std::vector<ReasonQuality> reasons;  // the most frequent first

  double false_alarms_per_year() const {
    return customer_years > 0 ? static_cast<double>(false_alarms) / customer_years : 0;
  }
};

// sales: of each customer, ascending, to the end of the history. alerts: none later than `to`; in order of
// time. REQUIRES: each alert's customer has a place in sales; the history reaches a horizon beyond `to`.
AlertQuality judge_alerts(std::span<const std::vector<TimeMs>> sales, const std::vector<RaisedAlert>& alerts,
                          TimeMs to_ms, double horizon_days);

}  // namespace ebb::fit
