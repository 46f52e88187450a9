// The timer index of one task as its worker sees it: what is on disk, with what is committed but not yet on
// disk, with the moves of epochs in flight and of the open one on top.
//
// Entries before the horizon are all in memory (the window); the earliest is taken from there without I/O.
// When the window is empty and the horizon has come due, the next entries are read from disk and merged with
// the moves; so a million entries due at once pass through in chunks. Thread: the worker's.
#pragma once

#include <absl/container/btree_set.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "state/timer_ops.h"

namespace ebb {

// Walks the entries on disk in order.
class TimerCursor {
 public:
  virtual ~TimerCursor() = default;
  virtual bool valid() const = 0;
  virtual TimerView key() const = 0;  // REQUIRES: valid(). Until next().
  virtual void next() = 0;
  virtual Status status() const = 0;
};

class TimerIndex {
 public:
  // Opens a cursor at the first entry at or after a key.
  using Disk = std::function<std::unique_ptr<TimerCursor>(const TimerView& from)>;

  explicit TimerIndex(Disk disk) : disk_(std::move(disk)) {}

  // What is committed but perhaps not on disk, oldest first; outlives its use here. Call again whenever
  // these change places. It is harmless if disk holds their moves already.
  void set_committed(std::vector<const TimerOps*> layers) { committed_ = std::move(layers); }

  // In the open epoch.
  void add(TimeMs time_ms, std::string_view customer);
  Result<bool> take(TimeMs up_to, TimerKey* out);
  bool open_dirty() const { return !open_.empty(); }

  void close_epoch();
  // The oldest closed epoch's moves go to `into`, over what stands there.
  void commit_epoch(TimerOps* into);
  // Forgets the moves of the open epoch and of those in flight.
  void drop();

  // An entry was added to a committed layer from outside (restore).
  void added_committed(TimeMs time_ms, std::string_view customer);

 private:
  bool before_horizon(const TimerView& key) const;
  void put_in_window(TimeMs time_ms, std::string_view customer);
  Status refill();

  Disk disk_;
  std::vector<const TimerOps*> committed_;
  std::deque<TimerOps> in_flight_;
  TimerOps open_;

  absl::btree_set<TimerKey, TimerLess> window_;  // every entry before the horizon
  TimerKey horizon_{kBeginning, {}};
  bool horizon_is_end_ = false;  // the window holds all there is
};

}  // namespace ebb
