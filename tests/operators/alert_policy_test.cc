// alert_policy: levels, episodes, cool-down, retraction, timers, the risk table and survey requests.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <random>
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
  EXPECT_GT(alert.keep_budget().minor_units(), 0);
  EXPECT_TRUE(alert.has_profit_of_acting());
  EXPECT_FALSE(alert.has_replacement_cost()) << "nobody said what winning a customer costs";
  ASSERT_EQ(alert.value_terms_size(), 2);
  EXPECT_EQ(alert.value_terms(0).name(), "repeat_purchases");
  EXPECT_EQ(alert.value_terms(1).name(), "lifetime");
  EXPECT_GT(alert.value_terms(1).money().minor_units(), 5 * alert.value_terms(0).money().minor_units());
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
  EXPECT_EQ(driver.risks.size(), while_active + 4) << "three levels, and a look after one typical gap";
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
    EXPECT_LE(driver.timers_fired() - before, 16)
        << gap;  // twelve of them since none waits longer than 30 days
    EXPECT_EQ(driver.row("c").due_ms, kNever);
  }
}

TEST(AlertPolicy, NobodyIsAlertedForHavingJustBought) {
  TopologyDriver driver(graph("watch: 0.1, warning: 0.2, critical: 0.3, " + kNoSurvey));
  for (int i = 0; i < 10; ++i) driver.feed(purchase("c", 90 * i, 2000));
  EXPECT_GT(driver.risks.back().probability(), 0.3);
  EXPECT_THAT(driver.alerts, IsEmpty());
}

const char kDefaultGraph[] = "";

TEST(AlertPolicy, AnOverdueComplaintIsRaisedByATimer) {
  TopologyDriver driver(kDefaultGraph);
  driver.live(complained("c", 0, "x", v1::COMPLAINT_STAGE_OPENED));
  driver.advance_to(day(400));
  ASSERT_EQ(driver.alerts.size(), 1u) << "once";
  const v1::Alert& alert = driver.alerts[0];
  EXPECT_EQ(alert.kind(), v1::ALERT_KIND_COMPLAINT_OVERDUE);
  EXPECT_EQ(at_ms(alert.event_time()), day(7));
  EXPECT_EQ(alert.suggested_action(), v1::SUGGESTED_ACTION_RECOVER);
  EXPECT_THAT(alert.summary(), HasSubstr("1 complaint open, the oldest for 7 days; 1 overdue."));
  ASSERT_EQ(alert.evidence_size(), 1);
  EXPECT_EQ(alert.evidence(0).topic(), "shop.feedback");
}

TEST(AlertPolicy, AnAnswerIsAskedForWhenEvidenceIsStaleAndNotTooOften) {
  TopologyDriver driver(kDefaultGraph);
  for (int i = 0; i <= 80; ++i) driver.live(purchase("c", 7 * i, 10'000));
  std::vector<TimeMs> asked;
  for (const v1::Alert& alert : driver.alerts) {
    if (alert.kind() == v1::ALERT_KIND_SURVEY_REQUEST) asked.push_back(at_ms(alert.event_time()));
  }
  EXPECT_THAT(asked, ElementsAre(day(14), day(196), day(378), day(560)));
}

TEST(AlertPolicy, StaleEvidenceIsNoticedWithoutAnEvent) {
  TopologyDriver driver(kDefaultGraph);
  for (int i = 0; i < 20; ++i) driver.live(purchase("c", 60 * i, 10'000));
  driver.alerts.clear();
  driver.live(rated("c", 1141, 4, 1, 5));
  driver.advance_to(day(1141 + 400));
  int requests = 0;
  for (const v1::Alert& alert : driver.alerts) {
    if (alert.kind() != v1::ALERT_KIND_SURVEY_REQUEST) continue;
    ++requests;
    EXPECT_TRUE(alert.from_timer());
  }
  EXPECT_EQ(requests, 1);
}

TEST(AlertPolicy, DissatisfactionRaisesAnAlert) {
  TopologyDriver with(kDefaultGraph);
  for (int i = 0; i < 5; ++i) with.live(purchase("c", 20 * i, 2000));
  for (int i = 0; i < 3; ++i) with.live(rated("c", 81 + i, 0, 0, 10));
  with.live(purchase("c", 90, 2000));
  ASSERT_FALSE(with.alerts.empty());
  const v1::Alert& alert = with.alerts.back();
  EXPECT_EQ(alert.kind(), v1::ALERT_KIND_CHURN_RISK);
  EXPECT_EQ(alert.suggested_action(), v1::SUGGESTED_ACTION_CONTACT) << "no discount for the dissatisfied";
  EXPECT_THAT(alert.summary(), HasSubstr("Satisfaction is "));
  EXPECT_EQ(alert.evidence(0).topic(), "shop.feedback");
}

// Any history through any mix of events and timers: ids are unique, probabilities lie within their bounds,
// each retraction takes back an alert that was sent, and the due time is always ahead of the clock.
TEST(AlertPolicy, HoldsItsPromisesForRandomHistories) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    TopologyDriver driver(kDefaultGraph);
    double at = 0;
    for (int i = 0; i < 120; ++i) {
      at += std::exponential_distribution<double>(1 / 6.0)(random);
      v1::Event event;
      switch (random() % 4) {
        case 0:
          event = rated("c", at, random() % 11, 0, 10);
          break;
        case 1:
          event = complained("c", at, std::to_string(random() % 5),
                             static_cast<v1::ComplaintStage>(1 + random() % 6));
          break;
        default:
          event = purchase("c", random() % 10 == 0 ? at / 2 : at, random() % 10'000);
      }
      event.set_event_id(std::to_string(i));
      driver.live(event);
      ASSERT_GT(driver.row("c").due_ms, driver.row("c").clock_ms);
      if (random() % 20 == 0) at += 200;
    }
    driver.advance_to(day(at + 10'000));
    std::set<std::string> ids;
    for (const v1::Alert& alert : driver.alerts) {
      EXPECT_TRUE(ids.insert(alert.alert_id()).second) << "seed " << seed << alert.DebugString();
      EXPECT_TRUE(alert.kind() != v1::ALERT_KIND_RETRACTION || ids.contains(alert.retracted_alert_id()));
      EXPECT_GT(alert.probability(), 0);
      EXPECT_LT(alert.probability(), 1);
      EXPECT_GE(alert.value_at_risk().minor_units(), 0);
    }
    EXPECT_EQ(driver.row("c").due_ms, kNever);
  }
}

}  // namespace
}  // namespace ebb
