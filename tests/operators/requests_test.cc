// What customers are asked, told and thanked for, and how often at most.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string graph(const std::string& requests = "") {
  return "graph:\n  preset: catalogue\n  requests: {" + requests + "}\n";
}

v1::Event answered(std::string_view customer, double at_day, int nps) {
  v1::Event event = rated(customer, at_day, 1, 1, 5);
  event.set_event_id("nps-" + std::string(customer) + std::to_string(at_day));
  event.mutable_survey()->set_nps(nps);
  return event;
}

void buy(TopologyDriver& driver, std::string_view customer, double from_day, double to_day) {
  for (double at = from_day; at <= to_day; at += 10) driver.live(purchase(customer, at, 5000));
}

std::vector<v1::RequestKind> kinds(const TopologyDriver& driver) {
  std::vector<v1::RequestKind> out;
  for (const v1::Request& request : driver.requests) out.push_back(request.kind());
  return out;
}

double day_of(const v1::Request& request) {
  return static_cast<double>(request.event_time().seconds() * 1000 - day(0)) / static_cast<double>(kDayMs);
}

TEST(Requests, ABadAnswerAsksForContactAtOnceAndOnce) {
  TopologyDriver driver(graph("intervals: {ask_survey: 0d}"));
  buy(driver, "a", 1, 50);
  for (const double at : {44, 46, 48}) driver.live(rated("a", at, 4, 1, 5));
  driver.live(answered("a", 52, 0));
  ASSERT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_CONTACT));
  const v1::Request& request = driver.requests.front();
  EXPECT_NEAR(day_of(request), 52, 0.01);
  EXPECT_EQ(request.due_time().seconds(), request.event_time().seconds());
  EXPECT_THAT(request.why(), HasSubstr("A very bad answer"));
  EXPECT_TRUE(request.has_expected_value());
  EXPECT_EQ(request.request_id().size(), 16u);
  driver.live(purchase("a", 53, 5000));
  EXPECT_EQ(driver.requests.size(), 1u) << "said already";
}

TEST(Requests, WhoIsUnhappyAndSilentIsCalledOnce) {
  TopologyDriver driver(graph("intervals: {ask_survey: 0d}"));
  buy(driver, "a", 1, 50);
  driver.live(answered("a", 52, 0));
  buy(driver, "a", 53, 100);
  EXPECT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_CONTACT_SILENT));
}

TEST(Requests, APromoterIsThankedAndAskedToReferInOne) {
  TopologyDriver driver(graph("intervals: {ask_survey: 0d}"));
  buy(driver, "a", 1, 50);
  driver.live(answered("a", 52, 10));
  buy(driver, "a", 53, 90);
  EXPECT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_ASK_REFERRAL)) << "that thanks as well";
  driver.live(answered("a", 240, 10));
  EXPECT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_ASK_REFERRAL, v1::REQUEST_KIND_THANK))
      << "asked to refer once a year only";
}

TEST(Requests, BetweenTwoTheCustomerIsLeftInPeace) {
  TopologyDriver driver(graph("intervals: {ask_survey: 0d}, rest: 5d"));
  buy(driver, "a", 1, 50);
  driver.live(complained("a", 50, "case", v1::COMPLAINT_STAGE_OPENED));
  driver.live(complained("a", 51, "case", v1::COMPLAINT_STAGE_RESOLVED));
  driver.live(answered("a", 52, 10));
  buy(driver, "a", 53, 90);
  ASSERT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_CONFIRM_RESOLVED, v1::REQUEST_KIND_ASK_REFERRAL));
  EXPECT_GE(day_of(driver.requests[1]), 56 - 0.001);
  EXPECT_NEAR(static_cast<double>(driver.requests[1].due_time().seconds() * 1000 - day(52)), 0, kHourMs)
      << "and the request says since when it was due";
}

TEST(Requests, WhoWasCalledIsNotCalledAgainForTheSame) {
  TopologyDriver driver(graph("intervals: {ask_survey: 0d}"));
  buy(driver, "a", 1, 50);
  for (const double at : {44, 46, 48}) driver.live(rated("a", at, 4, 1, 5));
  for (int i = 0; i < 20; ++i) driver.live(answered("a", 52 + 2 * i, 0));
  driver.advance_to(day(100));
  EXPECT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_CONTACT))
      << "unhappy and silent by now, and called already";
}

TEST(Requests, OnlyGoodCustomersAreThankedAndAsked) {
  TopologyDriver driver(graph("min_purchases: 3"));
  driver.live(purchase("a", 1, 500'000));
  driver.live(answered("a", 2, 10));
  EXPECT_TRUE(driver.requests.empty());
  driver.live(answered("b", 2, 0));
  EXPECT_EQ(driver.requests.size(), 1u) << "a bad answer is answered whoever gave it";
}

TEST(Requests, AResolvedCaseIsToBeConfirmed) {
  TopologyDriver driver(graph("intervals: {ask_survey: 0d}"));
  buy(driver, "a", 1, 50);
  driver.live(complained("a", 52, "case", v1::COMPLAINT_STAGE_OPENED));
  EXPECT_TRUE(driver.requests.empty());
  driver.live(complained("a", 53, "case", v1::COMPLAINT_STAGE_RESOLVED));
  EXPECT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_CONFIRM_RESOLVED));
}

TEST(Requests, ASurveyGoesToWhomNobodyHasHeardFor) {
  TopologyDriver driver(graph());
  buy(driver, "a", 1, 100);
  buy(driver, "cheap", 1, 10);
  ASSERT_THAT(kinds(driver), ElementsAre(v1::REQUEST_KIND_ASK_SURVEY));
  EXPECT_EQ(driver.requests[0].customer_id(), "a") << "one purchase is too few";
  for (const v1::Alert& alert : driver.alerts) EXPECT_NE(alert.kind(), v1::ALERT_KIND_SURVEY_REQUEST);
}

TEST(Requests, NoMoreADayThanCanBeHandledAndNothingIsForgotten) {
  TopologyDriver driver(graph("intervals: {ask_survey: 0d}, capacity_per_day: 2"));
  for (int i = 0; i < 6; ++i) buy(driver, "c" + std::to_string(i), 1 + 0.01 * i, 50);
  for (int i = 0; i < 6; ++i) driver.live(answered("c" + std::to_string(i), 52 + 0.01 * i, 0));
  driver.advance_to(day(65));
  std::map<int, int> per_day;
  std::set<std::string> who;
  for (const v1::Request& request : driver.requests) {
    ++per_day[static_cast<int>(day_of(request))];
    who.insert(request.customer_id());
  }
  for (const auto& [at, count] : per_day) EXPECT_LE(count, 2) << at;
  EXPECT_EQ(who.size(), 6u);
}

TEST(Requests, AreTheSameInAReplay) {
  std::vector<std::string> ids[2];
  for (auto& of_run : ids) {
    TopologyDriver driver(graph());
    buy(driver, "a", 1, 50);
    driver.live(answered("a", 52, 0));
    driver.advance_to(day(400));
    for (const v1::Request& request : driver.requests) of_run.push_back(request.request_id());
    EXPECT_EQ(std::set<std::string>(of_run.begin(), of_run.end()).size(), of_run.size());
  }
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_FALSE(ids[0].empty());
}

}  // namespace
}  // namespace ebb
