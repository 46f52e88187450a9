// What customers have in common: buckets, a day's capacity, segments, tiers, lenses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "operators/log_buckets.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

TEST(LogBuckets, QuantilesAreWithinFivePercentAndWhatWasAddedCanBeTakenOut) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> sizes(-20'000, 100'000);
  std::vector<double> values;
  state::v1::LogBuckets buckets;
  for (int i = 0; i < 2000; ++i) {
    values.push_back(sizes(random));
    add_to_buckets(values.back(), 1, &buckets);
  }
  EXPECT_EQ(total_of(buckets), 2000);
  EXPECT_LT(buckets.index_size(), 250);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (const double share : {0.05, 0.3, 0.5, 0.8, 0.99}) {
    const double exact = sorted[static_cast<std::size_t>(share * 2000) - 1];
    EXPECT_NEAR(quantile(buckets, share), exact, 0.051 * std::abs(exact) + 1) << share;
  }
  for (const double value : values) add_to_buckets(value, -1, &buckets);
  EXPECT_EQ(buckets.index_size(), 0);
}

TEST(LogBuckets, TheFloorIsBelowAllThatFallsIn) {
  for (const double value : {0.0, 0.5, 1.0, -0.5, -1.0, 99.0, 5000.0, -12345.0, 1e17}) {
    const double floor = bucket_floor(value);
    EXPECT_LE(floor, value);
    EXPECT_GE(floor, value - 0.11 * std::abs(value) - 1.5);
  }
}

TEST(LogBuckets, ABucketsOwnValueFallsIntoIt) {
  for (const double value : {0.0, 1.0, -1.0, 1.5, 99.0, -12345.0, 1e17}) {
    state::v1::LogBuckets one, again;
    add_to_buckets(value, 1, &one);
    add_to_buckets(quantile(one, 1), 1, &again);
    EXPECT_EQ(one.SerializeAsString(), again.SerializeAsString()) << value;
  }
}

std::string graph(const std::string& segments, const std::string& policy = "", const std::string& more = "") {
  return "graph:\n"
         "  value: {from: [purchases, feedback, surveys, profiles]}\n"
         "  satisfaction: {from: [purchases, feedback, surveys, profiles]}\n"
         "  churn_risk: {from: [value, satisfaction]}\n"
         "  segments: {from: [purchases, feedback, surveys, profiles, churn_risk]" +
         segments +
         "}\n"
         "  alert_policy: {from: [churn_risk, segments]" +
         policy + "}\n" + more;
}

v1::Event lives_in(std::string_view customer, double at_day, const std::string& region) {
  v1::Event event = purchase(customer, at_day, 0, std::string(customer) + "-" + region);
  event.clear_purchase();
  event.mutable_profile()->set_region(region);
  return event;
}

// The customers of each segment at the end of the last day.
std::map<std::string, std::int64_t> customers(const TopologyDriver& driver) {
  std::map<std::string, std::int64_t> out;
  for (const v1::SegmentDay& day : driver.segments) out[day.key() + "=" + day.value()] = day.customers();
  return out;
}

TEST(Segments, CountEachCustomerOnceWhereTheyAreNow) {
  TopologyDriver driver(graph(", by: [region]"));
  for (const char* who : {"a", "b", "c"}) driver.live(purchase(who, 1.1, 1000));
  driver.live(lives_in("a", 1.2, "north"));
  driver.live(lives_in("b", 1.3, "south"));
  driver.live(purchase("a", 2.5, 1000));
  EXPECT_EQ(customers(driver),
            (std::map<std::string, std::int64_t>{
                {"=", 3}, {"region=(none)", 1}, {"region=north", 1}, {"region=south", 1}}));
  driver.live(lives_in("b", 2.6, "north"));
  driver.erase("c");
  driver.live(purchase("a", 3.5, 1000));
  EXPECT_EQ(customers(driver),
            (std::map<std::string, std::int64_t>{
                {"=", 2}, {"region=(none)", 0}, {"region=north", 2}, {"region=south", 0}}));
}

