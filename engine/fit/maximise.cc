#include "engine/fit/maximise.h"

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <nlopt.hpp>

namespace ebb::fit {
namespace {

using Function = std::function<double(const std::vector<double>&)>;

constexpr double kLeast = 1e-4;
constexpr double kMost = 1e5;

std::vector<double> exponentials(const std::vector<double>& logs) {
  std::vector<double> out;
  for (const double log : logs) out.push_back(std::exp(log));
  return out;
}

std::vector<double> logarithms(const std::vector<double>& values) {
  std::vector<double> out;
  for (const double value : values) out.push_back(std::log(value));
  return out;
}

// NLopt wants a plain function.
double call(const std::vector<double>& logs, std::vector<double>& /*gradient*/, void* f) {
  const double value = (*static_cast<const Function*>(f))(exponentials(logs));
  return std::isnan(value) ? -std::numeric_limits<double>::max() : value;
}

// Moves `logs` to the best point that the algorithm finds from there, and returns the value at it.
double search(nlopt::algorithm algorithm, double step, double tolerance, int evaluations, const Function& f,
              std::vector<double>& logs) {
  nlopt::opt search(algorithm, static_cast<unsigned>(logs.size()));
  Function copy = f;
  search.set_max_objective(&call, &copy);
  search.set_lower_bounds(std::log(kLeast));
  search.set_upper_bounds(std::log(kMost));
  search.set_initial_step(step);
  search.set_ftol_rel(tolerance);
  search.set_maxeval(evaluations);
  double value = 0;
  try {
    search.optimize(logs, value);
  } catch (const nlopt::roundoff_limited&) {
    // As near as it can come; `logs` holds the best.
    std::vector<double> none;
    value = call(logs, none, &copy);
  }
  return value;
}

std::vector<double> standard_errors(const Function& f, const std::vector<double>& at) {
  const auto n = static_cast<Eigen::Index>(at.size());
  Eigen::MatrixXd hessian(n, n);
  const auto step = [&](std::size_t i) { return 1e-3 * at[i]; };
  const auto value = [&](std::size_t i, double di, std::size_t j, double dj) {
    std::vector<double> x = at;
    x[i] += di * step(i);
    x[j] += dj * step(j);
    return f(x);
  };
  for (std::size_t i = 0; i < at.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double second =
          (value(i, 1, j, 1) - value(i, 1, j, -1) - value(i, -1, j, 1) + value(i, -1, j, -1)) /
          (4 * step(i) * step(j));
      hessian(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = second;
      hessian(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) = second;
    }
  }
  const Eigen::LLT<Eigen::MatrixXd> information(-hessian);
  if (information.info() != Eigen::Success) return {};
  const Eigen::MatrixXd covariance = information.solve(Eigen::MatrixXd::Identity(n, n));
  std::vector<double> errors;
  for (Eigen::Index i = 0; i < n; ++i) errors.push_back(std::sqrt(covariance(i, i)));
  return errors;
}

// With what says how sure it is.
Maximum assured(const Function& f, Maximum maximum) {
  maximum.standard_errors = standard_errors(f, maximum.at);
  for (const double x : maximum.at) maximum.at_bound = maximum.at_bound || x < 2 * kLeast || x > kMost / 2;
  return maximum;
}

}  // namespace

Maximum maximise(const Function& f, const std::vector<std::vector<double>>& starts, int evaluations) {
  Maximum best;
  best.value = -std::numeric_limits<double>::infinity();
  best.at = starts.front();
  for (const std::vector<double>& start : starts) {
    std::vector<double> logs = logarithms(start);
    search(nlopt::LN_SBPLX, 0.3, 1e-7, evaluations, f, logs);
    const double value = search(nlopt::LN_BOBYQA, 0.1, 1e-13, evaluations, f, logs);
    if (value <= best.value) continue;
    best.at = exponentials(logs);
    best.value = value;
  }
  return assured(f, std::move(best));
}

Maximum climb(const Function& f, const std::vector<double>& start) {
  std::vector<double> logs = logarithms(start);
  Maximum top;
  top.value = search(nlopt::LN_BOBYQA, 0.1, 1e-12, 500, f, logs);
  top.at = exponentials(logs);
  return assured(f, std::move(top));
}

}  // namespace ebb::fit
