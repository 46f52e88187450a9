#include "operators/models/lifetime_value.h"

#include <algorithm>
#include <cmath>

namespace ebb {

double simple_lifetime_value(double mean_purchase, double purchases_per_month, double margin,
                             double lifetime_months) {
  return mean_purchase * purchases_per_month * margin * lifetime_months;
}

double discounted_margin(double margin_per_day, double days, double yearly_discount) {
  const double daily = std::log1p(yearly_discount) / 365.25;
  return margin_per_day * (daily > 0 ? -std::expm1(-daily * days) / daily : days);
}

double weekly_discount(double yearly_discount) {
  return std::log1p(yearly_discount) / (365.25 / 7);
}

double share_lost(double probability_of_none, double none_if_stays) {
  if (none_if_stays >= 1) return 0;
  return std::clamp((probability_of_none - none_if_stays) / (1 - none_if_stays), 0.0, 1.0);
}

}  // namespace ebb
