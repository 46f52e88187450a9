// True and false alarms, how early the true ones were, by customers whose purchases are given.
#include "engine/fit/alert_quality.h"

#include <gtest/gtest.h>

namespace ebb::fit {
namespace {

constexpr TimeMs day(int n) {
  return n * kDayMs;
}

TEST(AlertQuality, CountsWhatCameTrueAndHowEarly) {
  const std::vector<std::vector<TimeMs>> sales = {
      {day(0), day(10)},            // left, warned twice: after 5 days and after 20
      {day(0), day(20)},            // left, not warned
      {day(0), day(50), day(110)},  // came back: a false alarm; then silent for too short a time
      {day(0), day(60), day(130)},  // not bought within 30 days of the alert, but later
      {},                           // never bought
      {day(0), day(1)},             // left, warned when it was too late
      {day(101)},                   // after the date
  };
  const std::vector<RaisedAlert> alerts = {
      {.customer = 0, .at_ms = day(15), .reason = "silence"},
      {.customer = 0, .at_ms = day(30), .reason = "silence"},
      {.customer = 2, .at_ms = day(40), .reason = "satisfaction"},
      {.customer = 5, .at_ms = day(40), .reason = "silence"},
      {.customer = 3, .at_ms = day(90), .reason = "satisfaction"},
  };
  const AlertQuality q = judge_alerts(sales, alerts, day(100), 30);
  EXPECT_EQ(q.alerts, 5);
  EXPECT_EQ(q.false_alarms, 1);
  EXPECT_NEAR(q.customer_years, 5 * 100 / 365.25, 1e-9);
  EXPECT_NEAR(q.false_alarms_per_year(), 365.25 / 500, 1e-9);
  EXPECT_EQ(q.leavers, 3);
  EXPECT_EQ(q.warned, 1);
  EXPECT_EQ(q.median_lead_days, 25);
  EXPECT_EQ(q.median_after_days, 5);
  ASSERT_EQ(q.reasons.size(), 2u);
  EXPECT_EQ(q.reasons[0].name, "silence");
  EXPECT_EQ(q.reasons[0].alerts, 3);
  EXPECT_EQ(q.reasons[0].came_true, 3);
  EXPECT_EQ(q.reasons[1].name, "satisfaction");
  EXPECT_EQ(q.reasons[1].came_true, 1);
}

TEST(AlertQuality, OfNoAlerts) {
  const AlertQuality q = judge_alerts({}, {}, day(100), 30);
  EXPECT_EQ(q.false_alarms_per_year(), 0);
  EXPECT_TRUE(q.reasons.empty());
}

}  // namespace
}  // namespace ebb::fit
