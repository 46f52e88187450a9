// What a retention campaign earns that goes to those with the highest risk.
#pragma once

#include <span>

#include "operators/models/calibration.h"

namespace ebb {

// A campaign as Verbraken, Verbeke and Baesens (2013) have it: each customer addressed costs `contact`, an
// offer that is accepted costs `incentive` and keeps a customer worth `value`. What share of the leavers
// accepts is unknown beforehand: beta(accept_alpha, accept_beta).
struct Campaign {
  double value = 200;
  double incentive = 10;
  double contact = 1;
  double accept_alpha = 6;
  double accept_beta = 14;
};

struct CampaignProfit {
  double profit = 0;  // expected, a customer, if always the best share is addressed (EMPC)
  double share = 0;   // expected best share of all customers to address
};

CampaignProfit expected_maximum_profit(std::span<const Outcome> outcomes, const Campaign& campaign = {});

// Expected profit of acting on one customer who would leave with `probability`: a leaver accepts with the
// campaign's mean rate, and who would have stayed takes the incentive too.
double profit_of_acting(double probability, double value, const Campaign& campaign);

// The incentive at which acting would earn nothing: the most that keeping the customer may cost. >= 0.
double keep_budget(double probability, double value, const Campaign& campaign);

}  // namespace ebb
