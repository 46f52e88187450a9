#include "state/task_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/state/store_fixture.h"

namespace ebb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class TaskStoreTest : public testing::Test, public StoreFixture {
 protected:
  TaskStoreTest() : StoreFixture("") { options.dir = dir_.file("0"); }
  ~TaskStoreTest() override { store.reset(); }

 private:
  TempDir dir_;
};

TEST_F(TaskStoreTest, ANewStoreKnowsNothing) {
  open_new();
  EXPECT_EQ(store->position().changelog_offset, 0);
  EXPECT_EQ(store->position().incarnation, "");
  EXPECT_EQ(get("anna"), std::nullopt);
  EXPECT_THAT(take_timers(kNever), IsEmpty());
  EXPECT_FALSE(store->open_epoch_dirty());
  EXPECT_FALSE(store->checkpoint_wanted());
  EXPECT_FALSE(store->full());
}

TEST_F(TaskStoreTest, ACreatedRowExistsOnlyOnceTouched) {
  open_new();
  Row* row = take(store->find_or_create("anna"));
  EXPECT_EQ(get("anna"), std::nullopt);
  row = take(store->find_or_create("anna"));
  store->touch(row);
  EXPECT_EQ(get("anna"), 0);
  EXPECT_EQ(store->open_epoch_rows(), 1u);
}

TEST_F(TaskStoreTest, RowsComeBackFromMapAndFromDisk) {
  open_new();
  put("anna", 1);
  EXPECT_EQ(get_committed("anna"), std::nullopt);
  commit(10);
  EXPECT_EQ(get_committed("anna"), 1);
  checkpoint(77);
  EXPECT_EQ(store->position().changelog_offset, 10);
  reopen();
  EXPECT_EQ(store->position().changelog_offset, 10);
  EXPECT_EQ(store->position().incarnation, kIncarnation);
  EXPECT_EQ(store->position().in_step_wall_ms, 77);
  EXPECT_EQ(get("anna"), 1);
}

TEST_F(TaskStoreTest, WhatIsNotCheckpointedIsLeftToTheChangelog) {
  open_new();
  put("anna", 1);
  commit(10);
  checkpoint();
  put("anna", 2);
  commit(20);
  reopen();
  EXPECT_EQ(store->position().changelog_offset, 10);
  EXPECT_EQ(get("anna"), 1);
}

TEST_F(TaskStoreTest, RowsStayReadableWhileACheckpointRuns) {
  open_new();
  put("anna", 1);
  put("bert", 1);
  commit(10);
  auto job = store->begin_checkpoint(1);
  put("bert", 2);
  commit(20);
  EXPECT_EQ(get_committed("anna"), 1);
  EXPECT_EQ(get_committed("bert"), 2);
  Status outcome = job->run();
  EXPECT_EQ(get_committed("bert"), 2);
  EXPECT_TRUE(store->end_checkpoint(std::move(job), outcome));
  EXPECT_EQ(get_committed("anna"), 1);
  EXPECT_EQ(get_committed("bert"), 2);
  EXPECT_EQ(store->position().changelog_offset, 10);
}

TEST_F(TaskStoreTest, AFailedCheckpointIsWrittenAgain) {
  open_new();
  put("anna", 1, 5);
  commit(10);
  auto job = store->begin_checkpoint(1);
  EXPECT_EQ(store->end_checkpoint(std::move(job), Status::internal("disk")).code(), Code::kInternal);
  EXPECT_EQ(store->position().changelog_offset, 0);
  EXPECT_TRUE(store->checkpoint_wanted());
  put("bert", 2, 6);
  commit(20);
  EXPECT_EQ(get_committed("anna"), 1);
  ASSERT_TRUE(store->close(true, 2));
  reopen();
  EXPECT_EQ(store->position().changelog_offset, 20);
  EXPECT_EQ(get("anna"), 1);
  EXPECT_EQ(get("bert"), 2);
  EXPECT_THAT(take_timers(10), ElementsAre(Pair(5, "anna"), Pair(6, "bert")));
}