TEST(Segments, OnlyWhatChangedIsPublished) {
  TopologyDriver driver(graph(", by: [region]"));
  driver.live(lives_in("a", 1.2, "north"));
  driver.live(lives_in("b", 1.3, "south"));
  driver.live(purchase("a", 2.5, 1000));
  EXPECT_EQ(driver.segments.size(), 3u);
  driver.live(purchase("a", 3.5, 1000));
  std::vector<std::string> told;
  for (std::size_t i = 3; i < driver.segments.size(); ++i) told.push_back(driver.segments[i].value());
  EXPECT_THAT(told, ::testing::ElementsAre("", "north")) << "nobody moved in the south";
}

TEST(Segments, ArePublishedOnceInSoManyDays) {
  TopologyDriver driver(graph(", by: [region], publish: 7d"));
  for (int i = 0; i < 40; ++i) driver.live(purchase("a", 1.5 + i, 1000));
  std::vector<std::int64_t> days;
  for (const v1::SegmentDay& segment : driver.segments) {
    if (segment.key().empty()) days.push_back(segment.day_end_time().seconds() / (24 * 3600));
  }
  ASSERT_GE(days.size(), 5u);
  for (std::size_t i = 2; i < days.size(); ++i) EXPECT_EQ(days[i] - days[i - 1], 7);
  EXPECT_EQ(driver.segments.back().spend_minor() > 30'000, true);
}

TEST(Segments, WhoFoundNoRoomIsStillNamedByTheirOwnValue) {
  TopologyDriver driver(graph(", by: [region], max_segments: 2"));
  driver.live(lives_in("a", 1.1, "north"));
  driver.live(lives_in("b", 1.2, "south"));
  const auto labels = driver.signals("b", "segments", day(1.2)).labels();
  ASSERT_EQ(labels.size(), 1u);
  EXPECT_EQ(labels[0].second, "south");
}

TEST(Segments, WhatIsTooManyGoesToTheOverflow) {
  TopologyDriver driver(graph(", by: [region], max_segments: 3"));
  for (int i = 0; i < 10; ++i) {
    driver.live(lives_in("c" + std::to_string(i), 1 + 0.01 * i, "r" + std::to_string(i)));
  }
  driver.live(purchase("c0", 2.5, 1000));
  EXPECT_EQ(customers(driver), (std::map<std::string, std::int64_t>{
                                   {"=", 10}, {"region=r0", 1}, {"region=r1", 1}, {"region=(other)", 8}}));
}

TEST(Segments, TotalsDontDriftWhateverComes) {
  TopologyDriver driver(graph(""));
  std::mt19937 random(3);
  for (int i = 0; i < 600; ++i) {
    const std::string who = "c" + std::to_string(random() % 20);
    const double at = 1 + 0.2 * i;
    switch (random() % 4) {
      case 0:
        driver.live(rated(who, at, 1 + random() % 5, 1, 5));
        break;
      case 1:
        driver.live(lives_in(who, at, std::string(1, static_cast<char>('a' + random() % 3))));
        break;
      default:
        driver.live(purchase(who, at, 1000));
    }
  }
  for (int i = 0; i < 20; ++i) driver.erase("c" + std::to_string(i));
  driver.segments.clear();
  driver.advance_to(day(200));
  ASSERT_FALSE(driver.segments.empty());
  for (const v1::SegmentDay& s : driver.segments) {
    EXPECT_EQ(s.customers(), 0);
    EXPECT_EQ(s.profit_minor(), 0);
    EXPECT_EQ(s.satisfaction_milli(), 0);
    EXPECT_EQ(s.loyal() + s.captive() + s.buying_around() + s.leaving() + s.complaining(), 0);
  }
}

TEST(Segments, TheTierIsByProfitOfFinishedDays) {
  TopologyDriver driver(graph("", ", min_evidence: 1, publish_change: 0"));
  for (int i = 1; i <= 10; ++i) driver.live(purchase("c" + std::to_string(i), 1 + 0.01 * i, 1000 * i));
  EXPECT_EQ(driver.risks.back().segments().count("profit_tier"), 0u) << "no day is over yet";
  for (int i = 1; i <= 10; ++i) driver.live(rated("c" + std::to_string(i), 2 + 0.01 * i, 4, 1, 5));
  std::map<std::string, std::string> tiers;
  for (const v1::Risk& risk : driver.risks) {
    const auto tier = risk.segments().find("profit_tier");
    if (tier != risk.segments().end()) tiers[risk.customer_id()] = tier->second;
  }
  EXPECT_EQ(tiers["c10"], "top");
  EXPECT_EQ(tiers["c7"], "middle");
  EXPECT_EQ(tiers["c1"], "low");
}

TEST(Capacity, NoMoreAlertsADayAndWhatIsWorthMostFirst) {
  TopologyDriver driver(graph("", ", capacity_per_day: 2, min_evidence: 1, survey: {enabled: false}"));
  for (int week = 0; week < 10; ++week) {
    for (int i = 1; i <= 8; ++i)
      driver.live(purchase("c" + std::to_string(i), 7 * week + 0.01 * i, 1000 * i));
  }
  driver.advance_to(day(400));
  std::map<TimeMs, int> per_day;
  std::map<std::string, int> per_customer;
  for (const v1::Alert& alert : driver.alerts) {
    if (alert.kind() != v1::ALERT_KIND_CHURN_RISK) continue;
    ++per_day[alert.event_time().seconds() * 1000 / kDayMs];
    ++per_customer[alert.customer_id()];
  }
  for (const auto& [day, count] : per_day) EXPECT_LE(count, 2) << day;
  EXPECT_EQ(per_customer.size(), 8u) << "what is held back comes later";
  bool held = false;
  for (const v1::Risk& risk : driver.risks) {
    for (const std::string& flag : risk.flags()) held = held || flag == "alert_held_back";
  }
  EXPECT_TRUE(held) << "and the risk table says who waits";
}

TEST(Segments, OtherKeysBeginAnew) {
  TopologyDriver before(graph(", by: [region]"));
  before.live(lives_in("a", 1.1, "north"));
  before.live(purchase("a", 1.2, 1000));
  TopologyDriver after(graph(", by: [loyalty_tier]"));
  after.row("a").slices.swap(before.row("a").slices);
  after.row(std::string(Row::kShared)).slices.swap(before.row(std::string(Row::kShared)).slices);
  after.live(purchase("a", 2.1, 1000));
  after.live(purchase("b", 3.1, 1000));
  EXPECT_EQ(customers(after), (std::map<std::string, std::int64_t>{{"=", 1}, {"loyalty_tier=(none)", 1}}));
}

TEST(Segments, AreRefusedWhereTheyWouldTakeTooMuchRoom) {
  EXPECT_THAT(build_errors(graph(", by: [a, b, c, d], max_segments: 64, max_dimensions: 32")),
              testing::HasSubstr("ask for less"));
}

TEST(Lens, TellsTheSameAlertWithAnotherReasonFirst) {
  const std::string with_lens = ", min_evidence: 1, min_reason: 0.2, lenses: {service: {satisfaction: 50}}";
  TopologyDriver driver(
      graph("", with_lens, "sinks: {alerts: , risk: , crm: {kind: alerts, lens: service}}\n"));
  for (int i = 0; i < 5; ++i) driver.live(purchase("a", 7 * i, 5000));
  driver.live(rated("a", 33, 1, 1, 5));
  driver.advance_to(day(300));
  std::map<std::string, v1::Alert> last;
  for (const v1::Alert& alert : driver.alerts) {
    if (alert.kind() == v1::ALERT_KIND_CHURN_RISK) last[alert.lens()] = alert;
  }
  ASSERT_EQ(last.size(), 2u);
  const v1::Alert &plain = last[""], &service = last["service"];
  EXPECT_NE(plain.contributions(0).name(), "satisfaction");
  EXPECT_EQ(service.contributions(0).name(), "satisfaction");
  EXPECT_NE(plain.alert_id(), service.alert_id());
  EXPECT_EQ(plain.score(), service.score()) << "one truth, told in another order";
  EXPECT_THAT(build_errors(graph("", "", "sinks: {alerts: {lens: nobodys}, risk: }\n")),
              testing::HasSubstr("has no lens 'nobodys'"));
}

}  // namespace
}  // namespace ebb
