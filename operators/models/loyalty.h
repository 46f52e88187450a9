// Why customers stay who needn't be satisfied, and when that ends.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/base/types.h"
#include "operators/models/points.h"
#include "operators/models/season.h"

namespace ebb {

// 0 to 1: how unhappy; 0 from the satisfaction of 0.6 on, 1 at 0.2. Without evidence: 0.3, for the mean
// customer isn't thrilled.
double unhappiness(std::optional<double> satisfaction);

// What barriers do at one time (false loyalty: Jones & Sasser 1995). Log-odds.
struct Captivity {
  double held = 0;      // <= 0: what they hold back
  double released = 0;  // >= 0: what an end that nears, or has come, sets free
};

// strength: 0 to 1, of the barriers that stand. lapsed: deadline_level of the end that is felt most, times
// its barrier's strength. max_held, max_released: caps. The unhappy are held most, and most of them are set
// free.
Captivity captivity(double strength, double lapsed, double unhappy, double max_held, double max_released);

// Log-odds of engagement: recent and usual are rates of the same unit. Half of the usual and less raises the
// risk, by 0.6 at most; as much as usual lowers it by 0.2.
double engagement_points(double recent, double usual);

// How much of a year's custom usually falls into the time since the last purchase, as days of an even year: a
// customer who buys each December has been away for no time at all in July. counts: purchases by twelfth;
// each twelfth is shrunk to the mean as if 3 purchases had been spread over the year. A silence beyond a year
// counts as it is. REQUIRES: silence_days >= 0.
double seasonal_silence_days(const std::array<int, kTwelfths>& counts, TimeMs at_ms, double silence_days);

// Log-odds to add to the silence term slope ln(1 + S / G) so that it becomes that of the seasonal silence;
// -1 to 0.5.
double season_points(double slope, double gap_days, double silence_days, double seasonal_days);

}  // namespace ebb
