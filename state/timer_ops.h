// Moves of the timer index, in order of time and then customer (bytewise), which is their order on disk too.
#pragma once

#include <absl/container/btree_map.h>

#include <string>
#include <string_view>

#include "engine/base/types.h"
#include "state/task_store.h"

namespace ebb {

struct TimerView {
  TimerView(TimeMs t, std::string_view c) : time_ms(t), customer(c) {}
  TimerView(const TimerKey& key)  // NOLINT(google-explicit-constructor): it is the same thing
      : time_ms(key.time_ms), customer(key.customer) {}
  TimerKey key() const { return {time_ms, std::string(customer)}; }

  TimeMs time_ms;
  std::string_view customer;
};

struct TimerLess {
  using is_transparent = void;
  bool operator()(const TimerView& a, const TimerView& b) const {
    return a.time_ms != b.time_ms ? a.time_ms < b.time_ms : a.customer < b.customer;
  }
};

// true: the entry is there; false: it is not.
using TimerOps = absl::btree_map<TimerKey, bool, TimerLess>;

}  // namespace ebb
