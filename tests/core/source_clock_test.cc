#include "engine/core/source_clock.h"

#include <gtest/gtest.h>

namespace ebb {
namespace {

constexpr DurationMs kMaxJump = 100;

SourceClock at(TimeMs largest, int confirmations = 2) {
  SourceClock clock(kMaxJump, confirmations);
  clock.observe(largest);
  return clock;
}

TEST(SourceClock, TheFirstTimeIsBelievedHoweverLateItIs) {
  SourceClock clock(kMaxJump, 3);
  EXPECT_EQ(clock.order_of(1'000'000), 1'000'000);
  clock.observe(1'000'000);
  EXPECT_EQ(clock.state().largest_ms, 1'000'000);
}

TEST(SourceClock, LateEventsDontTakeItBack) {
  SourceClock clock = at(1000);
  EXPECT_EQ(clock.order_of(400), 400);
  clock.observe(400);
  EXPECT_EQ(clock.state().largest_ms, 1000);
  EXPECT_EQ(clock.state().order_ms, 400);
}

TEST(SourceClock, AJumpIsOrderedByItsPredecessorAndMovesNothing) {
  SourceClock clock = at(1000);
  EXPECT_FALSE(clock.is_jump(1100));
  EXPECT_TRUE(clock.is_jump(1101));
  EXPECT_EQ(clock.order_of(5000), 1000);
  clock.observe(5000);
  EXPECT_EQ(clock.state().largest_ms, 1000);
  EXPECT_EQ(clock.state().order_ms, 1000);
  EXPECT_EQ(clock.state().jump_count, 1);
}

TEST(SourceClock, AJumpIsBelievedOnceConfirmedAndOnlyAsFarAsTheLeastOfThem) {
  SourceClock clock = at(1000, 2);
  clock.observe(9000);
  clock.observe(5000);
  EXPECT_EQ(clock.state().largest_ms, 1000);
  clock.observe(7000);
  EXPECT_EQ(clock.state().largest_ms, 5000);
  EXPECT_EQ(clock.state().order_ms, 5000);
  EXPECT_EQ(clock.state().jump_count, 0);
}

TEST(SourceClock, ABelievableEventInBetweenBeginsTheCountAnew) {
  SourceClock clock = at(1000, 2);
  clock.observe(9000);
  clock.observe(9001);
  clock.observe(1010);
  EXPECT_EQ(clock.state().jump_count, 0);
  clock.observe(9002);
  clock.observe(9003);
  EXPECT_EQ(clock.state().largest_ms, 1010);
  clock.observe(9004);
  EXPECT_EQ(clock.state().largest_ms, 9002);
}

TEST(SourceClock, NoConfirmationsMeansThatJumpsAreBelievedAtOnce) {
  SourceClock clock = at(1000, 0);
  clock.observe(9000);
  EXPECT_EQ(clock.state().largest_ms, 9000);
}

TEST(SourceClock, RecordsWithoutATimeChangeNothing) {
  SourceClock clock = at(1000);
  clock.observe(9000);
  EXPECT_EQ(clock.order_of(std::nullopt), 1000);
  clock.observe(std::nullopt);
  EXPECT_EQ(clock.state().jump_count, 1);
  EXPECT_EQ(clock.state().order_ms, 1000);
}

TEST(SourceClock, HasReachedTheRecordThatWaits) {
  const SourceClock clock = at(1000);
  EXPECT_EQ(clock.reached(std::nullopt), 1000);
  EXPECT_EQ(clock.reached(1050), 1050);
  EXPECT_EQ(clock.reached(900), 1000);
}

TEST(SourceClock, GoesOnFromARestoredState) {
  SourceClock before = at(1000, 1);
  before.observe(9000);
  SourceClock after(kMaxJump, 1);
  after.restore(before.state());
  after.observe(9100);
  EXPECT_EQ(after.state().largest_ms, 9000);
}

}  // namespace
}  // namespace ebb
