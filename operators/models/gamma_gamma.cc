#include "operators/models/gamma_gamma.h"

#include <cmath>

#include "operators/models/log_gamma.h"

namespace ebb {

double log_likelihood(const GammaGammaParams& params, double purchases, double mean) {
  const auto& [p, q, gamma] = params;
  const double shape = p * purchases;
  return log_gamma(shape + q) - log_gamma(shape) - log_gamma(q) + q * std::log(gamma) +
         (shape - 1) * std::log(mean) + shape * std::log(purchases) -
         (shape + q) * std::log(gamma + purchases * mean);
}

double expected_amount(const GammaGammaParams& params, double purchases, double mean) {
  const auto& [p, q, gamma] = params;
  return p * (gamma + purchases * mean) / (p * purchases + q - 1);
}

}  // namespace ebb
