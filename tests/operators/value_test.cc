// value: money exact, sums and rhythm the same whatever the order of arrival.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "ebb/state/v1/value_slice.pb.h"
#include "operators/fading.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

using state::v1::ValueSlice;

const std::string kGraph =
    "graph:\n  value: {from: [purchases, feedback, surveys, profiles], margin: 0.25, cost_per_transaction: "
    "50}\n"
    "sinks: {dead_letters: }\n";

const ValueSlice& slice(TopologyDriver& driver) {
  return static_cast<const ValueSlice&>(*driver.row("c").slices[0]);
}

TEST(Value, CountsAndSumsLifeLong) {
  TopologyDriver driver(kGraph);
  driver.feed(purchase("c", 0, 1000));
  driver.feed(purchase("c", 10, 3001));
  driver.feed(returned("c", 12, 1000));
  const Signals s = driver.signals("c", "value", day(20));
  EXPECT_EQ(s.get(Measure::kPurchases), 2);
  EXPECT_EQ(s.get(Measure::kSpendLifeMinor), 3001);
  EXPECT_EQ(s.get(Measure::kSilenceDays), 10);
  EXPECT_EQ(s.get(Measure::kTenureDays), 20);
  // 250 - 50, 750 (750.25) - 50, and the return's -250 - 50.
  EXPECT_EQ(s.get(Measure::kProfitMinor), 200 + 700 - 300);
  ASSERT_EQ(s.cited().size(), 1u);
  EXPECT_EQ(s.cited()[0].event_id, "purchase-c-10");
  EXPECT_EQ(s.cited()[0].offset, 1);
}

TEST(Value, KnownCostsGoBeforeAssumedOnes) {
  TopologyDriver driver(kGraph);
  v1::Event event = purchase("c", 0, 1000);
  event.mutable_purchase()->set_cost_of_goods_minor_units(400);
  event.mutable_purchase()->set_cost_to_serve_minor_units(0);
  driver.feed(event);
  v1::Event gift = rated("c", 1, 5, 1, 5);
  gift.mutable_feedback()->mutable_gesture()->mutable_cost()->set_currency_code("USD");
  gift.mutable_feedback()->mutable_gesture()->mutable_cost()->set_minor_units(150);
  driver.feed(gift);
  EXPECT_EQ(driver.signals("c", "value", day(1)).get(Measure::kProfitMinor), 600 - 150);
}

TEST(Value, OtherCurrenciesAreConvertedExactlyAndUnknownOnesRefused) {
  TopologyDriver driver(kGraph + "money: {currency: USD, rates: {EUR: 1.085}}\n");
  v1::Event event = purchase("c", 0, 101);
  event.mutable_purchase()->mutable_amount()->set_currency_code("EUR");
  EXPECT_EQ(driver.refuse(event), std::nullopt);
  driver.feed(event);
  EXPECT_EQ(driver.signals("c", "value", day(1)).get(Measure::kSpendLifeMinor), 110);  // 109.585
  event.mutable_purchase()->mutable_amount()->set_currency_code("GBP");
  const std::optional<Refusal> refusal = driver.refuse(event);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, "unknown_currency");
  EXPECT_EQ(refusal->field, "purchase.amount.currency_code");
  v1::Event contact = rated("c", 1, 5, 1, 5);
  contact.mutable_feedback()->mutable_cost_to_serve()->set_currency_code("JPY");
  EXPECT_EQ(driver.refuse(contact)->field, "feedback.cost_to_serve.currency_code");
}

TEST(Value, SaysNothingOfWhomItDoesNotKnow) {
  TopologyDriver driver(kGraph);
  driver.feed(rated("c", 1, 5, 1, 5));
  EXPECT_EQ(driver.signals("c", "value", day(1)).get(Measure::kSpendLifeMinor), std::nullopt);
  EXPECT_EQ(driver.row("c").slices[0], nullptr);
}

TEST(Value, TheGapIsShrunkToThePrior) {
  TopologyDriver driver(kGraph);
  driver.feed(purchase("c", 0, 100));
  EXPECT_EQ(driver.signals("c", "value", day(0)).get(Measure::kGapDays), 60);
  for (int i = 1; i <= 8; ++i) driver.feed(purchase("c", 7 * i, 100));
  EXPECT_DOUBLE_EQ(*driver.signals("c", "value", day(56)).get(Measure::kGapDays), (120.0 + 56) / (2 + 8));
  EXPECT_GT(*driver.signals("c", "value", day(56)).get(Measure::kRegularity), 4);
}

TEST(Value, RatesSpeakOfNowadays) {
  TopologyDriver driver(kGraph);
  driver.feed(purchase("c", 0, 1000));
  driver.feed(purchase("c", 1800, 5000));  // ten half-lives later
  const Signals s = driver.signals("c", "value", day(1800));
  const double mean = (1000 * std::exp2(-10) + 5000) / (std::exp2(-10) + 1);
  EXPECT_NEAR(*s.get(Measure::kSpendRateMinorPerDay), mean / *s.get(Measure::kGapDays), 1e-4 * mean);
}

