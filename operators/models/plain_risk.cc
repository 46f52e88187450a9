#include "operators/models/plain_risk.h"

#include <algorithm>
#include <cmath>

namespace ebb {

RhythmTerms rhythm_terms(const PlainRiskCoefficients& coefficients, const Rhythm& rhythm,
                         double horizon_days) {
  const double steadiness = 1 + coefficients.regularity * std::max(0.0, std::min(rhythm.regularity, 6.0) - 2);
  return {.base = coefficients.base,
          .silence = coefficients.silence * steadiness * std::log1p(rhythm.silence_days / rhythm.gap_days),
          .frequency = coefficients.frequency * std::log(rhythm.purchases),
          .tenure = coefficients.tenure * std::log1p(rhythm.active_days / 30),
          .pace = coefficients.pace * std::log(horizon_days / rhythm.gap_days)};
}

double logistic(double score) {
  return 1 / (1 + std::exp(-score));
}

double log_odds(double probability) {
  return std::log(probability / (1 - probability));
}

double given_up_after_days(double gap_days, double horizon_days) {
  return std::max(20 * gap_days, 8 * horizon_days);
}

double reachable_share(double silence_days, double given_up_days) {
  return std::clamp(2 - 2 * silence_days / given_up_days, 0.0, 1.0);
}

}  // namespace ebb
