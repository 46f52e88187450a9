// The graph: what is refused with which words, what runs in which order, and what a version is worth.
#include "operators/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operators/tally.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> order(const Topology& topology) {
  std::vector<std::string> names;
  for (const NodeInfo& node : topology.nodes()) names.push_back(node.name);
  return names;
}

TEST(Topology, RunsGatesFirstAndInputsBeforeThoseTheyFeed) {
  const TopologyDriver driver(
      "graph: {policy: {op: alert_policy, from: risk}, risk: {op: churn_risk, from: worth},\n"
      "        worth: {op: value, from: [purchases, once]}, once: {op: dedupe, from: [purchases, feedback, "
      "surveys, profiles]}}\n");
  EXPECT_THAT(order(driver.topology()), ElementsAre("once", "worth", "risk", "policy"));
}

TEST(Topology, NodesTellWhatTheyAre) {
  const TopologyDriver driver;
  const std::vector<NodeInfo>& nodes = driver.topology().nodes();
  EXPECT_EQ(nodes.front().op, "dedupe");
  EXPECT_THAT(nodes.back().from, ElementsAre("churn_risk"));
  EXPECT_THAT(nodes.back().sinks, ElementsAre(0, 1));
  EXPECT_EQ(nodes[nodes.size() - 2].model_version, "plain-1");
}

TEST(Topology, EveryFaultOfTheGraphIsSaidWithItsPlace) {
  EXPECT_THAT(build_errors("graph:\n"
                           "  dedup: {from: [purchases, feedback, surveys, profiles]}\n"
                           "sinks: {dead_letters: }\n"),
              AllOf(HasSubstr("shop.yaml:5:3: "), HasSubstr("there is no operator 'dedup'"),
                    HasSubstr("did you mean 'dedupe'?")));
  EXPECT_THAT(build_errors("graph:\n"
                           "  value: {from: [purchase, feedback, surveys, profiles]}\n"
                           "sinks: {dead_letters: }\n"),
              AllOf(HasSubstr("shop.yaml:5:18: "), HasSubstr("'purchase' is neither a source nor a node"),
                    HasSubstr("did you mean 'purchases'?")));
  EXPECT_THAT(build_errors("graph:\n"
                           "  value: {from: [purchases, feedback, surveys, profiles, b]}\n"
                           "  a: {op: churn_risk, from: b}\n"
                           "  b: {op: churn_risk, from: a}\n"
                           "sinks: {dead_letters: }\n"),
              HasSubstr("the nodes feed each other in a circle: b <- a <- b"));
  EXPECT_THAT(build_errors("graph:\n"
                           "  value: {from: [purchases, feedback, surveys]}\n"
                           "sinks: {dead_letters: }\n"),
              HasSubstr("source 'profiles' feeds no node"));
}

TEST(Topology, ASinkNeedsANodeThatFeedsIt) {
  const std::string graph = "graph:\n  value: {from: [purchases, feedback, surveys, profiles]}\n";
  EXPECT_THAT(build_errors(graph + "sinks: {alerts: {from: valu}}\n"),
              AllOf(HasSubstr("there is no node 'valu'"), HasSubstr("did you mean 'value'?")));
  EXPECT_THAT(build_errors(graph + "sinks:\n  alerts: {from: value}\n"),
              AllOf(HasSubstr("shop.yaml:7:3: "), HasSubstr("node 'value' (value) emits no alerts")));
}

TEST(Topology, DuplicatesAreDroppedInOnePlaceOnly) {
  EXPECT_THAT(build_errors("graph:\n"
                           "  a: {op: dedupe, from: [purchases, feedback, surveys, profiles]}\n"
                           "  b: {op: dedupe, from: [purchases]}\n"
                           "  value: {from: [a, b]}\n"
                           "sinks: {dead_letters: }\n"),
              HasSubstr("the events of source 'purchases' pass node 'a' already"));
  EXPECT_THAT(build_errors("graph:\n"
                           "  value: {from: [purchases, feedback, surveys, profiles]}\n"
                           "  b: {op: dedupe, from: value}\n"
                           "sinks: {dead_letters: }\n"),
              HasSubstr("only sources may feed it"));
}

TEST(Topology, WrongParametersAreSaidWithTheirPlace) {
  const std::string before = "graph:\n  value: {from: [purchases, feedback, surveys, profiles]}\n";
  const std::string sinks = "sinks: {dead_letters: }\n";
  const auto errors = [&](const std::string& node) {
    return build_errors(before + "  " + node + "\n" + sinks);
  };
  EXPECT_THAT(errors("churn_risk: {from: value, horzon: 60d}"),
              AllOf(HasSubstr("shop.yaml:6:29: "), HasSubstr("horizon")));
  EXPECT_THAT(errors("churn_risk: {from: value, coefficients: {silence: -1}}"),
              HasSubstr("coefficients.silence"));
  EXPECT_THAT(errors("churn_risk: {from: value, horizon: 60}"), HasSubstr("graph.churn_risk.horizon"));
  EXPECT_THAT(errors("alert_policy: {from: value, warning: 0.4}"),
              AllOf(HasSubstr("graph.alert_policy.warning"), HasSubstr("must be above watch (0.5)")));
  EXPECT_THAT(errors("v2: {op: value, from: purchases, margin: 1.5}"), HasSubstr("graph.v2.margin"));
}

