// Sums in a slice that fade, each halved per half-life: forward decay (Cormode et al. 2009). What is added
// weighs 2^((t - landmark) / half-life), so the order of arrival plays no part but for rounding; the landmark
// moves by whole half-lives (cut to whole days), which rescales by a power of two. Amounts are kept in parts
// of 4,096, so events between two moves of the landmark add up to the same in any order.
#pragma once

#include <cstdint>

#include "engine/base/types.h"

namespace ebb::state::v1 {
class FadedSums;
}

namespace ebb {

// Those downstream are woken when a contribution has moved by this.
inline constexpr double kNoticeablePoints = 0.15;

// Days since 1970 (UTC), below 0 before.
std::int32_t day_of(TimeMs at_ms);

// A sum as of its landmark: what remains of two of them in proportion. 0 where there is none.
double sum_at(int place, const state::v1::FadedSums& sums);

// Immutable; thread-safe.
class Fading {
 public:
  // REQUIRES: half_life_ms > 0.
  explicit Fading(DurationMs half_life_ms) : half_life_ms_(half_life_ms) {}

  DurationMs half_life_ms() const { return half_life_ms_; }
  void add(TimeMs event_ms, int place, double amount, state::v1::FadedSums& sums) const;
  // What is left of the sum.
  double at(TimeMs at_ms, int place, const state::v1::FadedSums& sums) const;
  // What is left by then of what `sums` stand for.
  double left(TimeMs at_ms, const state::v1::FadedSums& sums) const;
  // What is left of one after so long.
  double left(DurationMs age_ms) const;
  // When points that fade like this will have moved by kNoticeablePoints; kNever if they are too few for it.
  TimeMs moved_at(TimeMs at_ms, double points) const;

 private:
  DurationMs half_life_ms_;
};

}  // namespace ebb
