#include "state/timer_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>

namespace ebb {
namespace {

using Keys = std::set<TimerKey, TimerLess>;

class SetCursor final : public TimerCursor {
 public:
  SetCursor(const Keys& keys, const TimerView& from, bool broken)
      : at_(keys.lower_bound(from)), end_(keys.end()), broken_(broken) {}
  bool valid() const override { return !broken_ && at_ != end_; }
  TimerView key() const override { return *at_; }
  void next() override { ++at_; }
  Status status() const override { return broken_ ? Status::internal("disk") : Status::ok(); }

 private:
  Keys::const_iterator at_, end_;
  bool broken_;
};

class TimerIndexTest : public testing::Test {
 protected:
  TimerIndexTest()
      : index_([this](const TimerView& from) {
          ++reads_;
          return std::make_unique<SetCursor>(disk_, from, broken_);
        }) {
    index_.set_committed({&committed_});
  }

  // nullopt: none is due.
  std::optional<std::pair<TimeMs, std::string>> take(TimeMs up_to) {
    TimerKey key;
    const auto taken = index_.take(up_to, &key);
    EXPECT_TRUE(taken);
    if (!taken || !*taken) return std::nullopt;
    return std::pair(key.time_ms, key.customer);
  }

  Keys disk_;
  TimerOps committed_;
  int reads_ = 0;
  bool broken_ = false;
  TimerIndex index_;
};

TEST_F(TimerIndexTest, ReadsNothingWhileNothingIsDue) {
  for (TimeMs t = 1000; t < 21'000; ++t) disk_.insert({t, "c"});
  EXPECT_EQ(take(0), std::nullopt);
  EXPECT_EQ(reads_, 1);
  for (TimeMs now = 0; now < 1000; ++now) {
    index_.add(now + 500, "a");
    EXPECT_EQ(take(now - 1), std::nullopt);
    take(now);
  }
  EXPECT_EQ(reads_, 1);
}

TEST_F(TimerIndexTest, ReadsInChunksNotOneByOne) {
  for (TimeMs t = 0; t < 100'000; ++t) disk_.insert({0, std::to_string(t)});
  int taken = 0;
  while (take(0)) ++taken;
  EXPECT_EQ(taken, 100'000);
  EXPECT_LT(reads_, 50);
}

TEST_F(TimerIndexTest, ABrokenDiskIsAnErrorAndLosesNothing) {
  disk_.insert({1, "a"});
  broken_ = true;
  TimerKey key;
  EXPECT_EQ(index_.take(5, &key).status().code(), Code::kInternal);
  broken_ = false;
  EXPECT_EQ(take(5), std::pair(TimeMs{1}, std::string("a")));
}

TEST_F(TimerIndexTest, MoreThanTheWindowHoldsStaysInOrderWithoutGaps) {
  std::mt19937 random(3);
  Keys expected;
  EXPECT_EQ(take(-1), std::nullopt);  // the window reaches to the end from here on
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 15'000; ++i) {
      const TimerKey key{static_cast<TimeMs>(random() % 1000), std::to_string(random() % 5000)};
      index_.add(key.time_ms, key.customer);
      expected.insert(key);
    }
    if (round % 2 == 0) {
      index_.close_epoch();
      if (round == 2) index_.commit_epoch(&committed_);
    }
    for (int i = 0; i < 9'000; ++i) {
      ASSERT_EQ(take(1000), std::pair(expected.begin()->time_ms, expected.begin()->customer));
      expected.erase(expected.begin());
    }
  }
  while (!expected.empty()) {
    ASSERT_EQ(take(1000), std::pair(expected.begin()->time_ms, expected.begin()->customer));
    expected.erase(expected.begin());
  }
  EXPECT_EQ(take(1000), std::nullopt);
}

TEST_F(TimerIndexTest, MovesOfLaterEpochsWinAndDisksOldEntriesAreHidden) {
  disk_ = {{1, "a"}, {2, "b"}, {3, "c"}};
  committed_[{1, "a"}] = false;
  committed_[{4, "d"}] = true;
  EXPECT_EQ(take(10), std::pair(TimeMs{2}, std::string("b")));
  index_.close_epoch();
  index_.add(2, "b");
  EXPECT_EQ(take(10), std::pair(TimeMs{2}, std::string("b")));
  EXPECT_EQ(take(10), std::pair(TimeMs{3}, std::string("c")));
  index_.drop();
  EXPECT_EQ(take(10), std::pair(TimeMs{2}, std::string("b")));
  index_.close_epoch();
  index_.commit_epoch(&committed_);
  EXPECT_EQ(take(10), std::pair(TimeMs{3}, std::string("c")));
  EXPECT_EQ(committed_.at({2, "b"}), false);
}

}  // namespace
}  // namespace ebb
