// The event time of one source of one task: how far it has come, and which jumps are believed.
//
// One clock a year ahead must not make every customer leave: an event that is more than max_jump later than
// all before it doesn't move the source's time until further such events confirm it. In the merge it is
// ordered by its predecessor's time.
#pragma once

#include <algorithm>
#include <optional>

#include "engine/base/types.h"

namespace ebb {

class SourceClock {
 public:
  // What survives a crash, in the task record.
  struct State {
    TimeMs largest_ms = kBeginning;  // largest believed event time
    TimeMs jump_ms = kBeginning;     // the smallest of the times that wait to be believed
    int jump_count = 0;              // how many wait
    TimeMs order_ms = kBeginning;    // by which the last record was merged
  };

  SourceClock(DurationMs max_jump_ms, int confirmations)
      : max_jump_ms_(max_jump_ms), confirmations_(confirmations) {}

  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

  bool is_jump(TimeMs event_ms) const {
    return state_.largest_ms != kBeginning && event_ms > state_.largest_ms &&
           event_ms - state_.largest_ms > max_jump_ms_;
  }
  // By which the next record is merged: its time, its predecessor's if that time can't be believed yet, or if
  // it has none.
  TimeMs order_of(std::optional<TimeMs> event_ms) const {
    if (!event_ms || is_jump(*event_ms)) return state_.order_ms;
    return *event_ms;
  }
  // The record was taken. Records without a time (dead letters) change nothing.
  void observe(std::optional<TimeMs> event_ms) {
    if (!event_ms) return;
    state_.order_ms = order_of(event_ms);
    if (!is_jump(*event_ms)) {
      state_.largest_ms = std::max(state_.largest_ms, *event_ms);
      state_.jump_count = 0;
      return;
    }
    state_.jump_ms = state_.jump_count == 0 ? *event_ms : std::min(state_.jump_ms, *event_ms);
    if (++state_.jump_count <= confirmations_) return;
    state_.largest_ms = state_.jump_ms;
    state_.order_ms = state_.jump_ms;
    state_.jump_count = 0;
  }
  // Up to where this source has come, given the record that waits to be taken next.
  TimeMs reached(std::optional<TimeMs> next_order_ms) const {
    return next_order_ms ? std::max(state_.largest_ms, *next_order_ms) : state_.largest_ms;
  }

 private:
  DurationMs max_jump_ms_;
  int confirmations_;
  State state_;
};

}  // namespace ebb
