#include "operators/models/gamma_gamma.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace ebb {

double log_likelihood(const GammaGammaParams& params, double purchases, double mean) {
  const auto& [p, q, gamma] = params;
  const double shape = p * purchases;
  return boost::math::lgamma(shape + q) - boost::math::lgamma(shape) - boost::math::lgamma(q) +
         q * std::log(gamma) + (shape - 1) * std::log(mean) + shape * std::log(purchases) -
         (shape + q) * std::log(gamma + purchases * mean);
}

double expected_amount(const GammaGammaParams& params, double purchases, double mean) {
  const auto& [p, q, gamma] = params;
  return p * (gamma + purchases * mean) / (p * purchases + q - 1);
}

}  // namespace ebb
