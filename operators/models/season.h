// How custom moves with the year, and time by it.
//
// A shop whose customers buy twice as often in December lives two days in one of December. Counted in such
// days (operational time), purchases come at rates that don't depend on the date, so that all that is known
// of the timing of purchases holds there unchanged: a Poisson process with a rate that moves is one with a
// constant rate on a clock that runs by it (Cox and Lewis 1966), and the models of cnbd.h know of time
// nothing else.
#pragma once

#include <array>
#include <cstddef>

#include "engine/base/types.h"
#include "operators/models/risk_terms.h"

namespace ebb {

// A year in twelfths, counted from 1 January, each 30.4 days.
inline constexpr int kTwelfths = 12;
// Counted on from January 1970.
int twelfths_since_1970(double days);
int twelfth_of(TimeMs at_ms);
// When the next twelfth begins.
TimeMs next_twelfth_ms(TimeMs at_ms);

double days_since_1970(TimeMs at_ms);

using SeasonFactors = std::array<double, kTwelfths>;

// The custom of each twelfth against that of an even year.
class Season {
 public:
  // Scaled so that their mean is 1. REQUIRES: all > 0.
  explicit Season(const SeasonFactors& factors);

  const SeasonFactors& factors() const { return factor_; }
  // Days of even custom from 1970 to so many days after it: the clock that runs by the season. A year of it
  // is a year.
  double even_days(double days) const;

 private:
  SeasonFactors factor_;
  SeasonFactors before_{};  // sum of the factors of the twelfths before
};

// season: null for a shop without one; then all is as it was. Gaps are taken in the measure in which the time
// from the first purchase to the last is. at_days: since 1970, the time that the facts speak for.
SeasonedFacts seasoned(const Season* season, const RiskFacts& facts, double at_days, double horizon_days);

}  // namespace ebb
