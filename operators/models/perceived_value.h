// What it is worth to the customer, less what it costs them; net value as in Zeithaml (1988) and Woodruff
// (1997): judged by the customer alone.
#pragma once

#include <optional>

namespace ebb {

struct NetValue {
  double net = 0;    // benefits - costs
  double ratio = 0;  // benefits / costs; costs of 0 count as the smallest unit
};
// In any one unit. REQUIRES: both >= 0.
NetValue net_value(double benefits, double costs);

// Log-odds before the cap: below zero 1.5 a unit of net / costs; above it lowers the risk, 0.2 at most.
double net_value_reason(const NetValue& value, double costs);

// The same for ratings, both 0 to 1: benefits against costs, the latter as a burden. What doesn't outweigh
// the burden counts 1.2 a unit; more lowers the risk, 0.2 at most.
double rated_value_reason(double benefits, double burden);

// Log-odds before the cap for an alternative that is worth more, as a share of what ours costs: 1 a unit. An
// alternative that is worth less says nothing.
double alternative_reason(double own_net, double alternative_net, double own_cost);

// Quality is not value: log-odds of good quality (0.7 and more, of 1) at a poor value (0 and less).
double quality_without_value_points(double quality, double net_ratio, double max);

// Transaction costs of beginning (search, setting up, negotiating, deciding, contracting) weigh 1 in the
// first quarter of a year and 0.3 later; those of watching over it 0.5 and 1.
double beginning_weight(double tenure_days);
double watching_weight(double tenure_days);

}  // namespace ebb