TEST_F(TaskStoreTest, DroppedEpochsLeaveNothing) {
  open_new();
  put("anna", 1, 100);
  commit(10);
  put("anna", 2, 50);
  take(store->close_epoch(98));
  put("anna", 3, 40);
  put("bert", 3, 40);
  take(store->close_epoch(99));
  EXPECT_THAT(take_timers(45), ElementsAre(Pair(40, "anna"), Pair(40, "bert")));
  put("anna", 4);
  store->drop_open();
  EXPECT_FALSE(store->open_epoch_dirty());
  EXPECT_EQ(get("anna"), 1);
  EXPECT_EQ(get("bert"), std::nullopt);
  EXPECT_THAT(take_timers(1000), ElementsAre(Pair(100, "anna")));
}

TEST_F(TaskStoreTest, RemovedRowsAreGoneAndMayComeAgain) {
  open_new();
  put("anna", 1);
  put("bert", 1);
  commit(10);
  checkpoint();
  store->remove(take(store->find("anna")));
  store->remove(take(store->find("bert")));
  EXPECT_EQ(get("anna"), std::nullopt);
  put("bert", 5);  // in the same epoch
  const auto changes = take(store->close_epoch(7));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_TRUE(changes[0].tombstone);
  EXPECT_EQ(changes[0].bytes, "");
  EXPECT_FALSE(changes[1].tombstone);
  store->commit(7, changes, 20);
  EXPECT_EQ(get_committed("anna"), std::nullopt);
  EXPECT_EQ(get("bert"), 5);
  checkpoint();
  reopen();
  EXPECT_EQ(get("anna"), std::nullopt);
  EXPECT_EQ(get("bert"), 5);
  put("anna", 9);
  commit(30);
  checkpoint();
  reopen();
  EXPECT_EQ(get("anna"), 9);
}

TEST_F(TaskStoreTest, ARemovedRowKeepsNothingOfItsFormerLife) {
  open_new();
  put("anna", 1, 100);
  Row* row = take(store->find("anna"));
  row->erased_at_ms = 5;
  row->clock_ms = 5;
  row->kept.emplace_back(1, "x");
  store->remove(row);
  row = take(store->find_or_create("anna"));
  EXPECT_EQ(row->due_ms, kNever);
  EXPECT_EQ(row->clock_ms, kBeginning);
  EXPECT_EQ(row->erased_at_ms, kBeginning);
  EXPECT_EQ(row->slices[0], nullptr);
  EXPECT_THAT(row->kept, IsEmpty());
}

TEST_F(TaskStoreTest, AnEntryIsAddedOnlyForAnEarlierDue) {
  open_new();
  put("anna", 1, 100);
  put("anna", 2, 200);
  put("anna", 3, 150);
  commit(10);
  EXPECT_THAT(take_timers(99), IsEmpty());
  EXPECT_THAT(take_timers(100), ElementsAre(Pair(100, "anna")));
  store->rearm(150, "anna");
  store->rearm(150, "anna");
  store->rearm(kNever, "anna");
  commit(20);
  checkpoint();
  reopen();
  EXPECT_THAT(take_timers(kNever), ElementsAre(Pair(150, "anna")));
}

TEST_F(TaskStoreTest, ADueSetWithoutSettleStillGetsItsEntry) {
  open_new();
  Row* const row = take(store->find_or_create("anna"));
  store->touch(row);
  row->due_ms = 5;
  commit(10);
  EXPECT_THAT(take_timers(10), ElementsAre(Pair(5, "anna")));
}

TEST_F(TaskStoreTest, TimersComeInOrderBeforeAndAfterTheEpochOfTime) {
  open_new();
  store->rearm(3, "b");
  store->rearm(3, "a");
  store->rearm(-7, "z");
  store->rearm(kBeginning, "y");
  commit(10);
  checkpoint();
  reopen();
  store->rearm(0, "x");
  EXPECT_THAT(take_timers(5),
              ElementsAre(Pair(kBeginning, "y"), Pair(-7, "z"), Pair(0, "x"), Pair(3, "a"), Pair(3, "b")));
}

