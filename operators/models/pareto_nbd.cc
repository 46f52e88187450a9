#include "operators/models/pareto_nbd.h"

// Before the header below, which lacks it.
#include <boost/math/special_functions/gamma.hpp>
//
#include <algorithm>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <boost/math/special_functions/hypergeometric_pFq.hpp>
#include <cmath>

#include "operators/models/log_gamma.h"
#include "operators/models/log_space.h"

namespace ebb {
namespace {

// The series' terms fall as z^n: beyond this it takes thousands of them, and near 1 billions.
constexpr double kLargestForSeries = 0.99;

// 2F1(1, b; c; z). REQUIRES: 0 < b < c, c > 1, 0 <= z < 1; to_one = 1 - z.
double hypergeometric_of_one(double b, double c, double z, double to_one) {
  if (z <= kLargestForSeries) return boost::math::hypergeometric_pFq({1.0, b}, {c}, z);
  // Euler's integral, (c - 1) times that of (1 - t)^(c - 2) (1 - z t)^-b, singular at most at its ends.
  static thread_local boost::math::quadrature::tanh_sinh<double> integrator(12);
  const auto integrand = [&](double t, double from_end) {
    const double rest = t > 0.5 ? std::abs(from_end) : 1 - t;
    if (rest <= 0) return 0.0;
    return std::exp((c - 2) * std::log(rest) - b * std::log(rest + to_one * t));
  };
  return (c - 1) * integrator.integrate(integrand, 0.0, 1.0);
}

// ln F(u), the antiderivative of what leaving at u contributes. By Euler's transformation the series is
// 2F1(1, b; c; z) with 0 < b < c, whose terms are positive and fall.
double log_antiderivative(const ParetoParams& p, double repeats, double u) {
  const double sum = p.r + p.s + repeats;
  if (p.alpha >= p.beta) {
    const double z = (p.alpha - p.beta) / (p.alpha + u);
    const double to_one = (p.beta + u) / (p.alpha + u);
    const double series = hypergeometric_of_one(p.r + repeats, sum + 1, z, to_one);
    return std::log(series) - p.s * std::log(to_one) - sum * std::log(p.alpha + u);
  }
  const double z = (p.beta - p.alpha) / (p.beta + u);
  const double to_one = (p.alpha + u) / (p.beta + u);
  const double series = hypergeometric_of_one(p.s + 1, sum + 1, z, to_one);
  return std::log(series) + (1 - p.r - repeats) * std::log(to_one) - sum * std::log(p.beta + u);
}

// ln of the likelihood's two parts but for a common factor: still alive at `age`, and left before.
double log_alive(const ParetoParams& p, double repeats, double age) {
  return -(p.r + repeats) * std::log(p.alpha + age) - p.s * std::log(p.beta + age);
}

double log_left(const ParetoParams& p, const Timing& t, double age) {
  return std::log(p.s / (p.r + p.s + t.repeats)) +
         log_subtract(log_antiderivative(p, t.repeats, t.last), log_antiderivative(p, t.repeats, age));
}

}  // namespace

double log_likelihood(const ParetoParams& p, const Timing& t) {
  return log_gamma(p.r + t.repeats) - log_gamma(p.r) + p.r * std::log(p.alpha) + p.s * std::log(p.beta) +
         log_add(log_alive(p, t.repeats, t.age), log_left(p, t, t.age));
}

double probability_alive(const ParetoParams& p, const Timing& t) {
  return 1 / (1 + std::exp(log_left(p, t, t.age) - log_alive(p, t.repeats, t.age)));
}

double log_odds_of_none(const ParetoParams& p, const Timing& t, double horizon) {
  const auto at = [&](double age) { return log_add(log_alive(p, t.repeats, age), log_left(p, t, age)); };
  const double now = at(t.age);
  const double later = at(t.age + horizon);
  return std::clamp(later - log_subtract(now, later), -700.0, 700.0);
}

double expected_purchases(const ParetoParams& p, const Timing& t, double horizon) {
  const double log_ratio = std::log1p(horizon / (p.beta + t.age));
  const double time = std::abs(p.s - 1) < 1e-12 ? log_ratio : -std::expm1((1 - p.s) * log_ratio) / (p.s - 1);
  return (p.r + t.repeats) * (p.beta + t.age) / (p.alpha + t.age) * time * probability_alive(p, t);
}

}  // namespace ebb
