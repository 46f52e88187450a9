#include "engine/core/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/base/hash.h"
#include "state/row_codec.h"
#include "tests/core/task_bench.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr SourceId kPurchases = 0;
constexpr SourceId kFeedback = 1;
constexpr std::string_view kEvents = "advance: events, lateness: 0ms, max_jump: 365d";
constexpr std::string_view kClock =
    "advance: clock, lateness: 10m, max_source_silence: 6h, merge_wait: 3s, freshness: 2s";

std::map<std::string, std::string> headers(const OutRecord& out) {
  return {out.headers.begin(), out.headers.end()};
}

// ---- merge

TEST(Merge, TheSmallestEventTimeGoesFirst) {
  TaskBench b(kEvents);
  b.put(kPurchases, erasure("a", kT0 + 10));
  b.put(kPurchases, erasure("b", kT0 + 30));
  b.put(kFeedback, erasure("c", kT0 + 20));
  b.put(kFeedback, erasure("d", kT0 + 40));
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  EXPECT_THAT(b.forgotten(), ElementsAre("a", "c", "b", "d"));
}

TEST(Merge, TiesGoBySourceThenByOffset) {
  TaskBench b(kEvents);
  b.put(kFeedback, erasure("c", kT0));
  b.put(kFeedback, erasure("d", kT0));
  b.put(kPurchases, erasure("a", kT0));
  b.put(kPurchases, erasure("b", kT0));
  b.run();
  EXPECT_THAT(b.forgotten(), ElementsAre("a", "b", "c", "d"));
}

TEST(Merge, ByEventsASourceThatLagsIsWaitedForWithoutBound) {
  TaskBench b(kEvents);
  b.put(kPurchases, erasure("a", kT0 + 10));
  b.put(kFeedback, erasure("b", kT0));
  b.log().source(kFeedback).hidden = true;
  EXPECT_EQ(b.run().why, RunResult::Why::kWaiting);
  b.clock().advance(kDayMs);
  EXPECT_EQ(b.run().why, RunResult::Why::kWaiting);
  EXPECT_THAT(b.forgotten(), IsEmpty());
  b.log().source(kFeedback).hidden = false;
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  EXPECT_THAT(b.forgotten(), ElementsAre("b", "a"));
}

TEST(Merge, ByTheClockASourceThatLagsIsWaitedForOnlySoLongAndHoldsTheWatermark) {
  TaskBench b(kClock);
  b.put(kPurchases, erasure("a", kT0));
  b.log().source(kFeedback).hidden = true;
  EXPECT_EQ(b.run().why, RunResult::Why::kWaiting);
  EXPECT_THAT(b.forgotten(), IsEmpty());
  b.clock().advance(3 * kSecondMs);
  b.run();
  EXPECT_THAT(b.forgotten(), ElementsAre("a"));
  EXPECT_EQ(b.task().watermark_ms(), kBeginning);
}

TEST(Merge, AnEventThatCantBeBelievedIsOrderedByItsPredecessor) {
  TaskBench b("advance: events, lateness: 0ms, max_jump: 30d, jump_confirmations: 3");
  b.put(kPurchases, erasure("a", kT0));
  b.put(kPurchases, erasure("ahead", kT0 + 365 * kDayMs));
  b.put(kPurchases, erasure("b", kT0 + 20));
  b.put(kFeedback, erasure("c", kT0 + 10));
  b.run();
  EXPECT_THAT(b.forgotten(), ElementsAre("a", "ahead", "c", "b"));
  EXPECT_EQ(b.task().watermark_ms(), kT0 + 20);
}

TEST(Merge, ADeadLetterIsTakenWhereItsPredecessorWas) {
  TaskBench b(kEvents);
  b.put(kPurchases, erasure("a", kT0));
  b.put_raw(kPurchases, "x", "nonsense");
  b.put(kFeedback, erasure("b", kT0 + 1));
  b.run();
  std::vector<std::string> keys;
  for (const OutRecord& out : b.outputs()) keys.push_back(out.key);
  EXPECT_THAT(keys, ElementsAre("a", "x", "b"));
}

// ---- watermark

TEST(Watermark, IsTheLeastOfTheSourcesLessLateness) {
  TaskBench b("advance: events, lateness: 1h");
  b.put(kPurchases, bought("a", kT0));
  b.put(kPurchases, bought("a", kT0 + 10 * kHourMs));
  b.put(kFeedback, bought("a", kT0 + 2 * kHourMs));
  b.put(kFeedback, bought("a", kT0 + 5 * kHourMs));
  b.take(2);  // those of 0 h and 2 h
  EXPECT_EQ(b.task().watermark_ms(), kT0 + kHourMs);
  b.run();
  EXPECT_EQ(b.task().watermark_ms(), kT0 + 9 * kHourMs);
}

