#include "operators/models/plain_risk.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ebb {

RhythmTerms rhythm_terms(const PlainRiskCoefficients& coefficients, const Rhythm& rhythm,
                         double horizon_days) {
  const double steadiness = 1 + coefficients.regularity * std::max(0.0, std::min(rhythm.regularity, 6.0) - 2);
  const double slope = coefficients.silence * steadiness;
  return {.base = coefficients.base,
          .silence = slope * std::log1p(rhythm.silence_days / rhythm.gap_days),
          .frequency = coefficients.frequency * std::log(rhythm.purchases),
          .tenure = coefficients.tenure * std::log1p(rhythm.active_days / 30),
          .pace = coefficients.pace * std::log(horizon_days / rhythm.gap_days),
          .silence_slope = slope};
}

double logistic(double score) {
  return 1 / (1 + std::exp(-score));
}

double log_odds(double probability) {
  return std::log(probability / (1 - probability));
}

double silence_at_score(double score, double threshold, double silence_days, double gap_days,
                        double silence_slope) {
  if (score >= threshold) return silence_days;
  const double steps = silence_slope > 0 ? (threshold - score) / silence_slope : 100;
  if (steps > 30) return std::numeric_limits<double>::infinity();
  return (gap_days + silence_days) * std::exp(steps) - gap_days;
}

double given_up_after_days(double gap_days, double horizon_days) {
  return std::max(20 * gap_days, 8 * horizon_days);
}

double value_at_risk(double margin_per_day, double horizon_days, double probability, const Rhythm& rhythm) {
  const double given_up = given_up_after_days(rhythm.gap_days, horizon_days);
  const double reachable = std::clamp(2 - 2 * rhythm.silence_days / given_up, 0.0, 1.0);
  return margin_per_day * horizon_days * probability * reachable;
}

}  // namespace ebb
