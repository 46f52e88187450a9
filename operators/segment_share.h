// What stands for one customer in the totals of their segments.
#pragma once

#include <cstdint>
#include <span>

#include "operators/signals.h"

namespace ebb::state::v1 {
class SegmentsSlice;
class SegmentTotals;
}  // namespace ebb::state::v1

namespace ebb {

struct SegmentShare {
  bool buyer = false;
  bool rated = false;
  bool at_risk = false;
  bool given_up = false;
  bool silent_unhappy = false;
  bool complaining = false;
  int quadrant = 0;  // 0 none, else 1 loyal, 2 captive, 3 buying around, 4 leaving
  std::int64_t satisfaction_milli = 0;
  std::int64_t profit_minor = 0;
  std::int64_t spend_minor = 0;
  std::int64_t complaints = 0;

  bool operator==(const SegmentShare&) const = default;
};

// By what the nodes upstream say.
SegmentShare share_of(std::span<const Signals* const> inputs);

// Into the slice, and out of it again.
void keep_share(const SegmentShare& share, state::v1::SegmentsSlice* slice);
SegmentShare kept_share(const state::v1::SegmentsSlice& slice);

// sign: 1 puts in, -1 takes out.
void add_share(const SegmentShare& share, int sign, state::v1::SegmentTotals* to);

}  // namespace ebb
