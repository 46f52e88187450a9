#include "engine/fit/fit_timing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/fit/evenly_chosen.h"

namespace ebb::fit {
namespace {

double mean_age(std::span<const Timing> customers) {
  double sum = 0;
  for (const Timing& t : customers) sum += t.age;
  return sum / static_cast<double>(customers.size());
}

// Enough to find the neighbourhood of the maximum.
constexpr std::size_t kForASearch = 4'000;
// Customers x evaluations of one search: a customer's likelihood takes up to 20 us near the edges.
constexpr std::size_t kParetoWork = 1'000'000;

class CnbdFit {
 public:
  CnbdFit(int k, bool modified) : k_(k), modified_(modified) {}

  auto likelihood(std::span<const Timing> customers) const {
    return [this, customers](const std::vector<double>& x) { return log_likelihood(params(x), customers); };
  }
  TimingFit found(Maximum maximum) const {
    return {.params = params(maximum.at), .maximum = std::move(maximum)};
  }

 private:
  CnbdParams params(const std::vector<double>& x) const {
    return {.k = k_, .modified = modified_, .r = x[0], .alpha = x[1], .a = x[2], .b = x[3]};
  }
  const int k_;
  const bool modified_;
};

}  // namespace

TimingFit fit_cnbd(std::span<const Timing> customers, int k, bool modified) {
  const CnbdFit fit(k, modified);
  const double scale = mean_age(customers) / (5 * k);
  const std::vector<std::vector<double>> starts = {{0.5, scale, 0.8, 2}, {1.5, 3 * scale, 0.3, 3}};
  if (customers.size() <= kForASearch) return fit.found(maximise(fit.likelihood(customers), starts));
  const std::vector<Timing> some = evenly_chosen<Timing>(customers, kForASearch);
  const Maximum near = maximise(fit.likelihood(some), starts);
  return fit.found(climb(fit.likelihood(customers), near.at));
}

TimingFit fit_best_cnbd(std::span<const Timing> customers, bool modified) {
  TimingFit best = fit_cnbd(customers, 1, modified);
  TimingFit before = best;
  for (int k = 2, drops = 0; k <= 12 && drops < 2; ++k) {
    // From the maximum for k - 1: the same purchases a week take k/(k-1) times as fast a clock.
    std::vector<double> start = before.maximum.at;
    start[1] *= static_cast<double>(k - 1) / k;
    const CnbdFit fit(k, modified);
    TimingFit next = fit.found(climb(fit.likelihood(customers), start));
    drops = next.maximum.value < before.maximum.value ? drops + 1 : 0;
    if (next.maximum.value > best.maximum.value) best = next;
    before = std::move(next);
  }
  return best;
}

ParetoFit fit_pareto(std::span<const Timing> all) {
  // Days are few: many customers are alike.
  std::vector<Timing> customers = evenly_chosen<Timing>(all, kForASearch);
  const auto key = [](const Timing& t) { return std::make_tuple(t.repeats, t.last, t.age); };
  std::sort(customers.begin(), customers.end(),
            [&](const Timing& a, const Timing& b) { return key(a) < key(b); });
  std::vector<std::pair<Timing, double>> counted;
  for (const Timing& t : customers) {
    if (counted.empty() || key(counted.back().first) != key(t)) counted.emplace_back(t, 0);
    counted.back().second += 1;
  }
  const auto params = [](const std::vector<double>& x) {
    return ParetoParams{.r = x[0], .alpha = x[1], .s = x[2], .beta = x[3]};
  };
  const auto value = [&](const std::vector<double>& x) {
    const ParetoParams p = params(x);
    double sum = 0;
    for (const auto& [timing, count] : counted) sum += count * log_likelihood(p, timing);
    return sum;
  };
  const int evaluations = std::clamp(static_cast<int>(kParetoWork / counted.size()), 100, 500);
  const double scale = mean_age(customers) / 3;
  ParetoFit fit;
  fit.maximum = maximise(value, {{0.5, scale, 0.6, scale}, {1, scale, 1, scale}}, evaluations);
  fit.params = params(fit.maximum.at);
  return fit;
}

SpendFit fit_gamma_gamma(std::span<const Spend> customers) {
  const auto params = [](const std::vector<double>& x) {
    return GammaGammaParams{.p = x[0], .q = x[1], .gamma = x[2]};
  };
  const auto value_of = [&](std::span<const Spend> some) {
    return [&params, some](const std::vector<double>& x) {
      const GammaGammaParams p = params(x);
      double sum = 0;
      for (const Spend& s : some) sum += log_likelihood(p, s.purchases, s.mean);
      return sum;
    };
  };
  double mean = 0;
  for (const Spend& s : customers) mean += s.mean / static_cast<double>(customers.size());
  const std::vector<Spend> some = evenly_chosen<Spend>(customers, kForASearch);
  SpendFit fit;
  fit.maximum = maximise(value_of(some), {{6, 4, mean / 2}, {2, 2, mean}});
  if (some.size() < customers.size()) fit.maximum = climb(value_of(customers), fit.maximum.at);
  fit.params = params(fit.maximum.at);
  return fit;
}

}  // namespace ebb::fit