TEST(Topology, TheVersionChangesWithTheMeaningAndWithNothingElse) {
  const auto version = [](const std::string& rest) { return TopologyDriver(rest).topology().version(); };
  const std::string graph = "graph:\n  value: {from: [purchases, feedback, surveys, profiles], ";
  const std::string base = version(graph + "margin: 0.2, half_life: 90d}\nsinks: {dead_letters: }\n");
  EXPECT_EQ(base.size(), 16u);
  EXPECT_EQ(base, version(graph + "half_life: 90d, margin: 0.2}\nsinks: {dead_letters: {topic: other}}\n"));
  EXPECT_NE(base, version(graph + "margin: 0.3, half_life: 90d}\nsinks: {dead_letters: }\n"));
  EXPECT_NE(base, version(graph +
                          "margin: 0.2, half_life: 90d}\nmoney: {currency: EUR}\nsinks: {dead_letters: }\n"));
}

TEST(Topology, ADuplicateLeavesTheRowAsItWas) {
  TopologyDriver driver;
  const v1::Event event = purchase("c", 1, 1000);
  EXPECT_EQ(driver.feed(event), Verdict::kApplied);
  const std::string before = driver.bytes("c");
  const TimeMs due_ms = driver.row("c").due_ms;
  EXPECT_EQ(driver.feed(event), Verdict::kDuplicate);
  EXPECT_EQ(driver.bytes("c"), before);
  EXPECT_EQ(driver.row("c").due_ms, due_ms);
}

// Else its entry would name a customer whose marker has gone.
TEST(Topology, NoTimerIsSetFurtherAheadThanTheMarkerOfAnErasedCustomerLasts) {
  TopologyDriver far, near("state: {erasure_marker: 3d}\n");
  for (const int at_day : {0, 10, 20, 30}) {
    far.feed(purchase("anna", at_day, 1'000));
    near.feed(purchase("anna", at_day, 1'000));
  }
  EXPECT_GT(far.row("anna").due_ms, day(33));
  EXPECT_EQ(near.row("anna").due_ms, day(33));
}

TEST(SharedState, IsJudgedByFinishedDaysAndLosesWhoIsErased) {
  TopologyDriver driver(
      "graph: {tally: {from: [purchases, feedback, surveys, profiles]}}\nsinks: {dead_letters: }\n",
      find_tally_too);
  EXPECT_TRUE(driver.topology().has_shared());
  const auto seen_by = [&](const char* customer, double at_day) {
    return driver.signals(customer, "tally", day(at_day)).get(Measure::kEvidenceWeight);
  };
  driver.live(purchase("a", 0.2, 100));
  driver.live(purchase("b", 0.4, 100));
  EXPECT_EQ(seen_by("a", 0.4), 0) << "today isn't over";
  driver.live(purchase("c", 1.2, 100));
  EXPECT_EQ(seen_by("a", 1.2), 2);
  driver.live(purchase("b", 1.3, 100));
  driver.erase("b");
  driver.erase("nobody");
  EXPECT_EQ(driver.row("b").slices[0], nullptr);
  driver.live(purchase("a", 40.5, 100));
  EXPECT_EQ(seen_by("a", 40.5), 2) << "a and c are left, their first events";
  driver.advance_to(day(60));
  EXPECT_EQ(seen_by("a", 60), 3);
  // Days in which nothing changes don't end.
  ASSERT_EQ(driver.risks.size(), 3u);
  EXPECT_EQ(driver.risks[0].score(), static_cast<double>(day(1)));
  EXPECT_EQ(driver.risks[1].score(), static_cast<double>(day(2)));
  EXPECT_EQ(driver.risks[2].score(), static_cast<double>(day(41)));
}

TEST(SharedState, GraphsThatWantNoneHaveNone) {
  EXPECT_FALSE(TopologyDriver("graph: {value: {from: [purchases, feedback, surveys, profiles]}}\n"
                              "sinks: {dead_letters: }\n")
                   .topology()
                   .has_shared());
}

TEST(Topology, ALateEventIsJudgedAtTheCustomersClock) {
  TopologyDriver driver;
  driver.feed(purchase("c", 50, 1000));
  driver.feed(purchase("c", 20, 1000));
  EXPECT_EQ(driver.row("c").clock_ms, day(50));
  EXPECT_EQ(driver.signals("c", "value", day(50)).get(Measure::kTenureDays), 30);
}

}  // namespace
}  // namespace ebb
