// satisfaction: answers on any scale, an index that fades, cases that don't depend on the order of their
// steps.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "ebb/state/v1/satisfaction_slice.pb.h"
#include "operators/answers.h"
#include "operators/dimensions.h"
#include "operators/fading.h"
#include "operators/models/satisfaction.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

using state::v1::SatisfactionSlice;
using ::testing::HasSubstr;

std::string graph(const std::string& params = "") {
  return "graph:\n  satisfaction: {from: [purchases, feedback, surveys, profiles]" + params +
         "}\nsinks: {dead_letters: }\n";
}

v1::Event surveyed(double at_day) {
  v1::Event event = rated("c", at_day, 1, 0, 1);
  event.set_event_id("survey-" + std::to_string(at_day));
  event.mutable_survey()->mutable_scale()->set_min(1);
  event.mutable_survey()->mutable_scale()->set_max(5);
  return event;
}

v1::DimensionAnswer& ask(v1::Event& event, const std::string& name, double perceived) {
  v1::DimensionAnswer& answer = *event.mutable_survey()->add_dimensions();
  answer.set_name(name);
  answer.set_perceived(perceived);
  return answer;
}

const SatisfactionSlice& slice(TopologyDriver& driver) {
  return static_cast<const SatisfactionSlice&>(*driver.row("c").slices[0]);
}

std::optional<Contribution> find(const Signals& signals, std::string_view name) {
  for (const Contribution& c : signals.contributions()) {
    if (c.name == name) return c;
  }
  return std::nullopt;
}

TEST(SatisfactionModel, ScalesHaveADirection) {
  EXPECT_DOUBLE_EQ(scaled_answer(2, 1, 5, false), 0.25);
  EXPECT_DOUBLE_EQ(scaled_answer(2, 1, 6, true), 0.8);  // a school mark
  EXPECT_DOUBLE_EQ(scaled_answer(99, 1, 5, false), 1);
}

TEST(SatisfactionModel, SmallGapsGoUnnoticedAndIntolerableOnesCountTwice) {
  EXPECT_DOUBLE_EQ(against_expectation(0.7, 0.75), 0.7);
  EXPECT_NEAR(against_expectation(0.6, 0.8), 0.5, 1e-12);
  EXPECT_NEAR(against_expectation(0.5, 1.0), 0.5 - 0.4 - 0.1, 1e-12);
  EXPECT_NEAR(against_expectation(0.7, 0.5), 0.75, 1e-12);
  EXPECT_NEAR(against_expectation(0.8, 0.0), 0.9, 1e-12) << "delight is capped";
}

TEST(SatisfactionModel, FullSatisfactionNeverDrivesTheRiskToNothing) {
  EXPECT_DOUBLE_EQ(satisfaction_points({}, 1), -0.3);
  EXPECT_DOUBLE_EQ(satisfaction_points({}, 0), 1.8);
  EXPECT_DOUBLE_EQ(satisfaction_points({}, 0.7), 0);
}

TEST(SatisfactionModel, TheNextMoveIsWhereThePointsHaveMoved) {
  for (const double mean : {0.35, 0.5, 0.95}) {
    const FadedAnswers now{.weight = 3, .sum = 3 * mean};
    const double before = satisfaction_points({}, satisfaction_index({}, now));
    const auto half_lives = half_lives_until_moved({}, now, 0.1);
    ASSERT_TRUE(half_lives.has_value()) << mean;
    const double keep = std::exp2(-*half_lives);
    const double after = satisfaction_points({}, satisfaction_index({}, {3 * keep, 3 * mean * keep}));
    EXPECT_NEAR(std::abs(before) - std::abs(after), 0.1, 1e-9) << mean;
  }
  EXPECT_EQ(half_lives_until_moved({}, {.weight = 1, .sum = 0.7}, 0.1), std::nullopt);
}

