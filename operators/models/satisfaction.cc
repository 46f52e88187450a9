#include "operators/models/satisfaction.h"

#include <algorithm>
#include <cmath>

namespace ebb {
namespace {

constexpr double kUnnoticed = 0.1;
constexpr double kIntolerable = 0.4;
constexpr double kMaxDelight = 0.1;
constexpr double kBurdenSlope = 4;
constexpr double kMaxBurden = 1.8;
constexpr double kReliefSlope = 1;
constexpr double kMaxRelief = 0.3;

}  // namespace

double scaled_answer(double value, double min, double max, bool lower_is_better) {
  const double share = std::clamp((value - min) / (max - min), 0.0, 1.0);
  return lower_is_better ? 1 - share : share;
}

double against_expectation(double perceived, double expected) {
  const double gap = perceived - expected;
  double value = perceived;
  if (gap > kUnnoticed) value += std::min(kMaxDelight, (gap - kUnnoticed) / 2);
  if (gap < -kUnnoticed) value += gap + kUnnoticed;
  if (gap < -kIntolerable) value += gap + kIntolerable;
  return std::clamp(value, 0.0, 1.0);
}

double satisfaction_index(const SatisfactionPrior& prior, const FadedAnswers& answers) {
  return (prior.weight * prior.mean + answers.sum) / (prior.weight + answers.weight);
}

double satisfaction_points(const SatisfactionPrior& prior, double index) {
  const double below = prior.mean - index;
  return below > 0 ? std::min(kMaxBurden, kBurdenSlope * below) : std::max(-kMaxRelief, kReliefSlope * below);
}

std::optional<double> half_lives_until_moved(const SatisfactionPrior& prior, const FadedAnswers& answers,
                                             double step) {
  const double points = satisfaction_points(prior, satisfaction_index(prior, answers));
  if (std::abs(points) <= step || answers.weight <= 0) return std::nullopt;
  // The index's distance from the prior is share x (mean answer - prior's mean), share = w / (prior + w).
  const double slope = points > 0 ? kBurdenSlope : kReliefSlope;
  const double distance = std::abs(answers.sum / answers.weight - prior.mean);
  const double share = (std::abs(points) - step) / slope / distance;
  if (share >= 1) return std::nullopt;
  const double weight = prior.weight * share / (1 - share);
  return std::max(0.0, std::log2(answers.weight / weight));
}

double complaint_points(double severity, bool claimed_resolved, bool overdue) {
  return (0.4 + 0.8 * severity) * (claimed_resolved ? 0.5 : 1) * (overdue ? 1.5 : 1);
}

}  // namespace ebb
