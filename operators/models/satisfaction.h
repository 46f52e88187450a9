// Answers on any scale as one index that fades, and what index and complaints mean for the risk.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/types.h"

namespace ebb {

// 0 (worst) to 1 (best) for an answer on a scale; what lies beyond the scale counts as its end.
// REQUIRES: min < max.
double scaled_answer(double value, double min, double max, bool lower_is_better);

// What the customer got, judged against what they expected; both scaled. After the zone of tolerance
// (Zeithaml, Berry, Parasuraman 1993): a gap of up to 0.1 goes unnoticed; a shortfall beyond it counts on top
// of the perception, and beyond 0.4 once more; delight counts half, 0.1 at most.
double against_expectation(double perceived, double expected);

// Faded evidence: sums over answers of weight and weight x value, each halved per half-life.
struct FadedAnswers {
  double weight = 0;
  double sum = 0;
};

// What is believed without evidence: an answer of `mean`, of `weight` full answers, that never fades.
struct SatisfactionPrior {
  double mean = 0.7;
  double weight = 1;
};

// 0 to 1: goes back to the prior as the evidence fades, so that one answer after a long silence doesn't
// replace all that was known, and old answers don't count for ever.
double satisfaction_index(const SatisfactionPrior& prior, const FadedAnswers& answers);

// Log-odds. Below the prior's mean 4 a unit, 1.8 at most; above it 1 a unit, and never less than -0.3:
// satisfied is not loyal (Jones & Sasser 1995).
double satisfaction_points(const SatisfactionPrior& prior, double index);

// After how many half-lives satisfaction_points has moved by `step` towards 0, if no answer comes; nullopt if
// it is nearer than that already.
std::optional<double> half_lives_until_moved(const SatisfactionPrior& prior, const FadedAnswers& answers,
                                             double step);

// Log-odds of one open case: 0.4 to 1.2 by severity (0 to 1); half if it is claimed to be resolved, half as
// much again if it is overdue.
double complaint_points(double severity, bool claimed_resolved, bool overdue);
// All cases of a customer together bring no more than this.
inline constexpr double kMaxComplaintPoints = 2;

}  // namespace ebb
