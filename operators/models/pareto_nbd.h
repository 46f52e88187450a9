// Pareto/NBD (Schmittlein, Morrison, Colombo 1987): purchases at random at a rate of one's own until one
// leaves at random, at any time and at a rate of one's own; rates of buying are gamma(r, alpha) over the
// customers, of leaving gamma(s, beta). Slower than cnbd.h and no better in a stream; a second opinion for
// the analyst. Formulas as in Fader and Hardie's note of 2005, transformed so as not to overflow.
#pragma once

#include "operators/models/cnbd.h"

namespace ebb {

// Time in weeks; all > 0.
struct ParetoParams {
  double r = 1;
  double alpha = 1;
  double s = 1;
  double beta = 1;
};

double log_likelihood(const ParetoParams& params, const Timing& timing);
double probability_alive(const ParetoParams& params, const Timing& timing);
// As for cnbd.h.
double log_odds_of_none(const ParetoParams& params, const Timing& timing, double horizon);
double expected_purchases(const ParetoParams& params, const Timing& timing, double horizon);

}  // namespace ebb
