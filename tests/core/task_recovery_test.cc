#include "engine/core/task_recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "state/resources.h"
#include "state/row_codec.h"
#include "tests/temp_dir.h"

namespace ebb {
namespace {

using ::testing::ElementsAre;

constexpr TimeMs kWall = 1'900'000'000'000;
constexpr DurationMs kAwayMax = 20 * kHourMs;

// A changelog of one task, handed out record by record.
class ChangelogLog final : public WorkerLog {
 public:
  struct Item {
    std::string key, value;
    bool tombstone = false;
  };

  std::vector<Item> items;       // offset = place
  std::vector<Offset> begun_at;  // of each begin_recovery
  bool behind_once = false;
  std::vector<Offset> mirrored;

  Status begin_recovery(TaskId, Offset from) override {
    begun_at.push_back(from);
    next_ = static_cast<std::size_t>(from);
    return Status::ok();
  }
  Result<RecoveryStep> recover(TaskId, RecordBatch* out) override {
    RecoveryStep step;
    if (std::exchange(behind_once, false)) {
      step.state = RecoveryStep::State::kBehind;
      return step;
    }
    if (next_ < items.size()) {
      const Item& item = items[next_];
      Record record;
      record.offset = static_cast<Offset>(next_++);
      record.key = item.key;
      record.has_key = true;
      record.value = item.value;
      record.has_value = !item.tombstone;
      out->records.push_back(record);
    }
    step.state = next_ < items.size() ? RecoveryStep::State::kWorking : RecoveryStep::State::kDone;
    step.mirrored_positions = mirrored;
    return step;
  }

  Status poll(DurationMs, std::vector<GroupEvent>*) override { return Status::ok(); }
  void released(const std::vector<TaskId>&) override {}
  void wake() override {}
  Status start(TaskId, const std::vector<Offset>&) override { return Status::ok(); }
  Status fetch(TaskId, SourceId, RecordBatch*) override { return Status::ok(); }
  SourceEnd end(TaskId, SourceId) override { return {}; }
  void stop(TaskId) override {}
  void submit(std::shared_ptr<const Epoch>) override {}
  bool next_outcome(CommitOutcome*) override { return false; }

 private:
  std::size_t next_ = 0;
};

class TaskRecoveryTest : public ::testing::Test {
 protected:
  TaskRecoveryTest() {
    env_.open_store = [this](TaskId) { return open(); };
    env_.source_names = {"purchases"};
    env_.away_max_ms = kAwayMax;
    env_.new_incarnation = [] { return std::string("new"); };
    env_.clock = &clock_;
  }

  Result<std::unique_ptr<TaskStore>> open() {
    TaskStore::Options options;
    options.dir = dir_.file("0");
    return TaskStore::open(options, &schema_, &resources_);
  }

  static ChangelogLog::Item task_record(const std::string& incarnation, Offset next) {
    TaskProgress p;
    p.sources.resize(1);
    p.sources[0].name = "purchases";
    p.sources[0].next_offset = next;
    p.incarnation = incarnation;
    return {std::string(kTaskRecordKey), encode_progress(p, {}, {}, 0)};
  }
  ChangelogLog::Item row(const std::string& customer) {
    Row r;
    r.clock_ms = 1;
    std::string bytes;
    EXPECT_TRUE(encode_row(r, schema_, &bytes).is_ok());
    return {changelog_key(customer), bytes};
  }

  // Leaves a disk that stands at an offset of a changelog and holds one row.
  void leave_disk(const std::string& incarnation, Offset offset, TimeMs in_step,
                  const std::string& customer) {
    auto store = open();
    ASSERT_TRUE(store.is_ok());
    ASSERT_TRUE((*store)->restored(0, incarnation).is_ok());
    auto found = (*store)->find_or_create(customer);
    ASSERT_TRUE(found.is_ok());
    (*store)->touch(*found);
    auto rows = (*store)->close_epoch(1);
    ASSERT_TRUE(rows.is_ok());
    (*store)->commit(1, std::move(*rows), offset);
    ASSERT_TRUE((*store)->close(true, in_step).is_ok());
  }

  // Goes on to the end.
  void recover() {
    recovery_.emplace(0, &env_);
    for (int i = 0; i < 1000; ++i) {
      auto done = recovery_->step(log_);
      ASSERT_TRUE(done.is_ok()) << done.status().message();
      if (*done) {
        store_ = recovery_->take_store();
        return;
      }
    }
    FAIL() << "never ends";
  }
  bool has(const std::string& customer) {
    auto found = store_->find(customer);
    return found.is_ok() && *found != nullptr;
  }