TEST(Value, EventsBefore1970AreEventsLikeOthers) {
  TopologyDriver driver(kGraph);
  const double long_ago = -30'000;  // days before 2024: 1941
  for (int i = 0; i < 12; ++i) driver.feed(purchase("c", long_ago + 7 * i + 0.25, 100));
  const Signals s = driver.signals("c", "value", day(long_ago + 80));
  EXPECT_EQ(s.get(Measure::kPurchaseDays), 12);
  EXPECT_EQ(s.get(Measure::kLongestGapDays), 7);
  EXPECT_GT(*s.get(Measure::kRegularity), 4);
  EXPECT_EQ(s.get(Measure::kSilenceDays), 80 - 77.25);
}

TEST(Value, TheLongestGapIsThatOfAllTime) {
  TopologyDriver driver(kGraph);
  driver.feed(purchase("c", 0, 100));
  EXPECT_EQ(driver.signals("c", "value", day(1)).get(Measure::kLongestGapDays), std::nullopt);
  driver.feed(purchase("c", 90, 100));
  for (int i = 1; i <= 20; ++i) driver.feed(purchase("c", 90 + 2 * i, 100));
  EXPECT_EQ(driver.signals("c", "value", day(131)).get(Measure::kLongestGapDays), 90);
}

TEST(Value, TheCourseComparesThreeMonthsWithThreeBefore) {
  TopologyDriver driver(kGraph);
  for (int i = 0; i < 7; ++i) driver.feed(purchase("c", 30.5 * i + 5, i < 3 ? 1000 : 600));  // 2024, monthly
  const Signals s = driver.signals("c", "value", day(30.5 * 6 + 6));
  EXPECT_NEAR(*s.get(Measure::kMonthMarginTrend), (150 - 50) / (250.0 - 50), 1e-12);
  EXPECT_EQ(driver.signals("c", "value", day(100)).get(Measure::kMonthMarginTrend), std::nullopt);
}

TEST(Value, WinningTheCustomerIsACost) {
  TopologyDriver driver(kGraph);
  driver.feed(purchase("c", 0, 1000));
  v1::Event profile = rated("c", 1, 5, 1, 5);
  profile.mutable_profile()->mutable_acquisition_cost()->set_currency_code("USD");
  profile.mutable_profile()->mutable_acquisition_cost()->set_minor_units(700);
  driver.feed(profile);
  const Signals s = driver.signals("c", "value", day(1));
  EXPECT_EQ(s.get(Measure::kAcquisitionMinor), 700);
  EXPECT_EQ(s.get(Measure::kProfitMinor), 200 - 700);
  profile.mutable_profile()->mutable_acquisition_cost()->set_currency_code("XXX");
  EXPECT_EQ(driver.refuse(profile)->field, "profile.acquisition_cost.currency_code");
}

// The slices of any two orders are the same but for the rounding of the fading sums.
void expect_same(ValueSlice a, ValueSlice b) {
  EXPECT_EQ(a.faded().at_day(), b.faded().at_day());
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(sum_at(i, a.faded()), sum_at(i, b.faded()), 1e-3) << i;
  for (ValueSlice* s : {&a, &b}) {
    s->clear_faded();
    s->mutable_last()->clear_offset();
  }
  EXPECT_EQ(a.ShortDebugString(), b.ShortDebugString());
}

TEST(Value, TheOrderOfArrivalPlaysNoPartWithinEightDaysOfPurchases) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::vector<v1::Event> events;
    for (int i = 0; i < 7; ++i) {
      const double at = std::uniform_int_distribution<int>(0, 8000)(random) / 8.0;
      const int minor = std::uniform_int_distribution<int>(0, 100'000)(random);
      const std::string id = std::to_string(i);
      events.push_back(random() % 5 == 0 ? returned("c", at, minor, id) : purchase("c", at, minor, id));
    }
    events.push_back(purchase("c", 3, 1, "one at least"));
    TopologyDriver first(kGraph), second(kGraph);
    for (const v1::Event& event : events) first.feed(event);
    std::shuffle(events.begin(), events.end(), random);
    for (const v1::Event& event : events) second.feed(event);
    expect_same(slice(first), slice(second));
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Value, WhatIsLaterThanEightDaysChangesOnlySums) {
  TopologyDriver driver(kGraph);
  for (int i = 0; i < 12; ++i) driver.feed(purchase("c", 100 + 7 * i, 100));
  const ValueSlice before = slice(driver);
  driver.feed(purchase("c", 10, 100));
  const ValueSlice& after = slice(driver);
  EXPECT_EQ(after.purchases(), 13);
  EXPECT_EQ(after.days(), 13);
  EXPECT_EQ(after.first_ms(), day(10));
  EXPECT_EQ(after.last().event_ms(), before.last().event_ms());
  EXPECT_EQ(after.gaps(), before.gaps());
  EXPECT_EQ(after.recent_gaps_size(), 7);
}

TEST(Value, TheSliceStaysSmall) {
  TopologyDriver driver(kGraph);
  for (int i = 0; i < 5000; ++i) driver.feed(purchase("c", i, 1'000'000));
  EXPECT_LT(driver.bytes("c").size(), 160u);
}

}  // namespace
}  // namespace ebb
