// alert_policy: levels, episodes, cool-down, retraction, timers, the risk table and survey requests.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <set>

#include "operators/models/plain_risk.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string graph(const std::string& policy, const std::string& rest = "") {
  return "graph:\n"
         "  value: {from: [purchases, feedback, surveys, profiles]}\n"
         "  churn_risk: {from: value}\n"
         "  alert_policy: {from: churn_risk, " +
         policy + "}\n" + rest;
}
const std::string kNoSurvey = "survey: {enabled: false}";

void buy_weekly(TopologyDriver& driver, std::string_view customer, int first_week, int last_week) {
  for (int week = first_week; week <= last_week; ++week) driver.live(purchase(customer, 7 * week, 2000));
}

std::vector<v1::RiskLevel> levels(const TopologyDriver& driver) {
  std::vector<v1::RiskLevel> out;
  for (const v1::Alert& alert : driver.alerts) out.push_back(alert.level());
  return out;
}

TimeMs at_ms(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::TimestampToMilliseconds(time);
}

TEST(AlertPolicy, SilenceAloneRaisesEachLevelOnceAndEarlyEnough) {
  TopologyDriver driver(graph(kNoSurvey));
  buy_weekly(driver, "c", 0, 20);
  driver.advance_to(day(3000));
  EXPECT_THAT(levels(driver),
              ElementsAre(v1::RISK_LEVEL_WATCH, v1::RISK_LEVEL_WARNING, v1::RISK_LEVEL_CRITICAL));
  const double thresholds[] = {0.5, 0.7, 0.85};
  for (int i = 0; i < 3; ++i) {
    const v1::Alert& alert = driver.alerts[static_cast<std::size_t>(i)];
    EXPECT_TRUE(alert.from_timer());
    EXPECT_NEAR(alert.probability(), thresholds[i], 0.001) << "woken just when it is crossed";
    EXPECT_EQ(alert.episode_start_time().seconds(), driver.alerts[0].event_time().seconds());
  }
  EXPECT_LE(driver.timers_fired(), 6);
  EXPECT_EQ(driver.row("c").due_ms, kNever) << "nothing more to wait for";
}

TEST(AlertPolicy, AnAlertSaysWhoWhyAndHowMuch) {
  TopologyDriver driver(graph(kNoSurvey));
  buy_weekly(driver, "c-7", 0, 20);
  driver.advance_to(day(3000));
  const v1::Alert& alert = driver.alerts.at(1);
  EXPECT_EQ(alert.customer_id(), "c-7");
  EXPECT_EQ(alert.kind(), v1::ALERT_KIND_CHURN_RISK);
  EXPECT_EQ(alert.level_before(), v1::RISK_LEVEL_WATCH);
  EXPECT_NEAR(alert.probability_before(), 0.5, 0.001);
  EXPECT_EQ(alert.horizon_days(), 60);
  EXPECT_EQ(alert.value_at_risk().currency_code(), "USD");
  EXPECT_GT(alert.value_at_risk().minor_units(), 0);
  double sum = 0;
  double last = 100;
  for (const v1::Contribution& c : alert.contributions()) {
    sum += c.points();
    EXPECT_LE(c.points(), last);
    last = c.points();
    EXPECT_FALSE(c.sentence().empty());
  }
  EXPECT_NEAR(sum, alert.score(), 1e-9);
  ASSERT_EQ(alert.evidence_size(), 1);
  EXPECT_EQ(alert.evidence(0).topic(), "shop.purchases");
  EXPECT_EQ(alert.evidence(0).event_id(), "purchase-c-7-140");
  EXPECT_EQ(alert.evidence(0).offset(), 20);
  EXPECT_EQ(at_ms(alert.evidence(0).event_time()), day(140));
  EXPECT_THAT(alert.summary(),
              HasSubstr("Customer c-7 may leave (warning: 70 % likely to buy nothing within 60 days)."));
  EXPECT_THAT(alert.summary(), HasSubstr("No purchase for "));
  EXPECT_THAT(alert.summary(), HasSubstr("USD "));
  EXPECT_EQ(alert.suggested_action(), v1::SUGGESTED_ACTION_CONTACT);
  EXPECT_EQ(alert.model_version(), "plain-1");
  EXPECT_EQ(alert.graph_version(), driver.topology().version());
}

TEST(AlertPolicy, IdsNameTheFindingAndNotItsOffsets) {
  TopologyDriver one(graph(kNoSurvey)), other(graph(kNoSurvey));
  buy_weekly(one, "c", 0, 10);
  for (int i = 0; i < 5; ++i) other.live(purchase("somebody else", 0, 100, std::to_string(i)));
  buy_weekly(other, "c", 0, 10);
  one.advance_to(day(400));
  other.advance_to(day(400));
  std::set<std::string> ids;
  ASSERT_EQ(one.alerts.size(), 3u);
  for (const v1::Alert& alert : one.alerts) ids.insert(alert.alert_id());
  EXPECT_EQ(ids.size(), 3u);
  for (const v1::Alert& alert : other.alerts) {
    EXPECT_TRUE(alert.customer_id() != "c" || ids.contains(alert.alert_id()));
  }
}

