// profile: labels the customer, and takes a region that changes as a sign.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "ebb/state/v1/profile_slice.pb.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kGraph =
    "graph:\n"
    "  value: {from: [purchases, feedback, surveys]}\n"
    "  profile: {from: profiles, keys: [region, kind]}\n"
    "  churn_risk: {from: [value, profile]}\n"
    "  alert_policy: {from: churn_risk}\n";

v1::Event says(double at_day, const std::string& region, const std::string& kind = "") {
  v1::Event event;
  event.set_customer_id("c");
  event.set_event_id(fmt::format("p-{}-{}-{}", at_day, region, kind));
  *event.mutable_event_time() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(day(at_day));
  if (!region.empty()) event.mutable_profile()->set_region(region);
  event.mutable_profile();
  if (!kind.empty()) (*event.mutable_profile()->mutable_segments())["kind"] = kind;
  return event;
}

double moved(TopologyDriver& driver, double at_day) {
  double points = 0;
  const Signals signals = driver.signals("c", "profile", day(at_day));
  for (const Contribution& c : signals.contributions()) points += c.name == "moved" ? c.points : 0;
  return points;
}

TEST(Profile, LabelsTheCustomer) {
  TopologyDriver driver(kGraph);
  driver.feed(says(0, "north", "shop"));
  driver.feed(says(5, "", "web"));
  driver.feed(says(6, std::string(65, 'x')));
  EXPECT_THAT(driver.signals("c", "profile", day(7)).labels(),
              ElementsAre(Pair("region", "north"), Pair("kind", "web")));
}

TEST(Profile, AnotherRegionIsASignThatFades) {
  TopologyDriver driver(kGraph);
  driver.feed(purchase("c", 0, 1000));
  driver.feed(says(0, "north"));
  driver.feed(says(10, "north"));
  EXPECT_EQ(moved(driver, 11), 0) << "said twice";
  const double before = *driver.signals("c", "churn_risk", day(20)).get(Measure::kRiskScore);
  driver.feed(says(20, "abroad", "web"));
  const Signals after = driver.signals("c", "churn_risk", day(20));
  EXPECT_NEAR(*after.get(Measure::kRiskScore), before + 1.5, 1e-9);
  for (const Contribution& c : after.contributions()) {
    if (c.name != "moved") continue;
    EXPECT_EQ(c.sentence, "Moved to another region under a day ago.");
    ASSERT_EQ(c.evidence.size(), 1u);
    EXPECT_EQ(c.evidence[0].event_id, "p-20-abroad-web");
  }
  EXPECT_NEAR(moved(driver, 80), 0.75, 1e-9);
  EXPECT_NEAR(moved(driver, 140), 0.375, 1e-9);
}

TEST(Profile, AnOlderOneAndAnotherKeySayNothing) {
  TopologyDriver driver(kGraph);
  driver.feed(says(20, "north", "shop"));
  driver.feed(says(10, "south"));
  driver.feed(says(30, "", "web"));
  EXPECT_EQ(moved(driver, 31), 0);
  EXPECT_THAT(driver.signals("c", "profile", day(31)).labels(),
              ElementsAre(Pair("region", "north"), Pair("kind", "web")));
}

TEST(Profile, KeepsNoMoreThanItsKeys) {
  TopologyDriver driver(kGraph);
  for (int i = 0; i < 1000; ++i) driver.feed(says(i, fmt::format("r{}", i), fmt::format("k{}", i)));
  EXPECT_LT(driver.bytes("c").size(), 200u);
  EXPECT_THAT(driver.signals("nobody", "profile", day(1)).labels(), IsEmpty());
}

TEST(Profile, RefusesTooManyKeys) {
  std::string graph = kGraph;
  graph.replace(graph.find("[region, kind]"), 14, "[a, b, c, d, e]");
  EXPECT_THAT(build_errors(graph), ::testing::HasSubstr("at most 4 keys"));
}

}  // namespace
}  // namespace ebb