TEST(Watermark, FollowsTheWallClockOnceAllIsReadAndThatIsConfirmed) {
  TaskBench b(kClock);
  b.put(kPurchases, bought("a", kT0));
  b.confirm({kPurchases, kFeedback});
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  EXPECT_EQ(b.task().watermark_ms(), b.clock().wall_ms() - 10 * kMinuteMs);
}

TEST(Watermark, StandsStillWhenTheEndOfSomeSourceIsNotFresh) {
  TaskBench b(kClock);
  b.put(kPurchases, bought("a", kT0));
  b.confirm({kPurchases, kFeedback});
  b.run();
  const TimeMs before = b.task().watermark_ms();
  b.clock().advance(kHourMs);
  b.confirm({kPurchases});
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  EXPECT_EQ(b.task().watermark_ms(), before);
}

// Else the events of one source would drive time on while another, which had been read to its end once, can't
// be reached: an outage would look like customers leaving.
TEST(Watermark, EventsOfOneSourceDontMoveItWhileAnotherCantBeReached) {
  TaskBench b(kClock);
  b.put(kPurchases, bought("a", kT0));
  b.confirm({kPurchases, kFeedback});
  b.run();
  const TimeMs before = b.task().watermark_ms();
  b.clock().advance(kHourMs);
  b.put(kPurchases, bought("a", kT0 + 5 * kDayMs));
  b.take(1);
  EXPECT_EQ(b.task().watermark_ms(), before);
  b.put(kPurchases, bought("a", kT0 + 6 * kDayMs));
  b.confirm({kFeedback});
  b.take(1);
  EXPECT_EQ(b.task().watermark_ms(), kT0 + 6 * kDayMs - 10 * kMinuteMs);
}

TEST(Watermark, TheWallClockStopsSomeTimeAfterTheLastArrival) {
  TaskBench b(kClock);
  b.put(kPurchases, bought("a", kT0));
  b.run();
  const TimeMs arrived = b.clock().wall_ms();
  b.clock().advance(3 * kDayMs);
  b.confirm({kPurchases, kFeedback});
  b.run();
  EXPECT_EQ(b.task().watermark_ms(), arrived + 6 * kHourMs - 10 * kMinuteMs);
}

// A connector died two days ago and we come back today: its last records are no sign of life of today.
TEST(Watermark, ABacklogArrivedWhenItWasLogged) {
  TaskBench b(kClock);
  const TimeMs logged = kT0 - 2 * kDayMs;
  b.put(kPurchases, bought("a", logged), logged);
  b.confirm({kPurchases, kFeedback});
  b.run();
  EXPECT_EQ(b.task().watermark_ms(), logged + 6 * kHourMs - 10 * kMinuteMs);
}

TEST(Watermark, ByEventsTheWallClockPlaysNoPart) {
  TaskBench b(kEvents);
  b.put(kPurchases, bought("a", kT0));
  b.run();
  b.clock().advance(kDayMs);
  b.confirm({kPurchases, kFeedback});
  b.run();
  EXPECT_EQ(b.task().watermark_ms(), kT0);
}

// ---- timers

TEST(Timers, ByEventsFireBeforeTheRecordThatMovesTimeOn) {
  TaskBench b(kEvents);
  for (int i = 0; i < 4; ++i) b.put(kPurchases, bought("a", kT0 + i * 5 * kDayMs));
  b.put(kPurchases, bought("a", kT0 + 200 * kDayMs));  // comes back, but only after a long silence
  b.run();
  EXPECT_GT(b.task().progress().timers_fired, 0);
  EXPECT_THAT(b.outputs_of(SinkKind::kAlerts), Not(IsEmpty()));
}

TEST(Timers, OneThatWasPutOffFiresOnlyWhenItIsDue) {
  TaskBench b(kEvents);
  for (int i = 0; i < 100; ++i) b.put(kPurchases, bought("a", kT0 + i * kDayMs));
  b.run();
  EXPECT_EQ(b.task().progress().timers_fired, 0);
}

TEST(Timers, ManyDueAtOnceAllFire) {
  TaskBench b(kEvents);
  for (int i = 0; i < 500; ++i) b.put(kPurchases, bought("c" + std::to_string(i), kT0 + i));
  b.put(kPurchases, bought("last", kT0 + 90 * kDayMs));
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  EXPECT_GE(b.task().progress().timers_fired, 500);
}

