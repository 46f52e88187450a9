// Logistic regression with a pull towards prior weights and with bounds.
#pragma once

#include <vector>

namespace ebb::fit {

struct LogisticTerm {
  double prior = 0;     // where the weight is pulled to
  double pull = 1e-4;   // how strongly: as so many observations of a feature with a deviation of 1
  double least = -1e9;  // bounds
  double most = 1e9;
};

// Weights, the intercept last. features: row by row, all of terms.size(); they should have deviations of
// about
// 1. By Newton's method with bounds (Eigen's LDLT), at most 100 steps. REQUIRES: one outcome a row.
std::vector<double> fit_logistic(const std::vector<double>& features, const std::vector<bool>& happened,
                                 const std::vector<LogisticTerm>& terms);

}  // namespace ebb::fit
