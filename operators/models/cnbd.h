// When a customer will buy again: the family of (modified) beta-geometric models of purchase timing.
//
// While alive a customer buys at gaps that are Erlang-k distributed with a rate of their own, and after each
// purchase leaves for good with a probability of their own; rates are gamma(r, alpha) over the customers, the
// probabilities beta(a, b). In the modified models a customer may leave after the first purchase too.
//   k = 1                BG/NBD (Fader, Hardie, Lee 2005); modified: MBG/NBD (Batislam, Denizel, Filiztekin
//                        2007)
//   k > 1                BG/CNBD-k, MBG/CNBD-k for regular buyers (Reutterer, Platzer, Schroeder 2020)
//
// All functions are pure and hold for x from 0 to 10,000 and ages from a day to 50 years.
#pragma once

#include <span>

namespace ebb {

// Time is in weeks since the first purchase, here and below.
struct CnbdParams {
  int k = 1;             // 1 to 12: shape of the gaps
  bool modified = true;  // may leave after the first purchase
  double r = 1;          // all four > 0
  double alpha = 1;
  double a = 1;
  double b = 1;
};

// What suffices to know of a customer. REQUIRES: 0 <= last <= age; last = 0 if repeats = 0.
struct Timing {
  double repeats = 0;  // purchases after the first; those of one day are one
  double last = 0;     // when the last of them was
  double age = 0;      // now
  double ln_gaps = 0;  // sum of the logarithms of the gaps; of meaning for k > 1 only
};

double log_likelihood(const CnbdParams& params, const Timing& timing);
// Of all of them: the sum, several times faster than one by one.
double log_likelihood(const CnbdParams& params, std::span<const Timing> customers);

// That the customer hasn't left yet, 0 to 1. Says nothing of when they will buy: use log_odds_of_none.
double probability_alive(const CnbdParams& params, const Timing& timing);

// Log-odds of no purchase within the next `horizon` weeks: P = L(x, tx, T + horizon) / L(x, tx, T),
// elementary functions only. Rises with silence for k = 1. From -700 to 700. REQUIRES: horizon > 0.
double log_odds_of_none(const CnbdParams& params, const Timing& timing, double horizon);

// Probability of no purchase within the next `horizon` weeks of a customer who has not left at its start.
double probability_of_none_alive(const CnbdParams& params, const Timing& timing, double horizon);

// Purchases a week of a customer who has not left.
double rate_alive(const CnbdParams& params, const Timing& timing);

// Purchases expected in the next `horizon` weeks; exact for k = 1, an approximation by the same authors else.
double expected_purchases(const CnbdParams& params, const Timing& timing, double horizon);
// The same, each purchase counting for e^(-discount x weeks until it): discounted expected transactions
// (Fader, Hardie and Lee 2005), to a horizon. REQUIRES: discount >= 0, a week.
double discounted_purchases(const CnbdParams& params, const Timing& timing, double horizon, double discount);
// Purchases expected of a customer who has not left.
double expected_purchases_alive(const CnbdParams& params, const Timing& timing, double horizon);

}  // namespace ebb
