// What an unhappy customer puts at stake among those whom they brought.
#pragma once

#include "engine/base/types.h"

namespace ebb {

struct Exposure {
  double cap = 0.5;  // the most of their value that may be exposed, 0 to 1
  DurationMs half_life_ms = 90 * kDayMs;
};

// Share of their value, 0 to the cap: cap x how unhappy (0 from a satisfaction of 0.5 on, 1 at 0) x what has
// spread since the last good word (1 - 2^(-time / half-life)).
double exposed_share(const Exposure& exposure, double satisfaction, DurationMs since_good_ms);

}  // namespace ebb