TEST(Timers, LiveThoseThatAreLeftAreToldFromRecordsThatWait) {
  TaskBench b("advance: clock, lateness: 0ms, max_jump: 365d");
  for (int i = 0; i < 500; ++i) b.put(kPurchases, bought("c" + std::to_string(i), kT0 + i));
  b.confirm({kPurchases, kFeedback});
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  b.clock().advance(90 * kDayMs);
  b.put(kPurchases, bought("last", kT0 + 90 * kDayMs));
  b.confirm({kPurchases, kFeedback});
  const auto first = b.task().run(b.log(), 100);
  ASSERT_TRUE(first.is_ok());
  EXPECT_EQ(first->why, RunResult::Why::kTimers);
  EXPECT_EQ(first->records, 1u);
  EXPECT_LT(first->timers, 500u);
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  EXPECT_GE(b.task().progress().timers_fired, 500);
}

// ---- accounting

TEST(Accounting, EveryRecordHasOneFate) {
  TaskBench b(kEvents);
  b.put(kPurchases, bought("a", kT0, "e1"));
  b.put(kPurchases, bought("a", kT0, "e1"));
  b.put_raw(kPurchases, "a", "nonsense");
  b.put(kPurchases, erasure("b", kT0 + 10));
  b.put(kPurchases, bought("b", kT0 + 5));
  b.put(kPurchases, bought("b", kT0 + 15));
  b.run();
  EXPECT_EQ(b.source(kPurchases).counts, (Accounting{3, 1, 1, 1}));
  EXPECT_EQ(b.source(kPurchases).next_offset, 6);
  EXPECT_EQ(b.task().committed().total().total(), 0);
  b.commit();
  EXPECT_EQ(b.task().committed().total().total(), 6);
}

TEST(DeadLetters, SayWhereTheyCameFrom) {
  TaskBench b(kEvents);
  b.put(kPurchases, bought("a", kT0));
  b.put_raw(kPurchases, "c7", "nonsense");
  b.run();
  const auto letters = b.outputs_of(SinkKind::kDeadLetters);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].key, "c7");
  EXPECT_EQ(letters[0].value, "nonsense");
  EXPECT_EQ(headers(letters[0])["ebb.topic"], "bench.purchases");
  EXPECT_EQ(headers(letters[0])["ebb.offset"], "1");
}

TEST(DeadLetters, WhatTheGraphRefusesIsOneAndLeavesNoRow) {
  TaskBench b(kEvents);
  v1::Event event = bought("a", kT0);
  event.mutable_purchase()->mutable_amount()->set_currency_code("XXX");
  b.put(kPurchases, event);
  b.run();
  EXPECT_EQ(b.source(kPurchases).counts.dead_lettered, 1);
  EXPECT_EQ(b.row("a"), nullptr);
}

// ---- erasure

TEST(Erasure, LeavesAMarkerAndLaterATombstone) {
  TaskBench b(kEvents);
  b.put(kPurchases, bought("a", kT0));
  b.run();
  b.commit();
  b.put(kPurchases, erasure("a", kT0 + 10));
  b.run();
  EXPECT_THAT(b.forgotten(), ElementsAre("a"));
  ASSERT_NE(b.row("a"), nullptr);
  EXPECT_EQ(b.row("a")->erased_at_ms, kT0 + 10);
  const TaskEpoch marker = b.commit();
  ASSERT_EQ(marker.rows.size(), 1u);
  EXPECT_FALSE(marker.rows[0].tombstone);

  b.put(kPurchases, bought("other", kT0 + 6 * kDayMs));  // the marker is kept for 5 days
  b.run();
  EXPECT_EQ(b.row("a"), nullptr);
  const TaskEpoch later = b.commit();
  std::vector<std::string> gone;
  for (const RowWrite& row : later.rows) {
    if (row.tombstone) gone.push_back(row.key);
  }
  EXPECT_THAT(gone, ElementsAre(changelog_key("a")));
}

TEST(Erasure, WhoComesBackBeginsAnewAndStays) {
  TaskBench b(kEvents);
  b.put(kPurchases, bought("a", kT0));
  b.put(kPurchases, erasure("a", kT0 + 10));
  b.put(kPurchases, bought("a", kT0 + 5));   // from before
  b.put(kPurchases, bought("a", kT0 + 20));  // from after
  b.put(kPurchases, bought("other", kT0 + 20 * kDayMs));
  b.run();
  EXPECT_EQ(b.source(kPurchases).counts.erased, 1);
  ASSERT_NE(b.row("a"), nullptr);
  EXPECT_EQ(b.row("a")->erased_at_ms, kT0 + 10);
  EXPECT_GE(b.row("a")->clock_ms, kT0 + 20);
}

TEST(Erasure, OneThatIsSentAgainTakesNothingOfWhatCameAfter) {
  TaskBench b(kEvents);
  const v1::Event request = erasure("a", kT0 + 10);
  b.put(kPurchases, request);
  b.put(kPurchases, bought("a", kT0 + 20));
  b.put(kPurchases, request);
  b.run();
  EXPECT_EQ(b.source(kPurchases).counts, (Accounting{2, 0, 0, 1}));
  EXPECT_THAT(b.forgotten(), ElementsAre("a"));
  ASSERT_NE(b.row("a"), nullptr);
  EXPECT_GE(b.row("a")->clock_ms, kT0 + 20);
}

