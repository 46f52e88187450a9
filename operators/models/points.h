// Shapes that contributions to the risk share. Points are log-odds.
#pragma once

#include "engine/base/types.h"

namespace ebb {

// As many points as there is reason, but never `max`: max (1 - e^(-reason / max)). 0 for reason <= 0.
// REQUIRES: max > 0.
double bounded_points(double reason, double max);

// How an end that is known ahead (of a contract, a trial, a warranty) is felt: not at all until `window`
// before it, then rising in a straight line to `before` at it; from the end on `after`, halved per half-life.
struct Deadline {
  DurationMs window_ms = 60 * kDayMs;
  double before = 0.5;
  double after = 1;
  DurationMs half_life_ms = 60 * kDayMs;
};
double deadline_level(const Deadline& deadline, DurationMs until_end_ms);

// In how long the level will have changed so far that it is worth a look: at the window's beginning, each
// quarter of it, the end, then each half-life until a tenth is left. kNever: not any more.
DurationMs deadline_step_ms(const Deadline& deadline, DurationMs until_end_ms);

}  // namespace ebb
