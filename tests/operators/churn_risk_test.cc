// churn_risk: contributions sum to the score, risk rises with silence, and what isn't known is left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "config/diagnostics.h"
#include "config/load.h"
#include "config/yaml.h"
#include "operators/models/campaign_profit.h"
#include "operators/models/crossing.h"
#include "operators/models/lifetime_value.h"
#include "operators/models/plain_risk.h"
#include "operators/models/rhythm.h"
#include "operators/risk_model.h"
#include "tests/operators/topology_driver.h"
#include "tests/temp_dir.h"

namespace ebb {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::MatchesRegex;

double sum_of(const Signals& signals) {
  double sum = 0;
  for (const Contribution& c : signals.contributions()) sum += c.points;
  return sum;
}

TEST(PlainRisk, GoldenScore) {
  const Rhythm rhythm{
      .purchases = 20, .silence_days = 60, .gap_days = 12, .active_days = 133, .regularity = 4};
  const RhythmTerms terms = rhythm_terms({}, rhythm, 60);
  EXPECT_NEAR(terms.silence, 1.002 * 2 * std::log(6), 1e-12);
  EXPECT_NEAR(terms.frequency, -0.675 * std::log(20), 1e-12);
  EXPECT_NEAR(terms.tenure, -0.232 * std::log1p(133.0 / 30), 1e-12);
  EXPECT_NEAR(terms.pace, -1.020 * std::log(5), 1e-12);
  EXPECT_NEAR(logistic(log_odds(0.9)), 0.9, 1e-12);
}

TEST(Crossing, IsWhereTheExcessBegins) {
  for (const double at : {0.3, 5.0, 64.0, 900.0}) {
    const auto excess = [&](double x) { return std::log1p(x) - std::log1p(at); };
    const double found = first_crossing(excess, excess(0), 1, 1000, 1e-4);
    EXPECT_GE(found, at);
    EXPECT_LE(found, at + 1e-4);
  }
  EXPECT_TRUE(std::isinf(first_crossing([](double) { return -1.0; }, -1, 1, 1000, 1e-4)));
}

TEST(Worth, WhoIsLongGoneIsLostNotAtRisk) {
  EXPECT_EQ(reachable_share(30, 600), 1);
  EXPECT_EQ(reachable_share(450, 600), 0.5);
  EXPECT_EQ(reachable_share(1e6, 600), 0);
  // Of those who stay 60 % don't buy either: half of the others have left.
  EXPECT_NEAR(share_lost(0.8, 0.6), 0.5, 1e-12);
  EXPECT_EQ(share_lost(0.5, 0.6), 0);
}

TEST(Worth, SimpleLifetimeValue) {
  EXPECT_EQ(simple_lifetime_value(20, 1, 1, 36), 720);
  EXPECT_EQ(discounted_margin(2, 100, 0), 200);
  EXPECT_NEAR(discounted_margin(1, 1e9, 0.1), 365.25 / std::log(1.1), 1e-6);
}

TEST(Worth, TheBudgetIsWhereActingEarnsNothing) {
  Campaign campaign{.value = 0, .incentive = 0, .contact = 100};
  campaign.incentive = keep_budget(0.6, 50'000, campaign);
  EXPECT_GT(campaign.incentive, 0);
  EXPECT_NEAR(profit_of_acting(0.6, 50'000, campaign), 0, 1e-6);
  EXPECT_EQ(keep_budget(0, 50'000, campaign), 0);
}

TEST(Rhythm, RegularGapsHaveALargeShape) {
  EXPECT_EQ(gap_regularity({.gaps = 1, .days = 7, .ln_days = std::log(7)}), 1);
  EXPECT_NEAR(gap_regularity({.gaps = 10, .days = 70, .ln_days = 10 * std::log(7)}), (9 * 12 + 10) / 19.0,
              1e-12);
  // Gaps of 1, 2, 4, ..., 512 days are less regular than chance.
  EXPECT_LT(gap_regularity({.gaps = 10, .days = 1023, .ln_days = 45 * std::log(2)}), 1);
}

TEST(ChurnRisk, ContributionsSumToTheScoreAndEachHasASentence) {
  TopologyDriver driver;
  for (int i = 0; i < 5; ++i) driver.feed(purchase("c", 20 * i, 2000));
  driver.feed(rated("c", 81, 1, 1, 5));
  driver.feed(complained("c", 82, "case", v1::COMPLAINT_STAGE_OPENED));
  const Signals s = driver.signals("c", "churn_risk", day(120));
  EXPECT_NEAR(sum_of(s), *s.get(Measure::kRiskScore), 1e-9);
  EXPECT_NEAR(logistic(*s.get(Measure::kRiskScore)), *s.get(Measure::kRiskProbability), 1e-12);
  for (const Contribution& c : s.contributions()) {
    EXPECT_THAT(c.sentence, HasSubstr(".")) << c.name;
    if (c.name == "silence") {
      EXPECT_EQ(c.sentence, "No purchase for 40 days; the usual gap is 33 days.");
      ASSERT_EQ(c.evidence.size(), 1u);
      EXPECT_EQ(c.evidence[0].event_id, "purchase-c-80");
    }
  }
}

TEST(ChurnRisk, RisesWithSilenceAndNeverFalls) {
  TopologyDriver driver;
  for (int i = 0; i < 6; ++i) driver.feed(purchase("c", 7 * i, 2000));
  double before = 0;
  for (int d = 35; d < 700; d += 5) {
    const double now = *driver.signals("c", "churn_risk", day(d)).get(Measure::kRiskProbability);
    EXPECT_GT(now, before);
    before = now;
  }
  EXPECT_GT(before, 0.9);
}

TEST(ChurnRisk, SaysNothingWithoutAnythingToGoBy) {
  TopologyDriver driver(
      "graph:\n  value: {from: [purchases, feedback, surveys, profiles]}\n  churn_risk: {from: value}\n"
      "sinks: {dead_letters: }\n");
  driver.feed(rated("c", 1, 5, 1, 5));
  const Signals s = driver.signals("c", "churn_risk", day(1));
  EXPECT_EQ(s.get(Measure::kRiskProbability), std::nullopt);
  EXPECT_TRUE(s.contributions().empty());
}

TEST(ChurnRisk, PassesOnWhatTheInputsSaid) {
  TopologyDriver driver;
  driver.feed(purchase("c", 0, 12'345));
  const Signals s = driver.signals("c", "churn_risk", day(1));
  EXPECT_EQ(s.get(Measure::kSpendLifeMinor), 12'345);
  EXPECT_EQ(s.get(Measure::kHorizonDays), 60);
  EXPECT_EQ(s.model_version(), "plain-1");
  EXPECT_GT(*s.get(Measure::kValueAtRiskMinor), 0);
}

// ---- with a model file

RiskModel some_model() {
  RiskModel model;
  model.name = "shop";
  model.horizon_days = 90;
  model.timing = {.k = 2, .modified = true, .r = 0.6, .alpha = 7, .a = 0.9, .b = 1.6};
  model.spend = GammaGammaParams{.p = 6, .q = 4, .gamma = 1500};
  model.base = 0.4;
  for (std::size_t i = 0; i < kRiskTerms; ++i) {
    model.weight[i] = 0.1 + 0.01 * static_cast<double>(i);
    model.centre[i] = 0.5;
  }
  model.inputs = {{"open_complaints", 1.5}};
  model.calibration = {.a = 0.9, .b = 1.1, .c = 0.05};
  return model;
}

// A config whose churn_risk uses the model's text.
class ModelFileOf {
 public:
  explicit ModelFileOf(const std::string& text) : path_(dir_.path() + "/model.yaml") {
    std::ofstream(path_) << text;
  }
  std::string config(const std::string& more = "") const {
    return "graph:\n  value: {from: [purchases, feedback, surveys, profiles]}\n"
           "  satisfaction: {from: [purchases, feedback, surveys, profiles]}\n"
           "  churn_risk: {from: [value, satisfaction], model: " +
           path_ + more + "}\n  alert_policy: {from: churn_risk}\n";
  }

 private:
  TempDir dir_;
  const std::string path_;
};

TEST(RiskModel, ReadsBackWhatWasWritten) {
  const std::string text = write_risk_model(some_model(), {"made for a test"});
  Diagnostics diagnostics;
  const RiskModel again = read_risk_model(parse_yaml(text, &diagnostics), &diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.to_string("model");
  EXPECT_EQ(write_risk_model(again, {"made for a test"}), text);
}

TEST(ChurnRisk, TheFittedContributionsSumToTheScoreToo) {
  const ModelFileOf file(write_risk_model(some_model(), {}));
  TopologyDriver driver(file.config());
  for (int i = 0; i < 5; ++i) driver.feed(purchase("c", 20 * i, 2000));
  driver.feed(complained("c", 82, "case", v1::COMPLAINT_STAGE_OPENED));
  const Signals s = driver.signals("c", "churn_risk", day(120));
  EXPECT_NEAR(sum_of(s), *s.get(Measure::kRiskScore), 1e-9);
  EXPECT_THAT(std::string(s.model_version()), MatchesRegex("shop@[0-9a-f]{8}"));
  EXPECT_EQ(s.get(Measure::kHorizonDays), 90);
  std::set<std::string> names;
  for (const Contribution& c : s.contributions()) {
    EXPECT_THAT(c.sentence, HasSubstr(".")) << c.name;
    names.insert(std::string(c.name));
    if (c.name == "open_complaints") {
      EXPECT_NEAR(c.points, 1.5 * 0.8 * 1.5, 1e-6) << "overdue, and weighted";
    }
  }
  EXPECT_THAT(names, IsSupersetOf({"base", "timing", "silence", "spend", "calibration"}));
}

// ---- with a model by segment

RiskModel model_by_region() {
  RiskModel model = some_model();
  model.segment_key = "region";
  SegmentModel north{.value = "north", .timing = model.timing, .shift = 0.7};
  north.timing.a = 2;
  model.segments = {north, {.value = "the \"far\" \\ south: x", .timing = model.timing, .shift = -0.2}};
  return model;
}

v1::Event lives_in(std::string_view customer, const std::string& region) {
  v1::Event event = rated(customer, 0, 3, 1, 5);
  event.set_event_id("profile of " + std::string(customer));
  event.mutable_profile()->set_region(region);
  return event;
}

std::string by_region(const ModelFileOf& file) {
  std::string config = file.config();
  config.replace(config.find("[value, satisfaction]"), 21, "[value, satisfaction, profile]");
  return config + "  profile: {from: profiles}\n";
}

TEST(RiskModel, SegmentsReadBackWhateverTheyAreCalled) {
  const std::string text = write_risk_model(model_by_region(), {});
  Diagnostics diagnostics;
  const RiskModel again = read_risk_model(parse_yaml(text, &diagnostics), &diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.to_string("model");
  EXPECT_EQ(write_risk_model(again, {}), text);
  ASSERT_EQ(again.segments.size(), 2u);
  EXPECT_EQ(again.segments[1].value, model_by_region().segments[1].value);
  EXPECT_EQ(again.segments[1].timing.a, again.timing.a) << "falls back on that of all";
}

// Not only where the whole graph is written out.
TEST(ChurnRisk, AGraphWithANameTakesTheModelToo) {
  const ModelFileOf file(write_risk_model(some_model(), {}));
  const std::string nodes = file.config();
  const std::size_t from = nodes.find("model: ") + 7;
  const std::string path = nodes.substr(from, nodes.find('}', from) - from);
  for (const char* preset : {"default", "catalogue"}) {
    TopologyDriver driver(std::string("graph:\n  preset: ") + preset + "\n  churn_risk: {model: " + path +
                          "}\n");
    driver.feed(purchase("c", 0, 2000));
    EXPECT_THAT(std::string(driver.signals("c", "churn_risk", day(30)).model_version()),
                MatchesRegex("shop@[0-9a-f]{8}"))
        << preset;
  }
  Diagnostics faults;
  parse_config(config_text("graph: {preset: default, churn_risk: {model: /nowhere/m.yaml}}\n"), "shop.yaml",
               &faults);
  EXPECT_THAT(faults.to_string("shop.yaml"), HasSubstr("graph.churn_risk.model: can't read"));
}

TEST(ChurnRisk, TakesTheSegmentsParametersAndNamesThem) {
  const ModelFileOf file(write_risk_model(model_by_region(), {}));
  TopologyDriver driver(by_region(file));
  for (const char* customer : {"north", "elsewhere", "unknown"}) {
    if (customer != std::string("unknown")) driver.feed(lives_in(customer, customer));
    for (int i = 0; i < 5; ++i) driver.feed(purchase(customer, 20 * i, 2000));
  }
  const Signals north = driver.signals("north", "churn_risk", day(120));
  EXPECT_THAT(std::string(north.model_version()), MatchesRegex("shop@[0-9a-f]{8}/region=north"));
  EXPECT_NEAR(sum_of(north), *north.get(Measure::kRiskScore), 1e-9);
  std::map<std::string, double> points;
  for (const Contribution& c : north.contributions()) points[std::string(c.name)] = c.points;
  EXPECT_EQ(points.at("segment"), 0.7);

  const Signals elsewhere = driver.signals("elsewhere", "churn_risk", day(120));
  const Signals unknown = driver.signals("unknown", "churn_risk", day(120));
  EXPECT_THAT(std::string(elsewhere.model_version()), MatchesRegex("shop@[0-9a-f]{8}"));
  EXPECT_EQ(elsewhere.get(Measure::kRiskScore), unknown.get(Measure::kRiskScore));
  for (const Contribution& c : unknown.contributions()) {
    EXPECT_NE(c.name, "segment");
    if (c.name == "timing") {
      EXPECT_LT(c.points, points.at("timing")) << "north's customers leave sooner";
    }
  }

  const Signals now = driver.signals("north", "churn_risk", day(81));
  const RiskCurve::Point later = now.risk_curve()->after(now, 39);
  EXPECT_NEAR(later.score, *north.get(Measure::kRiskScore), 1e-9);
}

// Who has been silent for long is expected to bring less than if they stayed; all of it stands on the alert.
TEST(ChurnRisk, SaysWhatTheCustomerIsWorthWithLeavingReckonedIn) {
  const ModelFileOf file(write_risk_model(some_model(), {}));
  TopologyDriver driver(file.config());
  for (int i = 0; i < 5; ++i) driver.feed(purchase("c", 20 * i, 2000));
  const Signals now = driver.signals("c", "churn_risk", day(81));
  const Signals later = driver.signals("c", "churn_risk", day(281));
  const double if_they_stay = *now.get(Measure::kLifetimeValueMinor);
  EXPECT_LT(*now.get(Measure::kExpectedLifetimeMinor), if_they_stay);
  EXPECT_LT(*later.get(Measure::kExpectedLifetimeMinor), *now.get(Measure::kExpectedLifetimeMinor) / 2);
  EXPECT_GT(*later.get(Measure::kExpectedLifetimeMinor), 0);
  // The plain model has no notion of leaving.
  TopologyDriver plain;
  plain.feed(purchase("c", 0, 2000));
  EXPECT_EQ(plain.signals("c", "churn_risk", day(1)).get(Measure::kExpectedLifetimeMinor), std::nullopt);
}

// A shop that lives of December.
RiskModel model_with_season() {
  RiskModel model = some_model();
  SeasonFactors factors;
  factors.fill(0.5);
  factors[11] = 6.5;
  model.season = Season(factors);
  return model;
}

TEST(RiskModel, TheSeasonReadsBackAndMisspeltOnesAreTold) {
  RiskModel model = model_with_season();
  model.segment_key = "region";
  model.segments = {{.value = "north",
                     .timing = model.timing,
                     .shift = 0.7,
                     .season = Season({1, 1, 1, 1, 1, 1, 1.5, 1.5, 0.5, 0.5, 1, 1})}};
  const std::string text = write_risk_model(model, {});
  Diagnostics diagnostics;
  const RiskModel again = read_risk_model(parse_yaml(text, &diagnostics), &diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.to_string("model");
  EXPECT_EQ(write_risk_model(again, {}), text);
  std::string wrong = text;
  wrong.replace(wrong.find("dec: "), 5, "dez: ");
  read_risk_model(parse_yaml(wrong, &diagnostics), &diagnostics);
  EXPECT_THAT(diagnostics.to_string("model"),
              AllOf(HasSubstr("dec: missing"), HasSubstr("unknown key 'dez'")));
}

// Two months of silence after Christmas say less than two in which Christmas was; the reasons still sum.
TEST(ChurnRisk, SilenceOutOfSeasonSaysLess) {
  const auto judged = [](const RiskModel& model, double first_day) {
    const ModelFileOf file(write_risk_model(model, {}));
    TopologyDriver driver(file.config());
    for (int i = 0; i < 5; ++i) driver.feed(purchase("c", first_day + 20 * i, 2000));
    const Signals s = driver.signals("c", "churn_risk", day(first_day + 80 + 60));
    EXPECT_NEAR(sum_of(s), *s.get(Measure::kRiskScore), 1e-9);
    return s;
  };
  const auto timing = [](const Signals& s) {
    for (const Contribution& c : s.contributions()) {
      if (c.name == "timing") return c;
    }
    return Contribution{};
  };
  const double start = days_since_1970(day(0));
  const double to_new_year = std::ceil(start / 365.2425) * 365.2425 - start;
  const Signals after = judged(model_with_season(), to_new_year - 81);
  const Signals over = judged(model_with_season(), to_new_year + 365 - 140);
  EXPECT_THAT(timing(after).sentence, HasSubstr("In this season 60 days without a purchase are as much as"));
  EXPECT_LT(*after.get(Measure::kRiskReason), *over.get(Measure::kRiskReason));
  const Signals even = judged(some_model(), to_new_year - 81);
  EXPECT_LT(*after.get(Measure::kRiskReason), *even.get(Measure::kRiskReason));
  EXPECT_THAT(timing(even).sentence, Not(HasSubstr("season")));
}

TEST(ChurnRisk, TheCurveIsWhatALaterJudgementSays) {
  const ModelFileOf file(write_risk_model(some_model(), {}));
  const ModelFileOf seasonal(write_risk_model(model_with_season(), {}));
  for (const std::string& config : {std::string(), file.config(), seasonal.config()}) {
    TopologyDriver driver(config);
    for (int i = 0; i < 5; ++i) driver.feed(purchase("c", 20 * i, 2000));
    const Signals now = driver.signals("c", "churn_risk", day(81));
    ASSERT_NE(now.risk_curve(), nullptr);
    for (const double days : {0.0, 1.0, 30.0, 700.0}) {
      const Signals later = driver.signals("c", "churn_risk", day(81 + days));
      const RiskCurve::Point point = now.risk_curve()->after(now, days);
      EXPECT_NEAR(point.score, *later.get(Measure::kRiskScore), 1e-9) << days;
      EXPECT_NEAR(point.reason, *later.get(Measure::kRiskReason), 1e-9) << days;
    }
  }
}

TEST(ChurnRisk, ABadModelFileIsToldWithItsPlaces) {
  std::string text = write_risk_model(some_model(), {});
  text.replace(text.find("r: 0.6"), 6, "r: -1.");
  const ModelFileOf file(text);
  EXPECT_THAT(build_errors(file.config()), AllOf(HasSubstr("model.yaml:4:"), HasSubstr("timing.r")));
  const ModelFileOf good(write_risk_model(some_model(), {}));
  EXPECT_THAT(build_errors(good.config(", horizon: 30d")), HasSubstr("fitted to a horizon of 90 days"));
  Diagnostics diagnostics;
  parse_config(config_text("graph: {churn_risk: {from: purchases, model: /nowhere/m.yaml}}\n"), "shop.yaml",
               &diagnostics);
  EXPECT_THAT(diagnostics.to_string("shop.yaml"), HasSubstr("can't read '/nowhere/m.yaml'"));
}

}  // namespace
}  // namespace ebb
