// Maximum likelihood for the models of timing and spend.
#pragma once

#include <span>
#include <vector>

#include "engine/fit/maximise.h"
#include "operators/models/cnbd.h"
#include "operators/models/gamma_gamma.h"
#include "operators/models/pareto_nbd.h"

namespace ebb::fit {

struct TimingFit {
  CnbdParams params;
  Maximum maximum;  // of r, alpha, a, b
};

TimingFit fit_cnbd(std::span<const Timing> customers, int k, bool modified);
// k from 1 up to 12, until the likelihood has fallen twice. REQUIRES: some customers.
TimingFit fit_best_cnbd(std::span<const Timing> customers, bool modified);

struct ParetoFit {
  ParetoParams params;
  Maximum maximum;
};
// On 4,000 customers at most, evenly chosen. Bounded in work: a minute or so where the search keeps to the
// edges, as on histories of a few weeks, in which hardly anybody can have left; a second or two else.
ParetoFit fit_pareto(std::span<const Timing> customers);

// The repeat purchases of one customer.
struct Spend {
  double purchases = 1;
  double mean = 1;
};
struct SpendFit {
  GammaGammaParams params;
  Maximum maximum;  // of p, q, gamma
};
// REQUIRES: some customers, each with purchases > 0 and mean > 0.
SpendFit fit_gamma_gamma(std::span<const Spend> customers);

}  // namespace ebb::fit
