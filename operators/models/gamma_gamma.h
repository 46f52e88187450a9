// What a purchase of a customer brings (Fader and Hardie 2013, after Colombo and Jiang 1999): amounts are
// gamma(p, nu) with a nu of one's own, gamma(q, gamma) over the customers, and independent of timing.
#pragma once

namespace ebb {

// gamma in the amounts' unit; all > 0.
struct GammaGammaParams {
  double p = 1;
  double q = 2;
  double gamma = 1;
};

// REQUIRES: purchases > 0, mean > 0.
double log_likelihood(const GammaGammaParams& params, double purchases, double mean);

// The mean amount to expect of a customer, between theirs and everybody's. REQUIRES: p x purchases + q > 1.
double expected_amount(const GammaGammaParams& params, double purchases, double mean);

}  // namespace ebb