TEST(Answers, OneSurveyIsOneAnswer) {
  v1::Event event = surveyed(0);
  event.mutable_survey()->set_nps(9);
  v1::Rating& effort = *event.mutable_survey()->mutable_ces();
  effort.set_min(1);
  effort.set_max(7);
  effort.set_value(2.5);
  effort.set_lower_is_better(true);
  ask(event, "price", 1);
  const Answers answers = answers_of(event);
  EXPECT_DOUBLE_EQ(answers.value, (0.9 + 0.75) / 2);
  EXPECT_DOUBLE_EQ(answers.weight, 1);
  ASSERT_EQ(answers.dimensions.size(), 1u);
  EXPECT_EQ(answers.dimensions[0].dimension, "price");
  EXPECT_DOUBLE_EQ(answers.dimensions[0].value, 0);
}

TEST(Answers, DimensionsAloneCountByTheirImportance) {
  v1::Event event = surveyed(0);
  ask(event, "price", 5).set_importance(80);
  ask(event, "empathy", 1).set_importance(20);
  ask(event, "billing", 1).set_not_applicable(true);
  ask(event, "ease", 1).clear_perceived();
  const Answers answers = answers_of(event);
  EXPECT_DOUBLE_EQ(answers.value, 0.8);
  EXPECT_EQ(answers.dimensions.size(), 2u);
}

TEST(Answers, SilenceAndWaitingAreWeakEvidence) {
  v1::Event event = surveyed(0);
  event.mutable_survey()->set_status(v1::SURVEY_STATUS_NOT_ANSWERED);
  EXPECT_DOUBLE_EQ(answers_of(event).weight, 0.1);
  event.mutable_survey()->set_status(v1::SURVEY_STATUS_SENT);
  EXPECT_EQ(answers_of(event).weight, 0);
  v1::Event contact = rated("c", 0, 1, 0, 1);
  contact.mutable_feedback()->clear_rating();
  contact.mutable_feedback()->mutable_contact()->set_kind(v1::CONTACT_KIND_QUESTION);
  EXPECT_EQ(answers_of(contact).weight, 0) << "questions are interest";
  contact.mutable_feedback()->mutable_contact()->set_abandoned(true);
  EXPECT_DOUBLE_EQ(answers_of(contact).value, 0.2);
}

TEST(Satisfaction, AbsentIsNotZero) {
  TopologyDriver driver(graph());
  driver.feed(purchase("c", 0, 100));
  const Signals s = driver.signals("c", "satisfaction", day(0));
  EXPECT_EQ(s.get(Measure::kSatisfaction), std::nullopt);
  EXPECT_EQ(s.get(Measure::kSatisfactionWeight), 0);
  EXPECT_EQ(s.get(Measure::kAnswerWanted), 1);
  EXPECT_TRUE(s.contributions().empty());
}

TEST(Satisfaction, FadesBackToThePrior) {
  TopologyDriver driver(graph(", half_life: 100d"));
  driver.feed(rated("c", 0, 1, 1, 5));
  const auto at = [&](double d) {
    return *driver.signals("c", "satisfaction", day(d)).get(Measure::kSatisfaction);
  };
  EXPECT_NEAR(at(0), 0.7 / 2, 1e-4);
  EXPECT_NEAR(at(100), 0.7 / 1.5, 1e-4);
  EXPECT_NEAR(at(5000), 0.7, 1e-9);
}

TEST(Satisfaction, OneAnswerAfterALongSilenceDoesNotReplaceAll) {
  TopologyDriver driver(graph());
  for (int i = 0; i < 10; ++i) driver.feed(rated("c", 10 * i, 5, 1, 5));
  driver.feed(rated("c", 400, 1, 1, 5));
  const double index = *driver.signals("c", "satisfaction", day(400)).get(Measure::kSatisfaction);
  EXPECT_GT(index, 0.5);
  EXPECT_LT(index, 0.8);
}

