// What a customer is worth over the time that they stay.
#pragma once

namespace ebb {

// The simple one, S x C x P x t: mean purchase, purchases a month, share that is margin, lifetime in months.
double simple_lifetime_value(double mean_purchase, double purchases_per_month, double margin,
                             double lifetime_months);

// Margin to come within `days` at a steady rate, discounted continuously at `yearly_discount` (0.1: ten per
// cent a year). REQUIRES: days >= 0, yearly_discount >= 0.
double discounted_margin(double margin_per_day, double days, double yearly_discount);

// A yearly discount (0.1) as a continuous one, a week: e^-(52.18 x it) = 1 / 1.1.
double weekly_discount(double yearly_discount);

// The probability of having left that is in a probability of no purchase: of those who stay a share of
// `none_if_stays` buys nothing either, so p = q + (1 - q) none_if_stays. 0 to 1.
double share_lost(double probability_of_none, double none_if_stays);

}  // namespace ebb