TEST_F(TaskStoreTest, ManyTimersDueAtOnceComeInOrderAndOnce) {
  open_new();
  constexpr int kMany = 20'000;
  for (int i = 0; i < kMany; ++i) store->rearm(i % 7, std::to_string(i));
  commit(10);
  checkpoint();
  for (int i = 0; i < kMany; i += 3) store->rearm(7 + i % 2, std::to_string(i));
  commit(20);
  const auto all = take_timers(100);
  EXPECT_EQ(all.size(), kMany + (kMany + 2) / 3);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  store->drop_open();
  EXPECT_EQ(take_timers(100), all);
  commit(30);
  checkpoint();
  reopen();
  EXPECT_THAT(take_timers(kNever), IsEmpty());
}

TEST_F(TaskStoreTest, RestoreFillsRowsAndTimersAndTheLastWordCounts) {
  open();
  Row row;
  row.slices.resize(2);
  set_number(&row, 1);
  row.due_ms = 30;
  std::string first, second;
  ASSERT_TRUE(encode_row(row, test_schema(), &first));
  set_number(&row, 2);
  row.due_ms = 20;
  ASSERT_TRUE(encode_row(row, test_schema(), &second));
  ASSERT_TRUE(store->restore("anna", first, 1));
  ASSERT_TRUE(store->restore("bert", first, 2));
  ASSERT_TRUE(store->restore("anna", second, 3));
  ASSERT_TRUE(store->restore("bert", std::nullopt, 4));
  EXPECT_EQ(store->restore("carl", "garbage", 5).code(), Code::kInvalid);
  ASSERT_TRUE(store->restored(6, kIncarnation));
  EXPECT_EQ(get("anna"), 2);
  EXPECT_EQ(get("bert"), std::nullopt);
  checkpoint();
  reopen();
  EXPECT_EQ(store->position().changelog_offset, 6);
  EXPECT_EQ(get("anna"), 2);
  EXPECT_EQ(get("bert"), std::nullopt);
  EXPECT_EQ(take_timers(20).at(0), std::pair(TimeMs{20}, std::string("anna")));
}

TEST_F(TaskStoreTest, AFirstRestoreCutShortBeginsFromNothing) {
  options.map_max_rows = 10;
  open();
  Row row;
  row.slices.resize(2);
  set_number(&row, 1);
  std::string bytes;
  ASSERT_TRUE(encode_row(row, test_schema(), &bytes));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(store->restore(std::to_string(i), bytes, i));
  EXPECT_GT(store->stats().checkpoints, 0u);
  store.reset();
  open();
  EXPECT_EQ(store->position().changelog_offset, 0);
  EXPECT_EQ(store->position().incarnation, "");
  ASSERT_TRUE(store->restored(1, kIncarnation));
  EXPECT_EQ(get("0"), std::nullopt);
}

TEST_F(TaskStoreTest, ALaterRestoreCutShortKeepsItsPosition) {
  options.map_max_rows = 10;
  open_new();
  put("anna", 1);
  commit(10);
  checkpoint(5);
  store.reset();
  open();
  Row row;
  std::string bytes;
  ASSERT_TRUE(encode_row(row, test_schema(), &bytes));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(store->restore(std::to_string(i), bytes, 11 + i));
  store.reset();
  open();
  EXPECT_EQ(store->position().changelog_offset, 10);
  EXPECT_EQ(store->position().in_step_wall_ms, 5);
}

TEST_F(TaskStoreTest, WipeRemovesEverything) {
  open_new();
  put("anna", 1, 5);
  commit(10);
  checkpoint();
  put("bert", 1, 5);
  commit(20);
  put("carl", 1, 5);
  ASSERT_TRUE(store->wipe());
  EXPECT_EQ(store->position().incarnation, "");
  ASSERT_TRUE(store->restored(0, "changelog-2"));
  for (const char* customer : {"anna", "bert", "carl"}) EXPECT_EQ(get(customer), std::nullopt);
  EXPECT_THAT(take_timers(kNever), IsEmpty());
}

TEST_F(TaskStoreTest, TheTimeInStepIsRefreshedWithoutRows) {
  open_new();
  put("anna", 1);
  commit(10);
  checkpoint(1000);
  EXPECT_EQ(store->begin_checkpoint(2000), nullptr);
  checkpoint(1000 + kHourMs);
  EXPECT_EQ(store->position().changelog_offset, 10);
  commit(20);  // an epoch without rows
  checkpoint(1001 + kHourMs);
  put("anna", 2);
  commit(30);
  checkpoint(1002 + kHourMs);
  reopen();
  EXPECT_EQ(store->position().changelog_offset, 30);
  EXPECT_EQ(store->position().in_step_wall_ms, 1002 + kHourMs);
  EXPECT_EQ(get("anna"), 2);
}

