#include "operators/models/cnbd.h"

// Before the header below, which lacks it.
#include <boost/math/special_functions/gamma.hpp>
//
#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/hypergeometric_pFq.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "operators/models/log_gamma.h"
#include "operators/models/log_space.h"

namespace ebb {
namespace {

constexpr std::size_t kTabled = 512;  // counts of repeats

double log_beta(double a, double b) {
  return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

// ln of the likelihood's part that still falls with age: alive, and no purchase since the last.
double log_waiting(const CnbdParams& p, const Timing& t, double age) {
  const double shape = p.r + p.k * t.repeats;
  const double alive = -shape * std::log(p.alpha + age);
  if (p.k == 1) return alive;
  const double share = (age - t.last) / (p.alpha + age);
  double sum = 1;
  double term = 1;
  for (int j = 1; j < p.k; ++j) {
    term *= (shape + j - 1) * share / j;
    sum += term;
  }
  return std::log(sum) + alive;
}

// ln of the part of those who left after the last purchase; -infinity where nobody can have.
double log_left(const CnbdParams& p, const Timing& t) {
  if (!p.modified && t.repeats < 1) return -std::numeric_limits<double>::infinity();
  return std::log(p.a / (p.b + t.repeats - (p.modified ? 0 : 1))) -
         (p.r + p.k * t.repeats) * std::log(p.alpha + t.last);
}

// The likelihood's two factors: what depends on the number of repeats alone, and what depends on the times.
double log_of_repeats(const CnbdParams& p, double repeats) {
  const double b = p.b + repeats + (p.modified ? 1 : 0);
  return log_beta(p.a, b) - log_beta(p.a, p.b) + log_gamma(p.r + p.k * repeats) - log_gamma(p.r) +
         p.r * std::log(p.alpha) - repeats * log_gamma(static_cast<double>(p.k));
}
double log_of_times(const CnbdParams& p, const Timing& t) {
  return (p.k - 1) * t.ln_gaps + log_add(log_left(p, t), log_waiting(p, t, t.age));
}

// For leaving probabilities p that are beta(a, b): the mean of (1 - (1 + p ratio)^-shape) / p.
double mean_over_leaving(double a, double b, double shape, double ratio) {
  static thread_local boost::math::quadrature::tanh_sinh<double> integrator(12);
  const auto gain = [&](double p) {
    return p < 1e-300 ? shape * ratio : -std::expm1(-shape * std::log1p(p * ratio)) / p;
  };
  if (a > 1) {
    // Nothing singular at 0; but the density may be a narrow peak, outside of which there is nothing to add.
    const double mean = a / (a + b);
    const double reach = 15 * std::sqrt(mean * (1 - mean) / (a + b + 1));
    const double from = std::max(0.0, mean - reach);
    const double to = std::min(1.0, mean + reach);
    const double log_norm = log_beta(a, b);
    const auto integrand = [&](double p, double from_end) {
      const double q = to == 1 && from_end > 0 ? from_end : 1 - p;
      if (p <= 0 || q <= 0) return 0.0;
      return std::exp((a - 1) * std::log(p) + (b - 1) * std::log(q) - log_norm) * gain(p);
    };
    return integrator.integrate(integrand, from, to);
  }
  // By u = p^a the singularity at 0 goes; that at 1 tanh-sinh takes.
  const double log_norm = log_beta(a, b) + std::log(a);
  const auto integrand = [&](double u, double from_end) {
    if (u <= 0) return 0.0;
    const double log_p = (u > 0.5 ? std::log1p(-std::abs(from_end)) : std::log(u)) / a;
    const double q = -std::expm1(log_p);
    if (q <= 0) return 0.0;
    return std::exp((b - 1) * std::log(q) - log_norm) * gain(std::exp(log_p));
  };
  return integrator.integrate(integrand, 0.0, 1.0);
}

// The closed form, (C / (a-1)) (1 - (1-z)^(r+x) 2F1(r+x, B; C; z)) with B = b+x+d, C = a+B-1, after Euler's
// transformation, which keeps it from overflowing for large x.
double closed_form(double a, double b, double shape, double z) {
  const double c = a + b - 1;
  const double series = boost::math::hypergeometric_pFq({c - shape, a - 1}, {c}, z);
  return c / (a - 1) * (1 - std::pow(1 - z, a - 1) * series);
}

}  // namespace

double log_likelihood(const CnbdParams& p, const Timing& t) {
  return log_of_repeats(p, t.repeats) + log_of_times(p, t);
}

double log_likelihood(const CnbdParams& p, std::span<const Timing> customers) {
  // Half of the cost is in gamma functions of the count alone, and counts are few.
  std::vector<double> of_repeats(kTabled, std::numeric_limits<double>::quiet_NaN());
  double sum = 0;
  for (const Timing& t : customers) {
    const auto count = static_cast<std::size_t>(std::min<double>(t.repeats, kTabled));
    if (count == kTabled || static_cast<double>(count) != t.repeats) {
      sum += log_likelihood(p, t);
      continue;
    }
    double& part = of_repeats[count];
    if (std::isnan(part)) part = log_of_repeats(p, t.repeats);
    sum += part + log_of_times(p, t);
  }
  return sum;
}

double probability_alive(const CnbdParams& p, const Timing& t) {
  return 1 / (1 + std::exp(log_left(p, t) - log_waiting(p, t, t.age)));
}

double log_odds_of_none(const CnbdParams& p, const Timing& t, double horizon) {
  const double now = log_waiting(p, t, t.age);
  const double later = log_waiting(p, t, t.age + horizon);
  const double odds = log_add(log_left(p, t), later) - log_subtract(now, later);
  return std::clamp(odds, -700.0, 700.0);
}

double probability_of_none_alive(const CnbdParams& p, const Timing& t, double horizon) {
  return std::exp(log_waiting(p, t, t.age + horizon) - log_waiting(p, t, t.age));
}

double rate_alive(const CnbdParams& p, const Timing& t) {
  return (p.r + p.k * t.repeats) / (p.k * (p.alpha + t.age));
}

double expected_purchases_alive(const CnbdParams& p, const Timing& t, double horizon) {
  const double shape = p.r + t.repeats;
  const double b = p.b + t.repeats + (p.modified ? 1 : 0);
  const double before = p.k * p.alpha + t.age;
  const double z = horizon / (before + horizon);
  // The series is fast and exact where its terms neither cancel nor overflow, and 1/(a-1) doesn't blow up.
  const double c = p.a + b - 1;
  const bool series = std::abs(p.a - 1) > 1e-4 && c > 0.01 && c - shape > -1 && z < 0.98 && p.a < 20;
  return series ? closed_form(p.a, b, shape, z) : mean_over_leaving(p.a, b, shape, horizon / before);
}

double expected_purchases(const CnbdParams& p, const Timing& t, double horizon) {
  return expected_purchases_alive(p, t, horizon) * probability_alive(p, t);
}

// By parts, for the rate of purchases has no closed form but their number has.
double discounted_purchases(const CnbdParams& p, const Timing& t, double horizon, double discount) {
  const auto counted = [&](double weeks) {
    return weeks <= 0 ? 0 : std::exp(-discount * weeks) * expected_purchases_alive(p, t, weeks);
  };
  // Each point costs microseconds, and seven are enough for six digits of a curve as smooth as this.
  const double waited = boost::math::quadrature::gauss<double, 7>::integrate(counted, 0.0, horizon);
  return (counted(horizon) + discount * waited) * probability_alive(p, t);
}

}  // namespace ebb
