// churn_risk: contributions sum to the score, risk rises with silence, and what isn't known is left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "operators/models/plain_risk.h"
#include "operators/models/rhythm.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

using ::testing::HasSubstr;

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

TEST(PlainRisk, TheCrossingIsWhereTheScoreReachesTheThreshold) {
  for (const double regularity : {1.0, 3.0, 9.0}) {
    for (const double gap : {1.0, 12.0, 80.0}) {
      Rhythm rhythm{
          .purchases = 9, .silence_days = 5, .gap_days = gap, .active_days = 90, .regularity = regularity};
      const auto score = [&] {
        const RhythmTerms t = rhythm_terms({}, rhythm, 60);
        return t.base + t.silence + t.frequency + t.tenure + t.pace;
      };
      const double slope = rhythm_terms({}, rhythm, 60).silence_slope;
      const double before = score();
      rhythm.silence_days = silence_at_score(before, before + 1.5, 5, gap, slope);
      EXPECT_NEAR(score(), before + 1.5, 1e-9);
      EXPECT_EQ(silence_at_score(1, 0.5, 5, gap, slope), 5) << "already there";
    }
  }
  EXPECT_TRUE(std::isinf(silence_at_score(0, 1, 5, 10, 0)));
}

TEST(PlainRisk, WhoIsLongGoneIsLostNotAtRisk) {
  Rhythm rhythm{.purchases = 5, .silence_days = 30, .gap_days = 30};
  EXPECT_DOUBLE_EQ(value_at_risk(100, 60, 0.5, rhythm), 3000);
  rhythm.silence_days = 0.75 * given_up_after_days(30, 60);
  EXPECT_DOUBLE_EQ(value_at_risk(100, 60, 0.5, rhythm), 1500);
  rhythm.silence_days = 1e6;
  EXPECT_DOUBLE_EQ(value_at_risk(100, 60, 0.5, rhythm), 0);
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

}  // namespace
}  // namespace ebb
