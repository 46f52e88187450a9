// How many purchases will there be? By the timing model alone, fitted to what was known at a date; and
// brought into line with how far the same model, fitted to what was known earlier, was off in the time up to
// the date. Nothing after the date has a part in it.
//
// The earlier cut is where the time known and the time foretold have the same proportion as now, for a
// model's faults grow with that: T^2 / (T + H) into a history of T that is asked for the next H.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/types.h"

namespace ebb::fit {

struct PurchaseForecast {
  double by_timing = 0;
  // How it went from the cut to the date.
  struct Earlier {
    TimeMs cut_ms = 0;
    double expected = 0;
    double made = 0;
    double ratio() const { return made / expected; }
  };
  std::optional<Earlier> earlier;  // none: too few to tell (200 customers, 100 purchases)

  double in_line() const { return by_timing * (earlier.has_value() ? earlier->ratio() : 1); }
};

// Purchase days of those who had bought by `at_ms`, in the horizon after it. sales: times by customer, each
// ascending; from_ms: where the history begins. Fits MBG/CNBD-k by 20,000 customers at most, evenly chosen,
// and where there is a season (fit_season.h) on a clock that runs by it.
PurchaseForecast forecast_purchases(std::span<const std::vector<TimeMs>> sales, TimeMs from_ms, TimeMs at_ms,
                                    double horizon_days);

}  // namespace ebb::fit
