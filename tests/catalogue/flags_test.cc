// What the catalogue says as flags, which stand beside the score.
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

class Flags : public ::testing::Test {
 protected:
  bool has(Flag flag, double at_day) { return driver_.signals("c", "churn_risk", day(at_day)).has(flag); }
  void tie(double at_day, double end_day) {
    v1::Event event = purchase("c", at_day, 1, "tie");
    v1::Barrier& barrier = *event.mutable_profile()->add_barriers();
    barrier.set_strength(0.9);
    *barrier.mutable_end_time() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(day(end_day));
    driver_.feed(event);
  }

  TopologyDriver driver_{"graph: catalogue\n"};
};

TEST_F(Flags, C8WhoTellsMostTakesKnowledgeAway) {
  driver_.feed(purchase("c", 0, 2000));
  for (int i = 0; i < 8; ++i) {
    v1::Event event = rated("c", 10 + i, 3, 1, 5);
    event.mutable_feedback()->mutable_suggestion()->set_subject("hours");
    event.set_event_id("s" + std::to_string(i));
    EXPECT_FALSE(i < 6 && has(Flag::kTakesKnowledgeAway, 10 + i)) << i;
    driver_.feed(event);
  }
  EXPECT_TRUE(has(Flag::kTakesKnowledgeAway, 18));
  EXPECT_FALSE(has(Flag::kTakesKnowledgeAway, 600)) << "what was told long ago has faded";
}

TEST_F(Flags, L1TheQuadrantFollowsSatisfactionAndTies) {
  driver_.feed(purchase("c", 0, 2000));
  EXPECT_FALSE(has(Flag::kLoyal, 1)) << "nobody has said anything";
  driver_.feed(rated("c", 1, 5, 1, 5));
  EXPECT_TRUE(has(Flag::kLoyal, 1));
  for (int i = 2; i < 8; ++i) driver_.feed(rated("c", i, 1, 1, 5));
  EXPECT_TRUE(has(Flag::kLeaving, 8));
  EXPECT_TRUE(has(Flag::kNoDiscount, 8));
  tie(9, 40);
  EXPECT_TRUE(has(Flag::kCaptive, 9));
  EXPECT_FALSE(has(Flag::kLeaving, 9));
  EXPECT_TRUE(has(Flag::kBarrierEnding, 20));
  EXPECT_TRUE(has(Flag::kLeaving, 41));
}

TEST_F(Flags, C7TheLoopIsClosed) {
  driver_.feed(rated("c", 1, 5, 1, 5));
  EXPECT_TRUE(has(Flag::kThankWanted, 2));
  EXPECT_TRUE(has(Flag::kReferralWanted, 2));
  EXPECT_FALSE(has(Flag::kThankWanted, 16));
  driver_.feed(rated("c", 20, 1, 1, 5));
  EXPECT_TRUE(has(Flag::kContactWanted, 21));
  v1::Event call = rated("c", 22, 1, 1, 5);
  call.mutable_feedback()->clear_rating();
  call.mutable_feedback()->mutable_outreach()->set_action("call");
  driver_.feed(call);
  EXPECT_FALSE(has(Flag::kContactWanted, 23));
}

}  // namespace
}  // namespace ebb