TEST(AlertPolicy, AReturningCustomerTakesTheAlertBack) {
  TopologyDriver driver(graph(kNoSurvey));
  buy_weekly(driver, "c", 0, 20);
  driver.advance_to(day(300));
  ASSERT_FALSE(driver.alerts.empty());
  const v1::Alert last = driver.alerts.back();
  driver.live(purchase("c", 301, 2000));
  const v1::Alert& back = driver.alerts.back();
  EXPECT_EQ(back.kind(), v1::ALERT_KIND_RETRACTION);
  EXPECT_EQ(back.level(), v1::RISK_LEVEL_NONE);
  EXPECT_EQ(back.level_before(), last.level());
  EXPECT_EQ(back.retracted_alert_id(), last.alert_id());
  EXPECT_NE(back.alert_id(), last.alert_id());
  EXPECT_FALSE(back.from_timer());
  EXPECT_EQ(at_ms(back.event_time()), day(301));
  driver.advance_to(day(3000));
  EXPECT_EQ(driver.alerts.back().kind(), v1::ALERT_KIND_CHURN_RISK);
  EXPECT_NE(driver.alerts.back().episode_start_time().seconds(), last.episode_start_time().seconds());
}

TEST(AlertPolicy, ACustomerWhoCameBackBeforeTheTimerRaisesNothing) {
  TopologyDriver driver(graph(kNoSurvey));
  buy_weekly(driver, "c", 0, 60);
  EXPECT_THAT(driver.alerts, IsEmpty());
}

TEST(AlertPolicy, TooLittleEvidenceRaisesNothing) {
  TopologyDriver driver(graph(kNoSurvey));
  driver.live(purchase("c", 0, 2000));
  driver.live(purchase("c", 7, 2000));
  driver.advance_to(day(3000));
  EXPECT_THAT(driver.alerts, IsEmpty());
  EXPECT_EQ(driver.timers_fired(), 0);
  ASSERT_FALSE(driver.risks.empty());
  EXPECT_EQ(driver.risks.back().level(), v1::RISK_LEVEL_UNSPECIFIED);
}

TEST(AlertPolicy, ALevelIsLeftOnlyWellBelowItsThreshold) {
  TopologyDriver driver(graph("hysteresis: 0.2, " + kNoSurvey));
  buy_weekly(driver, "c", 0, 5);
  driver.advance_to(day(200));
  const std::size_t before = driver.alerts.size();
  ASSERT_GT(before, 0u);
  driver.live(purchase("c", 200, 2000));
  const double now = driver.risks.back().probability();
  if (now > 0.4) {
    EXPECT_EQ(driver.alerts.size(), before);
    EXPECT_GE(driver.risks.back().level(), v1::RISK_LEVEL_WATCH);
  } else {
    EXPECT_EQ(driver.alerts.back().kind(), v1::ALERT_KIND_RETRACTION);
  }
}

TEST(AlertPolicy, AHigherLevelWaitsForTheCoolDown) {
  TopologyDriver driver(graph("cool_down: 100d, " + kNoSurvey));
  buy_weekly(driver, "c", 0, 20);
  driver.advance_to(day(3000));
  ASSERT_EQ(driver.alerts.size(), 2u) << "what was reached in between is passed over";
  EXPECT_EQ(at_ms(driver.alerts[1].event_time()) - at_ms(driver.alerts[0].event_time()), 100 * kDayMs);
  EXPECT_EQ(driver.alerts[1].level_before(), v1::RISK_LEVEL_WATCH);
}

TEST(AlertPolicy, TheRiskTableHoldsThePresent) {
  TopologyDriver driver(graph(kNoSurvey));
  driver.live(purchase("c", 0, 2000));
  ASSERT_EQ(driver.risks.size(), 1u);
  buy_weekly(driver, "c", 1, 20);
  const std::size_t while_active = driver.risks.size();
  EXPECT_LT(while_active, 16u) << "small moves are not published";
  driver.advance_to(day(3000));
  EXPECT_EQ(driver.risks.size(), while_active + 3);
  const v1::Risk& risk = driver.risks.back();
  EXPECT_EQ(risk.level(), v1::RISK_LEVEL_CRITICAL);
  EXPECT_EQ(risk.purchases(), 21);
  EXPECT_EQ(risk.spend().minor_units(), 42'000);
  EXPECT_EQ(at_ms(risk.first_purchase_time()), day(0));
  EXPECT_EQ(at_ms(risk.last_purchase_time()), day(140));
  EXPECT_EQ(risk.last_alert_id(), driver.alerts.back().alert_id());
  EXPECT_GT(risk.contributions_size(), 3);
}

TEST(AlertPolicy, WakesAreFewForAnyRhythm) {
  for (const double gap : {0.1, 1.0, 7.0, 30.0, 200.0}) {
    TopologyDriver driver;
    for (int i = 0; i < 12; ++i) driver.live(purchase("c", gap * i, 2000, std::to_string(i)));
    const int before = driver.timers_fired();
    driver.advance_to(day(20'000));
    EXPECT_LE(driver.timers_fired() - before, 12) << gap;
    EXPECT_EQ(driver.row("c").due_ms, kNever);
  }
}

}  // namespace
}  // namespace ebb
