#include "engine/fit/fit_timing.h"

namespace ebb::fit {
namespace {

double mean_age(std::span<const Timing> customers) {
  double sum = 0;
  for (const Timing& t : customers) sum += t.age;
  return sum / static_cast<double>(customers.size());
}

}  // namespace

TimingFit fit_cnbd(std::span<const Timing> customers, int k, bool modified) {
  const auto params = [&](const std::vector<double>& x) {
    return CnbdParams{.k = k, .modified = modified, .r = x[0], .alpha = x[1], .a = x[2], .b = x[3]};
  };
  const auto value = [&](const std::vector<double>& x) {
    const CnbdParams p = params(x);
    double sum = 0;
    for (const Timing& t : customers) sum += log_likelihood(p, t);
    return sum;
  };
  const double scale = mean_age(customers) / (5 * k);
  TimingFit fit;
  fit.maximum = maximise(value, {{0.5, scale, 0.8, 2}, {1.5, 3 * scale, 0.3, 3}});
  fit.params = params(fit.maximum.at);
  return fit;
}

TimingFit fit_best_cnbd(std::span<const Timing> customers, bool modified) {
  TimingFit best = fit_cnbd(customers, 1, modified);
  double before = best.maximum.value;
  for (int k = 2, drops = 0; k <= 12 && drops < 2; ++k) {
    TimingFit next = fit_cnbd(customers, k, modified);
    drops = next.maximum.value < before ? drops + 1 : 0;
    before = next.maximum.value;
    if (next.maximum.value > best.maximum.value) best = std::move(next);
  }
  return best;
}

ParetoFit fit_pareto(std::span<const Timing> customers) {
  const auto params = [](const std::vector<double>& x) {
    return ParetoParams{.r = x[0], .alpha = x[1], .s = x[2], .beta = x[3]};
  };
  const auto value = [&](const std::vector<double>& x) {
    const ParetoParams p = params(x);
    double sum = 0;
    for (const Timing& t : customers) sum += log_likelihood(p, t);
    return sum;
  };
  const double scale = mean_age(customers) / 3;
  ParetoFit fit;
  fit.maximum = maximise(value, {{0.5, scale, 0.6, scale}, {1, scale, 1, scale}});
  fit.params = params(fit.maximum.at);
  return fit;
}

SpendFit fit_gamma_gamma(std::span<const Spend> customers) {
  const auto params = [](const std::vector<double>& x) {
    return GammaGammaParams{.p = x[0], .q = x[1], .gamma = x[2]};
  };
  const auto value = [&](const std::vector<double>& x) {
    const GammaGammaParams p = params(x);
    double sum = 0;
    for (const Spend& s : customers) sum += log_likelihood(p, s.purchases, s.mean);
    return sum;
  };
  double mean = 0;
  for (const Spend& s : customers) mean += s.mean / static_cast<double>(customers.size());
  SpendFit fit;
  fit.maximum = maximise(value, {{6, 4, mean / 2}, {2, 2, mean}});
  fit.params = params(fit.maximum.at);
  return fit;
}

}  // namespace ebb::fit
