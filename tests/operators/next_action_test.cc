// What is suggested for whom.
#include "operators/next_action.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ebb {
namespace {

v1::SuggestedAction critical(const Signals& risk) {
  return next_action(v1::ALERT_KIND_CHURN_RISK, v1::RISK_LEVEL_CRITICAL, risk);
}

TEST(NextAction, NeverLetsGoWhoHasNotBought) {
  Signals risk;
  risk.set(Measure::kProfitMinor, -500);
  risk.set(Measure::kExpectedMarginMinor, 0);
  EXPECT_EQ(critical(risk), v1::SUGGESTED_ACTION_CUT_COST_TO_SERVE);
  risk.set(Measure::kPurchases, 3);
  EXPECT_EQ(critical(risk), v1::SUGGESTED_ACTION_LET_GO);
  risk.set(Measure::kReferredValueMinor, 1000);
  EXPECT_EQ(critical(risk), v1::SUGGESTED_ACTION_CUT_COST_TO_SERVE) << "worth their network";
}

TEST(NextAction, OffersNoPriceToTheDissatisfied) {
  Signals risk;
  risk.set(Measure::kPurchases, 3);
  risk.set(Measure::kValueAtRiskMinor, 1000);
  risk.contribute("price", 1);
  EXPECT_EQ(critical(risk), v1::SUGGESTED_ACTION_REPRICE);
  risk.set(Measure::kSatisfaction, 0.2);
  EXPECT_EQ(critical(risk), v1::SUGGESTED_ACTION_CONTACT);
  EXPECT_THAT(action_text(critical(risk), risk), testing::HasSubstr("a discount won't help"));
}

TEST(NextAction, RecoversBeforeAllElse) {
  Signals risk;
  risk.set(Measure::kOpenComplaints, 1);
  risk.set(Measure::kSatisfaction, 0.1);
  risk.set(Measure::kProfitMinor, -500);
  EXPECT_EQ(critical(risk), v1::SUGGESTED_ACTION_RECOVER);
}

TEST(NextAction, RepairsWhatIsFaulty) {
  Signals risk;
  risk.contribute("silence", 2);
  risk.contribute("support", 0.5);
  risk.contribute("fault", 0.6);
  risk.set(Measure::kSatisfaction, 0.1);
  EXPECT_EQ(critical(risk), v1::SUGGESTED_ACTION_RECOVER);
  EXPECT_THAT(action_text(critical(risk), risk), testing::HasSubstr("Repair or replace"));
  EXPECT_THAT(action_text(critical(risk), risk), testing::Not(testing::HasSubstr("complaint")));
  risk.set(Measure::kOpenComplaints, 1);
  EXPECT_THAT(action_text(critical(risk), risk), testing::HasSubstr("Repair or replace"));
  EXPECT_THAT(action_text(critical(risk), risk), testing::HasSubstr("complaint"));
  risk.contribute("promise", 1);
  EXPECT_THAT(action_text(critical(risk), risk), testing::Not(testing::HasSubstr("Repair")));
}

}  // namespace
}  // namespace ebb
