// The formulas of the customer catalogue by themselves: golden values, bounds, directions.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "operators/models/breadth.h"
#include "operators/models/expectation.h"
#include "operators/models/loyalty.h"
#include "operators/models/network.h"
#include "operators/models/perceived_value.h"
#include "operators/models/points.h"
#include "operators/models/price.h"
#include "operators/models/trust.h"

namespace ebb {
namespace {

TEST(Points, AreBounded) {
  EXPECT_EQ(bounded_points(0, 1), 0);
  EXPECT_EQ(bounded_points(-3, 1), 0);
  EXPECT_NEAR(bounded_points(0.1, 1), 0.1, 0.01);
  EXPECT_LE(bounded_points(1e9, 1.2), 1.2);
}

TEST(Points, ADeadlineIsFeltBeforeAndAfter) {
  const Deadline deadline{.window_ms = 40 * kDayMs, .before = 0.5, .after = 1, .half_life_ms = 10 * kDayMs};
  EXPECT_EQ(deadline_level(deadline, 40 * kDayMs), 0);
  EXPECT_DOUBLE_EQ(deadline_level(deadline, 20 * kDayMs), 0.25);
  EXPECT_DOUBLE_EQ(deadline_level(deadline, 0), 1);
  EXPECT_DOUBLE_EQ(deadline_level(deadline, -10 * kDayMs), 0.5);
}

TEST(Points, ADeadlineIsLookedAtSoOftenAndThenNoMore) {
  const Deadline deadline;
  DurationMs until_ms = 400 * kDayMs;
  int looks = 0;
  for (DurationMs step_ms = deadline_step_ms(deadline, until_ms); step_ms != kNever;
       step_ms = deadline_step_ms(deadline, until_ms)) {
    ASSERT_GT(step_ms, 0);
    until_ms -= step_ms;
    ASSERT_LT(++looks, 20);
  }
  EXPECT_GE(looks, 6);
  EXPECT_LT(until_ms, 0);
}

TEST(PerceivedValue, FiveHundredAndThreeHundredFiftyGiveAHundredFifty) {
  const NetValue value = net_value(500, 350);
  EXPECT_EQ(value.net, 150);
  EXPECT_DOUBLE_EQ(value.ratio, 500.0 / 350);
  EXPECT_LT(net_value_reason(value, 350), 0);
  EXPECT_GT(net_value_reason(net_value(300, 350), 350), 0);
  EXPECT_EQ(net_value_reason(net_value(0, 0), 0), 0) << "nothing for nothing";
}

TEST(PerceivedValue, OnlyABetterAlternativeCounts) {
  EXPECT_EQ(alternative_reason(150, 100, 350), 0);
  EXPECT_DOUBLE_EQ(alternative_reason(150, 500, 350), 1);
}

TEST(Expectation, TheZoneOfTolerance) {
  const Zone zone;
  EXPECT_EQ(disconfirmation(zone, 0.6, 0.7).loss, 0) << "at its edge";
  EXPECT_EQ(disconfirmation(zone, 0.8, 0.7).delight, 0);
  EXPECT_NEAR(disconfirmation(zone, 0.5, 0.7).loss, 0.1, 1e-12);
  EXPECT_NEAR(disconfirmation(zone, 0.1, 0.7).loss, 0.5 + 0.2, 1e-12) << "beyond the intolerable twice";
  EXPECT_NEAR(disconfirmation(zone, 1, 0.7).delight, 0.2, 1e-12);
  EXPECT_DOUBLE_EQ(net_disconfirmation(zone, 0, 5), zone.delight_cap);
  EXPECT_NEAR(net_disconfirmation(zone, 0.2, 0.2), -0.1, 1e-12);
}

TEST(Expectation, IsTheHighestOfWhatItComesFrom) {
  EXPECT_DOUBLE_EQ(expectation(std::nullopt, 0.5, std::nullopt, 0.7), 0.7);
  EXPECT_DOUBLE_EQ(expectation(0.4, 0.5, std::nullopt, 0.7), 0.5) << "their own word stands in for the floor";
  EXPECT_DOUBLE_EQ(expectation(0.4, 0.5, 0.9, 0.7), 0.9);
}

TEST(Expectation, ImportanceIsLearnedFromWhatMovesTheWhole) {
  EXPECT_DOUBLE_EQ(learned_importance(0, 0), 1);
  EXPECT_DOUBLE_EQ(learned_importance(5, 1), 2);
  EXPECT_DOUBLE_EQ(learned_importance(-5, 1), 0.5);
}

TEST(Expectation, AShiftLetsOldAnswersGo) {
  EXPECT_EQ(shift_share(0.7, 0.7, 10), 0);
  EXPECT_EQ(shift_share(0.2, 0.8, 0.4), 0) << "one weak answer is no shift";
  EXPECT_EQ(shift_share(0.2, 0.8, 2), 1);
}

TEST(Loyalty, BarriersHoldAndTheirEndSetsFree) {
  const Captivity unhappy = captivity(1, 0, 1, 1, 1.2);
  EXPECT_DOUBLE_EQ(unhappy.held, -1);
  EXPECT_DOUBLE_EQ(captivity(1, 0, 0, 1, 1.2).held, -0.5) << "the satisfied would stay anyway";
  EXPECT_DOUBLE_EQ(captivity(0, 1, 1, 1, 1.2).released, 1.2);
  EXPECT_DOUBLE_EQ(captivity(0, 1, 0, 1, 1.2).released, 0);
  EXPECT_DOUBLE_EQ(unhappiness(0.2), 1);
  EXPECT_DOUBLE_EQ(unhappiness(0.6), 0);
}

TEST(Loyalty, TheYearHasTwelveTwelfths) {
  constexpr TimeMs kYear2024 = 1'704'067'200'000;
  EXPECT_EQ(twelfth_of(kYear2024 + 3 * kDayMs), 0);
  EXPECT_EQ(twelfth_of(kYear2024 + 350 * kDayMs), 11);
  EXPECT_EQ(twelfth_of(0), 0);
  TimeMs at_ms = kYear2024;
  for (int i = 0; i < 24; ++i) {
    const TimeMs next_ms = next_twelfth_ms(at_ms);
    ASSERT_GT(next_ms, at_ms);
    ASSERT_LE(next_ms - at_ms, 31 * kDayMs);
    at_ms = next_ms;
  }
}

TEST(Loyalty, SilenceOutOfSeasonIsShort) {
  constexpr TimeMs kMid2024 = 1'704'067'200'000 + 180 * kDayMs;
  std::array<int, kTwelfths> december{};
  december[11] = 12;
  const double silence = 180;  // since the turn of the year
  EXPECT_LT(seasonal_silence_days(december, kMid2024, silence), 60);
  std::array<int, kTwelfths> even{};
  even.fill(3);
  EXPECT_NEAR(seasonal_silence_days(even, kMid2024, silence), silence, 1);
  EXPECT_EQ(seasonal_silence_days(december, kMid2024, 400), 400) << "a year away is a year away";
  EXPECT_GE(season_points(1, 30, 300, 0), -1);
  EXPECT_LE(season_points(1, 30, 0, 3000), 0.5);
}

TEST(Loyalty, EngagementThatStopsRaisesTheRisk) {
  EXPECT_DOUBLE_EQ(engagement_points(0, 1), 0.6);
  EXPECT_DOUBLE_EQ(engagement_points(0.5, 1), 0);
  EXPECT_DOUBLE_EQ(engagement_points(9, 1), -0.2);
  EXPECT_DOUBLE_EQ(engagement_points(1, 0), 0);
}

TEST(Trust, ABrokenPromiseCountsTwice) {
  EXPECT_DOUBLE_EQ(trust_index(0, 0), 0.5);
  EXPECT_LT(trust_index(1, 1), 0.5);
  EXPECT_EQ(lateness(0), 0);
  EXPECT_NEAR(lateness(1), 0.3, 1e-6);
  EXPECT_EQ(lateness(100 * kDayMs), 1);
  EXPECT_EQ(trust_points(1, 0), 0) << "little for the new";
  EXPECT_NEAR(trust_points(1, 3650), -1, 0.01);
  EXPECT_EQ(trust_points(0, 0), 1) << "distrust counts at once";
}

TEST(Price, PremiumAndPromotion) {
  EXPECT_DOUBLE_EQ(premium_points(0.3, 0.9), -0.3);
  EXPECT_DOUBLE_EQ(premium_points(0.3, 0), 0.6);
  EXPECT_DOUBLE_EQ(premium_points(-0.3, 0), 0);
  EXPECT_DOUBLE_EQ(promotion_dependence(0, 10, false), 0);
  EXPECT_LE(promotion_dependence(1e6, 1e6, true), 1);
  EXPECT_EQ(reference_price_reason(0.8, 0.84), 0);
  EXPECT_GT(reference_price_reason(0.8, 1), 0);
}

TEST(Breadth, CountsKindsByWeight) {
  const std::array<double, 4> even = {2, 2, 2, 2};
  const std::array<double, 4> one = {8, 0, 0, 0};
  EXPECT_DOUBLE_EQ(effective_number(even), 4);
  EXPECT_DOUBLE_EQ(effective_number(one), 1);
  EXPECT_DOUBLE_EQ(effective_number({}), 0);
  EXPECT_LT(breadth_points(4, 4), 0);
  EXPECT_GT(breadth_points(1, 4), 0);
  EXPECT_DOUBLE_EQ(breadth_points(1, 1), 0);
  EXPECT_EQ(share_reason(0.8, -1), 0);
  EXPECT_GT(share_reason(0.8, 1), 0) << "it fell";
}

TEST(Network, IsExposedUpToACap) {
  const Exposure exposure;
  EXPECT_EQ(exposed_share(exposure, 0.6, 1000 * kDayMs), 0);
  EXPECT_EQ(exposed_share(exposure, 0, 0), 0) << "it has to spread first";
  EXPECT_NEAR(exposed_share(exposure, 0, 90 * kDayMs), 0.25, 1e-12);
  EXPECT_LE(exposed_share(exposure, 0, 100'000 * kDayMs), 0.5);
}

}  // namespace
}  // namespace ebb
