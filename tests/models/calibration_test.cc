// Calibration, measures of a forecast, campaigns, change detection.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "operators/models/calibration.h"
#include "operators/models/campaign_profit.h"
#include "operators/models/cusum.h"
#include "tests/models/published.h"

namespace ebb {
namespace {

std::vector<Outcome> outcomes(const std::vector<double>& probabilities, const std::vector<int>& happened) {
  std::vector<Outcome> out;
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    out.push_back({.probability = probabilities[i], .happened = happened[i] != 0});
  return out;
}

TEST(Published, ExpectedMaximumProfit) {
  const auto ten = outcomes({0.6125478, 0.3642710, 0.4321361, 0.1402911, 0.3848959, 0.2444155, 0.9706413,
                             0.8901728, 0.7817814, 0.8687518},
                            {1, 1, 0, 0, 0, 1, 1, 1, 1, 0});
  expect_published("EMPC, ten customers", 30.3003222629848, expected_maximum_profit(ten).profit, 1e-9);
}

TEST(Campaign, NobodyIsAddressedWhereItDoesNotPay) {
  const auto two = outcomes({0.9, 0.1}, {1, 0});
  EXPECT_NEAR(expected_maximum_profit(two, {.value = 1, .incentive = 1, .contact = 1}).profit, 0, 1e-12);
  EXPECT_EQ(expected_maximum_profit(outcomes({0.4, 0.6}, {1, 1})).profit, 0) << "nothing to tell apart";
  EXPECT_LT(profit_of_acting(0.05, 100, {}), 0);
  EXPECT_NEAR(profit_of_acting(0.5, 200, {}), 0.5 * 0.3 * 190 - 0.5 * 10 - 1, 1e-12);
}

TEST(Calibration, IsTheIdentityUnlessToldOtherwiseAndMonotone) {
  for (double s = -50; s <= 50; s += 0.5) EXPECT_NEAR(calibrated({}, s), s, 1e-12);
  double before = -1e9;
  for (double s = -50; s <= 50; s += 0.5) {
    const double now = calibrated({.a = 0.4, .b = 1.7, .c = -0.3}, s);
    EXPECT_GT(now, before);
    before = now;
  }
}

TEST(Measures, OfAForecast) {
  const auto perfect = outcomes({0.9, 0.8, 0.2, 0.1}, {1, 1, 0, 0});
  EXPECT_EQ(area_under_curve(perfect), 1);
  EXPECT_EQ(lift(perfect, 0.25), 2);
  const auto even = outcomes({0.5, 0.5, 0.5, 0.5}, {1, 0, 1, 0});
  EXPECT_EQ(area_under_curve(even), 0.5);
  EXPECT_EQ(lift(even, 0.25), 1);
  EXPECT_EQ(calibration_error(even, 1), 0);
  EXPECT_EQ(calibration_error(outcomes({0.9, 0.9}, {1, 0}), 1), 0.4);
  EXPECT_EQ(calibration_error({}), 0);
  EXPECT_EQ(area_under_curve({}), 0.5);
  EXPECT_EQ(lift({}), 1);
}

TEST(Cusum, AlarmsOnAShiftAndNotOnNoise) {
  Cusum sum;
  for (int i = 0; i < 1000; ++i) {
    sum = after(sum, i % 2 == 0 ? 0.9 : -0.9);
    ASSERT_EQ(shift(sum), 0);
  }
  int steps = 0;
  while (shift(sum) == 0 && steps < 100) {
    sum = after(sum, -1.5);
    ++steps;
  }
  EXPECT_EQ(shift(sum), -1);
  EXPECT_LE(steps, 5);
}

}  // namespace
}  // namespace ebb
