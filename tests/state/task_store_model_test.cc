// Random operations on a store beside a plain model of what it should hold: rows, and every single entry of
// the timer index. Crashes (the store is let go without closing, at any point of a checkpoint), drops and
// restores from a changelog included.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>

#include "state/row_codec.h"
#include "tests/state/store_fixture.h"

namespace ebb {
namespace {

struct Value {
  std::int64_t number = 0;
  TimeMs due_ms = kNever;
};
using Rows = std::map<std::string, Value>;
using Index = std::set<std::pair<TimeMs, std::string>>;

struct State {
  Rows rows;
  Index index;
};

struct LogRecord {
  std::string customer;  // empty: a task record
  std::optional<std::string> bytes;
};

class Model : public StoreFixture {
 public:
  Model(std::string dir, std::uint64_t seed) : StoreFixture(std::move(dir)), random_(seed) {
    options.map_max_rows = 1 + below(40);
    options.cache_max_bytes = below(20'000);
    options.rows_max_bytes = below(10'000);
    recover();
  }

  void step() {
    const std::size_t what = below(100);
    if (what < 50) {
      change();
    } else if (what < 55) {
      remove();
    } else if (what < 67) {
      fire();
    } else if (what < 77) {
      close_epoch();
    } else if (what < 87) {
      commit_epoch();
    } else if (what < 89) {
      drop();
    } else if (what < 96) {
      checkpoint_step();
    } else if (what < 98) {
      check();
    } else {
      crash();
    }
  }

  void check() {
    for (int i = 0; i < 5; ++i) {
      const std::string customer = someone();
      const auto in = [&](const Rows& rows) {
        const auto it = rows.find(customer);
        return it == rows.end() ? std::nullopt : std::optional(it->second.number);
      };
      EXPECT_EQ(get(customer), in(now_.rows)) << customer;
      EXPECT_EQ(get_committed(customer), in(committed_.rows)) << customer;
    }
    for (const auto& [customer, value] : committed_.rows) {
      if (value.due_ms == kNever) continue;
      bool covered = false;
      for (const auto& [time_ms, whose] : committed_.index) {
        covered = covered || (whose == customer && time_ms <= value.due_ms);
      }
      EXPECT_TRUE(covered) << customer;
    }
  }

  // Takes the whole index out, and back in by dropping.
  void check_index() {
    const auto all = take_timers(kNever);
    EXPECT_EQ(Index(all.begin(), all.end()), now_.index);
    EXPECT_EQ(all.size(), now_.index.size());
    drop();
    const auto kept = take_timers(kNever);
    EXPECT_EQ(Index(kept.begin(), kept.end()), committed_.index);
    drop();
  }

 private:
  struct Closed {
    std::uint64_t number = 0;
    bool dirty = false;
    std::vector<RowChange> changes;
    State after;
  };

  std::size_t below(std::size_t n) { return random_() % n; }
  std::string someone() { return "customer-" + std::to_string(below(60)); }
  TimeMs some_time() { return below(4) == 0 ? kNever : clock_ms_ + static_cast<TimeMs>(below(300)) - 20; }

  // What settle() promises.
  void set(Row* row, TimeMs due_ms) {
    const std::string customer = row->customer;
    const TimeMs before = row->due_ms;
    store->touch(row);
    set_number(row, ++number_);
    row->due_ms = due_ms;
    store->settle(row);
    now_.rows[customer] = {number_, due_ms};
    if (due_ms < before) now_.index.emplace(due_ms, customer);
  }

  void change() { set(take(store->find_or_create(someone())), some_time()); }

  void remove() {
    Row* const row = take(store->find(someone()));
    if (row == nullptr) return;
    now_.rows.erase(row->customer);
    store->remove(row);
  }

  void rearm(TimeMs time_ms, const std::string& customer) {
    store->rearm(time_ms, customer);
    if (time_ms != kNever) now_.index.emplace(time_ms, customer);
  }

  void fire() {
    clock_ms_ += static_cast<TimeMs>(below(30));
    TimerKey key;
    for (int i = 0; i < 8; ++i) {
      const auto first = now_.index.begin();
      const bool due = first != now_.index.end() && first->first <= clock_ms_;
      ASSERT_EQ(take(store->take_timer(clock_ms_, &key)), due);
      if (!due) return;
      ASSERT_EQ(std::pair(key.time_ms, key.customer), *first);
      now_.index.erase(first);
      Row* const row = take(store->find(key.customer));
      if (row == nullptr) continue;
      if (row->due_ms <= key.time_ms) set(row, some_time());
      rearm(row->due_ms, key.customer);
    }
  }

  void close_epoch() {
    if (closed_.size() == 3) return;
    const std::uint64_t number = ++epoch;
    const bool dirty = store->open_epoch_dirty();
    closed_.push_back({number, dirty, take(store->close_epoch(number)), now_});
  }

  void commit_epoch() {
    if (closed_.empty()) return;
    Closed epoch_done = std::move(closed_.front());
    closed_.pop_front();
    const auto offset = static_cast<Offset>(log_.size());
    log_.push_back({});
    for (const RowChange& change : epoch_done.changes) {
      log_.push_back({std::string(*customer_of_key(change.key)),
                      change.tombstone ? std::nullopt : std::optional(change.bytes)});
    }
    store->commit(epoch_done.number, std::move(epoch_done.changes), offset);
    committed_ = std::move(epoch_done.after);
    committed_offset_ = offset;
    map_dirty_ = map_dirty_ || epoch_done.dirty;
  }

  void drop() {
    store->drop_open();
    closed_.clear();
    now_ = committed_;
  }

  // One of: begin, run, end.
  void checkpoint_step() {
    if (!job_) {
      job_ = store->begin_checkpoint(++wall_ms_);
      if (!job_ || frozen_) return;  // a map whose checkpoint failed is written as it was then
      frozen_ = map_dirty_;
      map_dirty_ = false;
      writing_ = committed_.index;
      writing_offset_ = committed_offset_;
    } else if (!ran_) {
      outcome_ = below(6) == 0 ? Status::internal("as if the disk were full") : job_->run();
      failed_ = !outcome_;
      ran_ = true;
      if (failed_) return;
      ASSERT_TRUE(outcome_) << outcome_.message();
      disk_index_ = writing_;
      disk_offset_ = writing_offset_;
    } else {
      EXPECT_EQ(static_cast<bool>(store->end_checkpoint(std::move(job_), outcome_)), !failed_);
      ran_ = false;
      if (failed_) return;
      frozen_ = false;
      EXPECT_EQ(store->position().changelog_offset, disk_offset_);
    }
  }

  void crash() {
    store.reset();
    job_.reset();
    ran_ = failed_ = frozen_ = false;
    closed_.clear();
    recover();
  }

  // The index is what was on disk, and an entry for each row that is replayed.
  void recover() {
    open();
    const Offset from = store->position().changelog_offset;
    ASSERT_EQ(from, disk_offset_);
    committed_.index = disk_index_;
    for (auto at = static_cast<std::size_t>(from); at < log_.size(); ++at) {
      const LogRecord& record = log_[at];
      if (record.customer.empty()) continue;
      ASSERT_TRUE(store->restore(record.customer, record.bytes, static_cast<Offset>(at)));
      const TimeMs due_ms = record.bytes ? *peek_due(*record.bytes) : kNever;
      if (due_ms != kNever) committed_.index.emplace(due_ms, record.customer);
    }
    ASSERT_TRUE(store->restored(committed_offset_, kIncarnation));
    now_ = committed_;
    map_dirty_ = store->stats().map_rows > 0;
  }

  std::mt19937_64 random_;
  TimeMs clock_ms_ = 0, wall_ms_ = 0;
  std::int64_t number_ = 0;

  State now_, committed_;
  std::deque<Closed> closed_;
  std::vector<LogRecord> log_;
  Offset committed_offset_ = 0;

  std::unique_ptr<CheckpointJob> job_;
  bool ran_ = false, failed_ = false;
  bool map_dirty_ = false;  // committed since the last checkpoint began
  bool frozen_ = false;     // a map that is being written, or will be again
  Status outcome_;
  Index writing_, disk_index_;
  Offset writing_offset_ = 0, disk_offset_ = 0;
};

class TaskStoreModelTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(TaskStoreModelTest, HoldsWhatTheModelHolds) {
  TempDir dir;
  Model model(dir.file("0"), GetParam());
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    model.step();
    if (i % 200 == 199) {
      model.check();
      model.check_index();
    }
    ASSERT_FALSE(HasFailure()) << "at step " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TaskStoreModelTest, testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace ebb
