// The maximum of a smooth function of a few positive parameters, from several starts, and how sure it is.
#pragma once

#include <functional>
#include <vector>

namespace ebb::fit {

struct Maximum {
  std::vector<double> at;
  double value = 0;
  std::vector<double> standard_errors;  // empty: the data can't tell (flat, or no maximum)
  bool at_bound = false;                // some parameter ran to the end of its range
};

// Searches over the logarithms, from 1e-4 to 1e5 each, by NLopt's Nelder-Mead (SBPLX) from each start, and
// ends with BOBYQA; the best counts. Standard errors by the inverse of the numeric Hessian. f must be finite
// or NaN (never chosen). REQUIRES: starts, all of one size, all values > 0. Not bounded in time but in
// evaluations: of each of the two searches from each start.
Maximum maximise(const std::function<double(const std::vector<double>&)>& f,
                 const std::vector<std::vector<double>>& starts, int evaluations = 500);

// From one start that is near the maximum already: BOBYQA alone, at most 500 evaluations.
Maximum climb(const std::function<double(const std::vector<double>&)>& f, const std::vector<double>& start);

}  // namespace ebb::fit
