#include "operators/models/perceived_value.h"

#include <algorithm>

namespace ebb {
namespace {

constexpr double kEarlyDays = 90;
constexpr double kMaxRelief = 0.2;

}  // namespace

NetValue net_value(double benefits, double costs) {
  return {.net = benefits - costs, .ratio = benefits / std::max(costs, 1.0)};
}

double net_value_reason(const NetValue& value, double costs) {
  const double share = value.net / std::max(costs, 1.0);
  return share < 0 ? -1.5 * share : -std::min(kMaxRelief, kMaxRelief * share);
}

double rated_value_reason(double benefits, double burden) {
  const double net = benefits - burden;
  return net < 0 ? -1.2 * net : -std::min(kMaxRelief, kMaxRelief * net);
}

double alternative_reason(double own_net, double alternative_net, double own_cost) {
  return std::max(0.0, alternative_net - own_net) / std::max(own_cost, 1.0);
}

double quality_without_value_points(double quality, double net_ratio, double max) {
  constexpr double kGood = 0.7;
  if (quality < kGood || net_ratio > 0) return 0;
  return max * std::min(1.0, 0.5 - net_ratio);
}

double beginning_weight(double tenure_days) {
  return tenure_days < kEarlyDays ? 1 : 0.3;
}

double watching_weight(double tenure_days) {
  return tenure_days < kEarlyDays ? 0.5 : 1;
}

}  // namespace ebb
