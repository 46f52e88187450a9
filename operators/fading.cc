#include "operators/fading.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "ebb/state/v1/faded_slice.pb.h"

namespace ebb {

using state::v1::FadedSums;

namespace {

constexpr double kParts = 4'096;
constexpr double kMostParts = 0x1p62;

// What is too large for the slice stays at the most that it holds.
std::int64_t whole(double parts) {
  return std::llround(std::clamp(parts, -kMostParts, kMostParts));
}

TimeMs landmark_ms(const FadedSums& sums) {
  return TimeMs{sums.at_day()} * kDayMs;
}

}  // namespace

std::int32_t day_of(TimeMs at_ms) {
  return static_cast<std::int32_t>(at_ms / kDayMs - (at_ms % kDayMs < 0 ? 1 : 0));
}

double sum_at(int place, const FadedSums& sums) {
  return place < sums.sums_size() ? static_cast<double>(sums.sums(place)) / kParts : 0;
}

double Fading::left(DurationMs age_ms) const {
  return std::exp2(-static_cast<double>(age_ms) / static_cast<double>(half_life_ms_));
}

double Fading::left(TimeMs at_ms, const FadedSums& sums) const {
  return left(at_ms - landmark_ms(sums));
}

void Fading::add(TimeMs event_ms, int place, double amount, FadedSums& sums) const {
  const TimeMs since_ms = event_ms % half_life_ms_;
  const std::int32_t day = day_of(event_ms - since_ms - (since_ms < 0 ? half_life_ms_ : 0));
  if (sums.sums().empty()) {
    sums.set_at_day(day);
  } else if (day > sums.at_day()) {
    const double keep = left(TimeMs{day} * kDayMs, sums);
    for (std::int64_t& sum : *sums.mutable_sums()) sum = whole(keep * static_cast<double>(sum));
    sums.set_at_day(day);
  }
  while (sums.sums_size() <= place) sums.add_sums(0);
  const double weight = left(landmark_ms(sums) - event_ms);
  sums.set_sums(place, whole(static_cast<double>(sums.sums(place)) + kParts * amount * weight));
}

double Fading::at(TimeMs at_ms, int place, const FadedSums& sums) const {
  return sum_at(place, sums) * left(at_ms, sums);
}

TimeMs Fading::moved_at(TimeMs at_ms, double points) const {
  const double size = std::abs(points);
  if (size <= kNoticeablePoints) return kNever;
  const double half_lives = std::log2(size / (size - kNoticeablePoints));
  return at_ms + 1 + static_cast<DurationMs>(std::ceil(half_lives * static_cast<double>(half_life_ms_)));
}

}  // namespace ebb
