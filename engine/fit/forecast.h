// How good a forecast was: always beside days since the last purchase alone, and the base rate.
#pragma once

#include <string>
#include <vector>

#include "operators/models/calibration.h"

namespace ebb::fit {

// One customer: what each forecaster said, and what came.
struct Forecast {
  double probability = 0;  // of no purchase within the horizon
  double recency_days = 0;
  double value_minor = 0;  // margin expected in the horizon if the customer stays
  double value_at_risk_minor = 0;
  double repeats = 0;
  double purchases_by_timing = 0;  // expected in the horizon by the timing model alone
  double purchases = 0;            // the same, brought into line with `probability`
  bool none = false;
  int bought = 0;
};

struct Measures {
  std::size_t customers = 0;
  double base_rate = 0;
  double auc = 0, auc_recency = 0;
  double lift10 = 0, lift10_recency = 0;
  double calibration_error = 0;
  double profit = 0, profit_recency = 0;  // expected maximum profit of a campaign, a customer
  double lost_value_caught = 0, lost_value_caught_recency = 0;  // in the top 10 %, share of the margin lost
};

Measures measure(const std::vector<Forecast>& forecasts);
// Those with at least so many repeat purchases.
std::vector<Forecast> with_repeats(const std::vector<Forecast>& forecasts, double least);

}  // namespace ebb::fit