// ---- events on which an operator failed before

TEST(Poison, TheEventIsDeadLetteredWhenItComesAgain) {
  TaskBench b(kEvents);
  b.put(kPurchases, bought("a", kT0));
  b.put(kPurchases, bought("a", kT0 + 10));
  b.poison().add({0, kPurchases, 0, {}});
  b.run();
  EXPECT_EQ(b.source(kPurchases).counts, (Accounting{1, 0, 1, 0}));
  const auto letters = b.outputs_of(SinkKind::kDeadLetters);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(headers(letters[0])["ebb.reason"], "operator_failed");
}

TEST(Poison, TheTimerOfACustomerIsPutOut) {
  TaskBench b(kEvents);
  b.poison().add({0, -1, 0, "a"});
  for (int i = 0; i < 4; ++i) b.put(kPurchases, bought("a", kT0 + i * 5 * kDayMs));
  b.put(kFeedback, bought("b", kT0 + 200 * kDayMs));
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  ASSERT_NE(b.row("a"), nullptr);
  EXPECT_EQ(b.row("a")->due_ms, kNever);
}

// ---- keys

TEST(ForeignKey, StopsTheTaskAndNamesTheRecord) {
  TaskBench b(kEvents, "foreign_key: fail");
  std::string own;
  std::string foreign;
  for (int i = 0; own.empty() || foreign.empty(); ++i) {
    const std::string customer = "c" + std::to_string(i);
    (partition_of(customer, 8) == 0 ? own : foreign) = customer;
  }
  b.put(kPurchases, bought(own, kT0));
  b.run();
  b.put(kPurchases, bought(foreign, kT0));
  const Status status = b.run_status();
  EXPECT_EQ(status.code(), Code::kInvalid);
  EXPECT_THAT(status.message(), HasSubstr("bench.purchases partition 0 offset 1"));
  EXPECT_EQ(b.source(kPurchases).next_offset, 1);
}

TEST(ForeignKey, IsTakenAsItComesUnderThePolicyAccept) {
  TaskBench b(kEvents, "foreign_key: accept");
  for (int i = 0; i < 8; ++i) b.put(kPurchases, bought("c" + std::to_string(i), kT0));
  b.run();
  EXPECT_EQ(b.source(kPurchases).counts.applied, 8);
}

// ---- positions out of range

TEST(Gaps, StopTheTaskUnlessTheyMayBeSkipped) {
  TaskBench b(kEvents);
  for (int i = 0; i < 5; ++i) b.put(kPurchases, bought("a", kT0 + i));
  b.log().source(kPurchases).begins_at = 3;
  EXPECT_EQ(b.run_status().code(), Code::kNotFound);
}

TEST(Gaps, AreCountedAndNothingAtHandIsLost) {
  TaskBench b(kEvents, "foreign_key: accept, skip_gaps: true");
  for (int i = 0; i < 6; ++i) b.put(kPurchases, bought("a", kT0 + 10 * i));
  b.put(kFeedback, bought("b", kT0 + 5));
  b.put(kFeedback, bought("b", kT0 + 45));
  b.take(2);  // offset 0 of both; offset 1 of purchases is at hand
  b.log().source(kPurchases).begins_at = 4;
  b.run();
  EXPECT_EQ(b.run().why, RunResult::Why::kAtEnd);
  EXPECT_EQ(b.source(kPurchases).counts.applied, 4);
  EXPECT_EQ(b.source(kPurchases).gaps, 1);
  EXPECT_EQ(b.source(kPurchases).gap_offsets, 2);
  EXPECT_EQ(b.source(kPurchases).next_offset, 6);
  EXPECT_EQ(b.source(kFeedback).counts.applied, 2);
}

// ---- what is written down

TEST(Task, AnIdleTaskWritesItsWatermarkDownOnceAMinute) {
  TaskBench b(kClock);
  b.put(kPurchases, bought("a", kT0));
  b.confirm({kPurchases, kFeedback});
  b.run();
  b.commit();
  EXPECT_FALSE(b.task().dirty());
  b.clock().advance(30 * kSecondMs);
  b.confirm({kPurchases, kFeedback});
  b.run();
  EXPECT_FALSE(b.task().dirty());
  b.clock().advance(31 * kSecondMs);
  b.confirm({kPurchases, kFeedback});
  b.run();
  EXPECT_TRUE(b.task().dirty());
  EXPECT_THAT(b.commit().rows, IsEmpty());
  EXPECT_FALSE(b.task().dirty());
}

}  // namespace
}  // namespace ebb
