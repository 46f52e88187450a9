// The rhythm of a customer's purchases from sums over the gaps between them.
#pragma once

#include <cstdint>
#include <span>

namespace ebb {

// What is known before the first gap: as if `weight` gaps of `days` had been seen.
struct GapPrior {
  double days = 60;
  double weight = 2;
};

// Mean gap in days, shrunk to the prior; > 0. gaps: between `active_days` first and last purchase lie.
// REQUIRES: gaps >= 0, active_days >= 0.
double typical_gap_days(const GapPrior& prior, std::int64_t gaps, double active_days);

// Sums over gaps of at least a day.
struct GapSums {
  std::int64_t gaps = 0;
  double days = 0;     // sum
  double ln_days = 0;  // sum of logarithms
};

// Shape of an Erlang (gamma) distribution of the gaps: 1 = as random as can be, the larger the more regular;
// 12 at most, as a grid for (M)BG/CNBD-k has it. The maximum-likelihood estimate by Minka's closed form,
// (3-s+sqrt((s-3)^2+24s))/12s with s = ln(mean gap) - mean(ln gap), shrunk to 1 as if nine gaps of no
// regularity had been seen; one gap alone says nothing.
double gap_regularity(const GapSums& sums);

// The same for a whole population, from each customer's share of one gap in two neighbouring ones (Wheat and
// Morrison 1990): k = (1 - 4 Var) / (8 Var). At least 0, at most 12. REQUIRES: some shares.
double population_regularity(std::span<const double> shares);

}  // namespace ebb