  TempDir dir_;
  ManualClock clock_{kWall};
  RowSchema schema_;
  StateResources resources_{StateResources::Options{.memory_bytes = 64u << 20}};
  RecoveryEnvironment env_;
  ChangelogLog log_;
  std::optional<TaskRecovery> recovery_;
  std::unique_ptr<TaskStore> store_;
};

TEST_F(TaskRecoveryTest, AnEmptyChangelogBeginsANewIncarnation) {
  recover();
  EXPECT_EQ(recovery_->progress().incarnation, "new");
  ASSERT_EQ(recovery_->progress().sources.size(), 1u);
  EXPECT_EQ(recovery_->progress().sources[0].next_offset, -1);
}

TEST_F(TaskRecoveryTest, TheLastTaskRecordHasTheSayAndRowsComeBack) {
  log_.items = {task_record("A", 5), row("a"), row("b"),
                task_record("A", 9), row("c"), {changelog_key("a"), "", true}};
  recover();
  EXPECT_EQ(recovery_->progress().sources[0].next_offset, 9);
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
  EXPECT_TRUE(has("c"));
}

TEST_F(TaskRecoveryTest, OffsetsThatWereMovedByHandAreReportedAndTheTaskRecordFollowed) {
  log_.items = {task_record("A", 5), row("a"), task_record("A", 9)};
  log_.mirrored = {9};
  recover();
  EXPECT_FALSE(recovery_->offsets_differed());
  log_.mirrored = {-1};  // expired
  store_.reset();
  recover();
  EXPECT_FALSE(recovery_->offsets_differed());
  log_.mirrored = {7};
  store_.reset();
  recover();
  EXPECT_TRUE(recovery_->offsets_differed());
  EXPECT_EQ(recovery_->progress().sources[0].next_offset, 9);
}

TEST_F(TaskRecoveryTest, ADiskInStepReadsOnlyTheTail) {
  log_.items = {task_record("A", 5), row("a"), task_record("A", 9), row("b")};
  leave_disk("A", 2, kWall - kHourMs, "a");
  recover();
  EXPECT_THAT(log_.begun_at, ElementsAre(2));
  EXPECT_TRUE(has("a"));
  EXPECT_TRUE(has("b"));
}

TEST_F(TaskRecoveryTest, ADiskOfAnotherIncarnationIsWiped) {
  log_.items = {task_record("B", 5), row("b"), task_record("B", 6), row("b")};
  leave_disk("A", 2, kWall - kHourMs, "a");
  recover();
  EXPECT_THAT(log_.begun_at, ElementsAre(2, 0));
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
  EXPECT_EQ(recovery_->progress().incarnation, "B");
}

TEST_F(TaskRecoveryTest, ADiskWhoseChangelogIsEmptyIsWiped) {
  leave_disk("A", 0, kWall - kHourMs, "a");
  recover();
  EXPECT_FALSE(has("a"));
  EXPECT_EQ(recovery_->progress().incarnation, "new");
}

TEST_F(TaskRecoveryTest, ADiskThatWasAwayForTooLongIsWiped) {
  log_.items = {task_record("A", 5), row("b"), task_record("A", 9)};
  leave_disk("A", 2, kWall - kAwayMax - 1, "a");
  recover();
  EXPECT_THAT(log_.begun_at, ElementsAre(0));
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
}

TEST_F(TaskRecoveryTest, ADiskFromTheFutureIsWipedForNobodyKnowsHowLongItWasAway) {
  log_.items = {task_record("A", 5), row("b"), task_record("A", 9)};
  leave_disk("A", 2, kWall + kAwayMax, "a");
  recover();
  EXPECT_THAT(log_.begun_at, ElementsAre(0));
  EXPECT_FALSE(has("a"));
}

TEST_F(TaskRecoveryTest, APositionThatTheChangelogDoesntHaveIsWiped) {
  log_.items = {task_record("A", 5), row("b")};
  leave_disk("A", 77, kWall, "a");
  log_.behind_once = true;
  recover();
  EXPECT_THAT(log_.begun_at, ElementsAre(77, 0));
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
}

TEST_F(TaskRecoveryTest, ARestoreThatTakesLongerThanTombstonesLiveIsBegunAgain) {
  log_.items = {task_record("A", 5), row("a"), row("b")};
  recovery_.emplace(0, &env_);
  auto first = recovery_->step(log_);
  ASSERT_TRUE(first.is_ok());
  ASSERT_FALSE(*first);
  clock_.advance(kAwayMax + 1);
  for (int i = 0; i < 20 && log_.begun_at.size() < 2; ++i) ASSERT_TRUE(recovery_->step(log_).is_ok());
  EXPECT_THAT(log_.begun_at, ElementsAre(0, 0));
  for (int i = 0; i < 20; ++i) {
    auto done = recovery_->step(log_);
    ASSERT_TRUE(done.is_ok());
    if (*done) break;
  }
  store_ = recovery_->take_store();
  EXPECT_TRUE(has("a"));
}

TEST_F(TaskRecoveryTest, WaitsForAStoreThatAnotherStillHas) {
  auto other = open();
  ASSERT_TRUE(other.is_ok());
  TaskRecovery recovery(0, &env_);
  auto waiting = recovery.step(log_);
  ASSERT_TRUE(waiting.is_ok());
  EXPECT_FALSE(*waiting);
  EXPECT_FALSE(recovery.opened());
  ASSERT_TRUE((*other)->close(false, kWall).is_ok());
  auto done = recovery.step(log_);
  ASSERT_TRUE(done.is_ok());
  EXPECT_TRUE(*done);
}

TEST_F(TaskRecoveryTest, ATaskRecordThatCantBeReadIsAnError) {
  log_.items = {{std::string(kTaskRecordKey), "\xff\xff"}};
  TaskRecovery recovery(0, &env_);
  EXPECT_EQ(recovery.step(log_).status().code(), Code::kInternal);
}

}  // namespace
}  // namespace ebb
