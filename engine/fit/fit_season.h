// How a shop's custom moves with the year, from the dates of its customers' purchases.
//
// Of each customer only the purchases between the first and the last count: there they were a customer for
// sure, and given their number, where they lie says how the rate moved, whatever the customer's own rate is,
// when they came and when they left. That is the conditional likelihood of the self-controlled case series
// (Farrington 1995), exact for a Poisson process with a rate of each customer's own:
//
//   ln L = sum over purchases of ln f(t) - sum over customers of n ln (mean of f between first and last)
//   ln f(t) = season (twelfth of the year) + trend x t
//
// The trend takes what is no season (a shop that grows or fades, customers who slow down) and isn't kept. A
// twelfth is within some 30 % of the others a priori (normal, on the log scale), so little evidence says
// little.
// A season is kept only if it makes the dates of customers who had no part in it likelier (each half by that
// of the other), by three standard errors over the customers: those of one customer depend on each other,
// those of different ones hardly do. And only from 400 days of history on. A year seen once can't tell a
// season from what happened in that year.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/types.h"
#include "operators/models/season.h"

namespace ebb::fit {

struct SeasonFit {
  std::optional<Season> season;    // none: none that can be told
  SeasonFactors standard_error{};  // of ln(factor)
  std::size_t customers = 0;       // with purchases between the first and the last
  double gain = 0;                 // in ln L of those held out, over its standard error
};

// sales: times by customer, each ascending; what is after `until` isn't looked at, and of more than 20,000
// customers some are chosen evenly. within: the season that is known already, null for none; what is found is
// then how these customers differ, times it.
SeasonFit fit_season(std::span<const std::span<const TimeMs>> sales, TimeMs until_ms, const Season* within);

}  // namespace ebb::fit
