#include "operators/fading.h"

#include <algorithm>
#include <cmath>

#include "ebb/state/v1/faded_slice.pb.h"

namespace ebb {

using state::v1::FadedSums;

double Fading::left(DurationMs age_ms) const {
  return std::exp2(-static_cast<double>(age_ms) / static_cast<double>(half_life_ms_));
}

void Fading::add(TimeMs event_ms, int place, double amount, FadedSums& sums) const {
  const TimeMs landmark = event_ms - event_ms % half_life_ms_;
  if (landmark > sums.at_ms()) {
    const double keep = left(landmark - sums.at_ms());
    for (double& sum : *sums.mutable_sums()) sum *= keep;
    sums.set_at_ms(landmark);
  }
  while (sums.sums_size() <= place) sums.add_sums(0);
  sums.set_sums(place, sums.sums(place) + amount * left(sums.at_ms() - event_ms));
}

double Fading::at(TimeMs at_ms, int place, const FadedSums& sums) const {
  return place < sums.sums_size() ? sums.sums(place) * left(at_ms - sums.at_ms()) : 0;
}

TimeMs Fading::moved_at(TimeMs at_ms, double points) const {
  const double size = std::abs(points);
  if (size <= kNoticeablePoints) return kNever;
  const double half_lives = std::log2(size / (size - kNoticeablePoints));
  return at_ms + 1 + static_cast<DurationMs>(std::ceil(half_lives * static_cast<double>(half_life_ms_)));
}

}  // namespace ebb
