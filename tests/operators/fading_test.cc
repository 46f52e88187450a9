// Sums that fade: halved per half-life, in whatever order events come.
#include "operators/fading.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "ebb/state/v1/faded_slice.pb.h"

namespace ebb {
namespace {

using state::v1::FadedSums;

constexpr TimeMs kStart = 1'700'000'000'000;
constexpr double kRounding = 1.0 / 4096;

TEST(Fading, HalvesPerHalfLife) {
  const Fading fading(90 * kDayMs);
  FadedSums sums;
  fading.add(kStart, 1, 3, sums);
  EXPECT_NEAR(fading.at(kStart, 1, sums), 3, kRounding);
  EXPECT_NEAR(fading.at(kStart + 180 * kDayMs, 1, sums), 0.75, kRounding);
  EXPECT_EQ(fading.at(kStart, 0, sums), 0);
  EXPECT_EQ(fading.at(kStart, 7, sums), 0);
}

TEST(Fading, TheOrderOfArrivalPlaysNoPartButForRounding) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    std::vector<TimeMs> times;
    for (int i = 0; i < 30; ++i) times.push_back(kStart + static_cast<TimeMs>(random() % 2000) * kDayMs / 2);
    const Fading fading(60 * kDayMs);
    FadedSums a, b;
    for (const TimeMs at : times) fading.add(at, 0, 1, a);
    std::shuffle(times.begin(), times.end(), random);
    for (const TimeMs at : times) fading.add(at, 0, 1, b);
    EXPECT_EQ(a.at_day(), b.at_day());
    EXPECT_NEAR(sum_at(0, a), sum_at(0, b), 30 * kRounding) << "seed " << seed;
  }
}

TEST(Fading, HoldsBefore1970AndForHalfLivesThatAreNoWholeDays) {
  const Fading fading(36 * kHourMs);
  FadedSums sums;
  fading.add(-40'000 * kDayMs, 0, 1, sums);
  fading.add(-40'000 * kDayMs + 36 * kHourMs, 0, 1, sums);
  EXPECT_NEAR(fading.at(-40'000 * kDayMs + 36 * kHourMs, 0, sums), 1.5, 2 * kRounding);
}

TEST(Fading, WhatIsTooLargeStaysAtTheMost) {
  const Fading fading(90 * kDayMs);
  FadedSums sums;
  for (int i = 0; i < 10; ++i) fading.add(kStart, 0, 1e18, sums);
  EXPECT_GT(sum_at(0, sums), 1e14);
  fading.add(kStart, 0, -1e18, sums);
  EXPECT_LE(sum_at(0, sums), 1e15);
}

TEST(Fading, MostSumsTakeTwoBytes) {
  const Fading fading(90 * kDayMs);
  FadedSums sums;
  for (int place = 0; place < 4; ++place) fading.add(kStart, place, 0.9, sums);
  EXPECT_LE(sums.ByteSizeLong(), 4 + 2 + 4 * 2u);
}

}  // namespace
}  // namespace ebb