TEST(Satisfaction, SaysWhatIsWorstAndOnWhichEventsItRests) {
  TopologyDriver driver(graph());
  v1::Event good = surveyed(0);
  ask(good, "price", 5);
  v1::Event bad = surveyed(10);
  ask(bad, "empathy", 1);
  ask(bad, "price", 4);
  driver.feed(good);
  driver.feed(bad);
  const std::optional<Contribution> c = find(driver.signals("c", "satisfaction", day(30)), "satisfaction");
  ASSERT_TRUE(c.has_value());
  EXPECT_THAT(c->sentence, HasSubstr("from 2 answers, the latest 20 days ago; the worst is empathy (36)."));
  ASSERT_EQ(c->evidence.size(), 1u);
  EXPECT_EQ(c->evidence[0].event_id, bad.event_id());
}

TEST(Satisfaction, DimensionsAreBounded) {
  TopologyDriver driver(graph(", max_dimensions: 3"));
  v1::Event event = surveyed(0);
  for (int i = 0; i < 10; ++i) ask(event, "d" + std::to_string(i), 3);
  driver.feed(event);
  EXPECT_EQ(slice(driver).dimensions_size(), 3);
  EXPECT_EQ(slice(driver).faded().sums_size(), 2 + 2 + 3 * 2);
  EXPECT_GT(sum_at(0, slice(driver).faded()), 0);
  EXPECT_EQ(sum_at(0, slice(driver).faded()), sum_at(4, slice(driver).faded())) << "weights, all and of d0";
}

TEST(Satisfaction, ResolvedIsAClaimUntilConfirmed) {
  TopologyDriver driver(graph());
  const auto points = [&](double d) {
    const std::optional<Contribution> c =
        find(driver.signals("c", "satisfaction", day(d)), "open_complaints");
    return c.has_value() ? c->points : 0;
  };
  driver.feed(complained("c", 0, "x", v1::COMPLAINT_STAGE_OPENED));
  EXPECT_DOUBLE_EQ(points(1), 0.8);
  EXPECT_DOUBLE_EQ(points(8), 1.2) << "overdue";
  driver.feed(complained("c", 9, "x", v1::COMPLAINT_STAGE_RESOLVED));
  EXPECT_DOUBLE_EQ(points(9), 0.4);
  driver.feed(complained("c", 10, "x", v1::COMPLAINT_STAGE_REOPENED));
  EXPECT_DOUBLE_EQ(points(10), 0.8) << "the time to recover starts anew";
  driver.feed(complained("c", 11, "x", v1::COMPLAINT_STAGE_RESOLVED));
  EXPECT_DOUBLE_EQ(points(40), 0.4);
  EXPECT_DOUBLE_EQ(points(41), 0) << "nobody disputed it for 30 days";
  driver.feed(complained("c", 12, "x", v1::COMPLAINT_STAGE_CONFIRMED));
  EXPECT_DOUBLE_EQ(points(12), 0) << "back to where it was, and no lower";
}

TEST(Satisfaction, APromiseSetsTheTimeToRecover) {
  TopologyDriver driver(graph());
  v1::Event event = complained("c", 0, "x", v1::COMPLAINT_STAGE_OPENED);
  *event.mutable_feedback()->mutable_complaint()->mutable_promised_time() =
      google::protobuf::util::TimeUtil::MillisecondsToTimestamp(day(2));
  driver.feed(event);
  EXPECT_EQ(driver.signals("c", "satisfaction", day(1.9)).get(Measure::kOverdueComplaints), 0);
  EXPECT_EQ(driver.signals("c", "satisfaction", day(2)).get(Measure::kOverdueComplaints), 1);
  EXPECT_EQ(driver.signals("c", "satisfaction", day(1)).next_change_ms(), day(2));
}

TEST(Satisfaction, CasesAreBoundedAndTheRestIsCounted) {
  TopologyDriver driver(graph(", max_cases: 3"));
  for (int i = 0; i < 5; ++i) driver.feed(complained("c", i, std::to_string(i), v1::COMPLAINT_STAGE_OPENED));
  EXPECT_EQ(slice(driver).cases_size(), 3);
  EXPECT_EQ(driver.signals("c", "satisfaction", day(5)).get(Measure::kOpenComplaints), 5);
  for (int i = 0; i < 5; ++i)
    driver.feed(complained("c", 10 + i, std::to_string(i), v1::COMPLAINT_STAGE_CONFIRMED));
  EXPECT_EQ(driver.signals("c", "satisfaction", day(20)).get(Measure::kOpenComplaints), 0);
  EXPECT_EQ(slice(driver).cases_size(), 3);
}

