#include "operators/models/expectation.h"

#include <algorithm>
#include <cmath>

namespace ebb {

Disconfirmation disconfirmation(const Zone& zone, double perceived, double expected) {
  const double gap = perceived - expected;
  constexpr double kRounding = 1e-9;
  if (gap > zone.tolerance + kRounding) return {.loss = 0, .delight = gap - zone.tolerance};
  if (gap >= -zone.tolerance - kRounding) return {};
  const double beyond = std::max(0.0, -gap - zone.intolerable);
  return {.loss = -gap - zone.tolerance + beyond, .delight = 0};
}

double net_disconfirmation(const Zone& zone, double mean_loss, double mean_delight) {
  return std::min(zone.delight_cap, mean_delight / 2) - mean_loss;
}

double expectation(std::optional<double> stated, double used_to, std::optional<double> competitor,
                   double floor) {
  return std::max({stated.value_or(floor), used_to, competitor.value_or(0)});
}

double learned_importance(double covariance, double variance, double prior, double prior_variance) {
  return std::clamp((prior_variance * prior + covariance) / (prior_variance + variance), 0.5, 2.0);
}

double shift_share(double recent_mean, double all_mean, double recent_weight) {
  const double difference = std::abs(recent_mean - all_mean);
  return std::clamp((difference - 0.15) / 0.2, 0.0, 1.0) * std::clamp(recent_weight - 0.5, 0.0, 1.0);
}

}  // namespace ebb
