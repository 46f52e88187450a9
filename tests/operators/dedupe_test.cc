// dedupe: what counts once, and what is forgotten.
#include <gtest/gtest.h>

#include "ebb/state/v1/dedupe_slice.pb.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

const state::v1::DedupeSlice& slice(TopologyDriver& driver) {
  return static_cast<const state::v1::DedupeSlice&>(*driver.row("c").slices[0]);
}

std::string graph(const std::string& params) {
  return "graph:\n  dedupe: {from: [purchases, feedback, surveys, profiles], " + params +
         "}\n  value: {from: dedupe}\nsinks: {dead_letters: }\n";
}

TEST(Dedupe, TheSameIdCountsOnceInWhateverOrder) {
  TopologyDriver driver(graph("max_ids: 10"));
  for (const double d : {3, 1, 2}) EXPECT_EQ(driver.feed(purchase("c", d, 100)), Verdict::kApplied);
  for (const double d : {2, 1, 3}) EXPECT_EQ(driver.feed(purchase("c", d, 100)), Verdict::kDuplicate);
  EXPECT_EQ(driver.signals("c", "value", day(3)).get(Measure::kPurchases), 3);
}

TEST(Dedupe, IdsBelongToTheirSourceAndCustomer) {
  TopologyDriver driver(graph("max_ids: 10"));
  v1::Event feedback = rated("c", 1, 3, 1, 5);
  feedback.set_event_id("x");
  EXPECT_EQ(driver.feed(purchase("c", 1, 100, "x")), Verdict::kApplied);
  EXPECT_EQ(driver.feed(feedback), Verdict::kApplied);
  EXPECT_EQ(driver.feed(purchase("d", 1, 100, "x")), Verdict::kApplied);
}

TEST(Dedupe, RemembersTheLastIdsOnly) {
  TopologyDriver driver(graph("max_ids: 3"));
  for (const double d : {1, 2, 3, 4}) driver.feed(purchase("c", d, 100));
  EXPECT_EQ(slice(driver).low_size(), 3);
  EXPECT_EQ(driver.feed(purchase("c", 2, 100)), Verdict::kDuplicate);
  EXPECT_EQ(driver.feed(purchase("c", 1, 100)), Verdict::kApplied) << "forgotten, so it counts as late";
}

TEST(Dedupe, KnowsEachOfThoseKeptAndNoneOfTheOthers) {
  for (const int max : {1, 7, 8, 9, 32}) {
    TopologyDriver driver(graph("max_ids: " + std::to_string(max)));
    for (int i = 0; i < 100; ++i) driver.feed(purchase("c", i, 100));
    EXPECT_EQ(slice(driver).low_size(), max);
    EXPECT_EQ(slice(driver).high_size(), (max + 3) / 4);
    for (int i = 100 - max; i < 100; ++i) EXPECT_EQ(driver.feed(purchase("c", i, 100)), Verdict::kDuplicate);
    EXPECT_EQ(driver.feed(purchase("c", 99 - max, 100)), Verdict::kApplied) << max;
  }
}

TEST(Dedupe, TakesSixBytesAnId) {
  TopologyDriver driver(graph("max_ids: 64"));
  for (int i = 0; i < 100; ++i) driver.feed(purchase("c", i, 100));
  EXPECT_LE(slice(driver).ByteSizeLong(), 64 * 6 + 8u);
}

TEST(Dedupe, KnowsTheDuplicateThatFollowsAVeryLateEvent) {
  TopologyDriver driver(graph("max_ids: 10"));
  driver.feed(purchase("c", 100, 100));
  EXPECT_EQ(driver.feed(purchase("c", 1, 100)), Verdict::kApplied);
  EXPECT_EQ(driver.feed(purchase("c", 1, 100)), Verdict::kDuplicate);
}

}  // namespace
}  // namespace ebb