TEST(Satisfaction, WhoWasAskedOrRefusedIsLeftInPeace) {
  TopologyDriver driver(graph());
  const auto wanted = [&](double d) {
    return *driver.signals("c", "satisfaction", day(d)).get(Measure::kAnswerWanted) > 0;
  };
  v1::Event sent = surveyed(0);
  sent.mutable_survey()->set_status(v1::SURVEY_STATUS_SENT);
  driver.feed(sent);
  EXPECT_FALSE(wanted(10));
  EXPECT_TRUE(wanted(31));
  driver.feed(rated("c", 32, 4, 1, 5));
  EXPECT_FALSE(wanted(40)) << "the answer is fresh";
  EXPECT_TRUE(wanted(32 + 400)) << "it has faded";
  v1::Event declined = surveyed(433);
  declined.mutable_survey()->set_status(v1::SURVEY_STATUS_DECLINED);
  driver.feed(declined);
  EXPECT_FALSE(wanted(600));
  v1::Event profile = surveyed(900);
  profile.mutable_profile()->set_no_contact(true);
  driver.feed(profile);
  EXPECT_FALSE(wanted(2000));
}

// Weight and sum by dimension, "" of all.
std::map<std::string, std::pair<double, double>> sums_of(const SatisfactionSlice& slice) {
  std::map<std::string, std::pair<double, double>> out;
  const auto keep = [&](const std::string& name, int place) {
    out[name] = {sum_at(place, slice.faded()), sum_at(place + 1, slice.faded())};
  };
  keep("", 0);
  for (int i = 0; i < slice.dimensions_size(); ++i)
    keep(std::string(dimension_of(slice.dimensions(i))), 4 + 2 * i);
  return out;
}

// Without the offsets, which differ with the order, and the sums, which differ by rounding.
std::string without_sums(SatisfactionSlice slice) {
  slice.mutable_faded()->clear_sums();
  slice.clear_dimensions();
  std::sort(slice.mutable_cases()->begin(), slice.mutable_cases()->end(),
            [](const auto& a, const auto& b) { return a.id() < b.id(); });
  for (auto& c : *slice.mutable_cases()) c.mutable_event()->clear_offset();
  for (auto& w : *slice.mutable_worst()) w.mutable_event()->clear_offset();
  return slice.DebugString();
}

TEST(Satisfaction, TheOrderOfArrivalPlaysNoPart) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::vector<v1::Event> events;
    for (int i = 0; i < 30; ++i) {
      const double at = below(1000);
      v1::Event event;
      switch (below(3)) {
        case 0:
          event = rated("c", at, below(11), 0, 10);
          break;
        case 1:
          event =
              complained("c", at, std::to_string(below(4)), static_cast<v1::ComplaintStage>(1 + below(6)));
          event.mutable_feedback()->mutable_complaint()->set_severity(below(5) / 4.0);
          break;
        default:
          event = surveyed(at);
          ask(event, "d" + std::to_string(below(5)), 1 + below(5)).set_expected(1 + below(5));
      }
      event.set_event_id(std::to_string(i));
      events.push_back(event);
    }
    TopologyDriver first(graph()), second(graph());
    for (const v1::Event& event : events) first.feed(event);
    std::shuffle(events.begin(), events.end(), random);
    for (const v1::Event& event : events) second.feed(event);
    ASSERT_EQ(without_sums(slice(first)), without_sums(slice(second))) << "seed " << seed;
    const auto a = sums_of(slice(first)), b = sums_of(slice(second));
    ASSERT_EQ(a.size(), b.size()) << "seed " << seed;
    for (const auto& [name, sums] : a) {
      ASSERT_TRUE(b.contains(name)) << name;
      ASSERT_NEAR(sums.first, b.at(name).first, 1e-3) << name << ", seed " << seed;
      ASSERT_NEAR(sums.second, b.at(name).second, 1e-3) << name << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace ebb
