// From a score to a probability that comes true, and how far from it one is.
#pragma once

#include <span>

namespace ebb {

// Beta calibration (Kull, Silva Filho, Flach 2017): logit p' = c + a ln p - b ln(1 - p) for the probability p
// of a score. Monotone for a, b >= 0; the identity for 1, 1, 0; Platt's for a = b.
struct BetaCalibration {
  double a = 1;
  double b = 1;
  double c = 0;
};

// Log-odds to log-odds.
double calibrated(const BetaCalibration& calibration, double score);

// What was foretold and what came true, for the measures below.
struct Outcome {
  double probability = 0;
  bool happened = false;
};

// Expected calibration error: over ten groups of equal size in order of the probability, the mean distance
// between the mean probability and the share that came true. 0 for none.
double calibration_error(std::span<const Outcome> outcomes, int groups = 10);

// Area under the ROC curve: that of two customers, one of each fate, the right one has the higher
// probability; ties count half. 0.5 if all have one fate.
double area_under_curve(std::span<const Outcome> outcomes);

// How many times more often it happened in the share with the highest probabilities than overall; ties at the
// edge count with their mean. 1 if it never happened.
double lift(std::span<const Outcome> outcomes, double share = 0.1);

}  // namespace ebb
