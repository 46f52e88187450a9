// Promises, and the trust that comes of them.
#pragma once

#include "engine/base/types.h"

namespace ebb {

// How far a promise was broken that came so late: 0 in time, 0.3 just late, rising to 1 two weeks late.
double lateness(DurationMs late_ms);

// Log-odds before the cap: 0.9 for each broken promise, less where many others were kept.
double broken_promise_reason(double kept, double broken);

// 0 to 1; 0.5 without any promise. A broken one counts twice as much as one kept (losses loom larger:
// Kahneman & Tversky 1979).
double trust_index(double kept, double broken);

// -1 to 1, to be multiplied by the most that trust may contribute. Distrust counts at once; trust counts with
// the tenure, little for the new: 1 - e^(-days / 365).
double trust_points(double trust, double tenure_days);

}  // namespace ebb