TEST_F(TaskStoreTest, LimitsAskForACheckpointAndThenStopTheIntake) {
  options.map_max_rows = 10;
  open_new();
  for (int i = 0; i < 11; ++i) put(std::to_string(i), i);
  EXPECT_FALSE(store->checkpoint_wanted());
  commit(10);
  EXPECT_TRUE(store->checkpoint_wanted());
  EXPECT_FALSE(store->full());
  for (int i = 11; i < 21; ++i) put(std::to_string(i), i);
  commit(20);
  EXPECT_TRUE(store->full());
  checkpoint();
  EXPECT_FALSE(store->checkpoint_wanted());
  EXPECT_FALSE(store->full());
}

TEST_F(TaskStoreTest, TheCacheIsBoundedAndNeverEvictsWhatAnEpochHolds) {
  options.cache_max_bytes = 20'000;
  options.rows_max_bytes = 20'000;
  open_new();
  for (int i = 0; i < 1000; ++i) put(std::to_string(i), i);
  EXPECT_EQ(store->stats().cached_rows, 1000u);
  commit(10);
  checkpoint();
  Row* const pinned = take(store->find("500"));
  store->touch(pinned);
  set_number(pinned, -1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(get(std::to_string(i)), i == 500 ? -1 : i);
  }
  EXPECT_LT(store->stats().cached_bytes, 22'000u);
  EXPECT_LT(store->stats().kept_bytes, 22'000u);
  EXPECT_GT(store->stats().disk_hits, 1000u);
  EXPECT_EQ(number_of(*pinned), -1);
}

TEST_F(TaskStoreTest, RowsThatWaitForTheirCommitStopTheIntakeOnceTheyFillTheCache) {
  options.cache_max_bytes = 20'000;
  open_new();
  for (int i = 0; i < 1000; ++i) put(std::to_string(i), i);
  EXPECT_FALSE(store->full());  // nothing is on its way whose commit could make room
  std::vector<RowChange> rows = take(store->close_epoch(1));
  EXPECT_TRUE(store->full());
  store->commit(1, std::move(rows), 10);
  EXPECT_FALSE(store->full());
}

TEST_F(TaskStoreTest, ASecondOwnerIsTurnedAwayUntilTheFirstHasClosed) {
  open_new();
  put("anna", 1);
  commit(10);
  const auto second = TaskStore::open(options, &test_schema(), &resources);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.status().code(), Code::kUnavailable) << second.status().message();
  ASSERT_TRUE(store->close(true, 1));
  EXPECT_TRUE(TaskStore::open(options, &test_schema(), &resources));
}

TEST_F(TaskStoreTest, LeftoversOfAnInterruptedCheckpointAreRemoved) {
  open_new();
  store.reset();
  const std::string leftover = options.dir + "/checkpoint.sst";
  std::ofstream(leftover) << "half a file";
  open();
  EXPECT_FALSE(std::filesystem::exists(leftover));
}

TEST_F(TaskStoreTest, CompactionThatLagsHoldsCheckpointsBack) {
  options.map_max_rows = 1;
  open_new();
  bool held_back = false;
  for (int i = 0; i < 60 && !held_back; ++i) {
    for (int c = 0; c < 20; ++c) put(std::to_string(c), i);
    commit(i + 1);
    auto job = store->begin_checkpoint(1);
    held_back = job == nullptr;
    if (held_back) break;
    Status outcome = job->run();
    ASSERT_TRUE(store->end_checkpoint(std::move(job), std::move(outcome)));
  }
  // Whether it lags is the machine's matter; whatever was held back is not lost.
  ASSERT_TRUE(store->close(true, 1));
  const auto last = static_cast<std::int64_t>(epoch) - 1;
  reopen();
  EXPECT_EQ(get("7"), last);
}

}  // namespace
}  // namespace ebb
