// What a task has committed since its last checkpoint: rows as bytes, and moves of the timer index. It is
// what a memtable is elsewhere. Thread: its owner's while it is filled; once frozen for a checkpoint it may
// be read by several threads.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.h"
#include "state/timer_ops.h"

namespace ebb {

struct CommittedRow {
  std::string bytes;
  bool tombstone = false;
};

class CommittedMap {
 public:
  using Rows = absl::flat_hash_map<std::string, CommittedRow>;

  void put(std::string customer, std::string bytes, bool tombstone);
  // Null: says nothing of this customer.
  const CommittedRow* find(std::string_view customer) const;

  TimerOps& timers() { return timers_; }
  const TimerOps& timers() const { return timers_; }

  // In order of their customers. Pointers into this map.
  std::vector<const Rows::value_type*> sorted() const;

  void add_tail_records(std::uint64_t n) { tail_records_ += n; }
  std::uint64_t tail_records() const { return tail_records_; }
  bool empty() const { return rows_.empty() && timers_.empty(); }
  std::size_t rows() const { return rows_.size(); }
  std::size_t entries() const { return rows_.size() + timers_.size(); }
  std::size_t bytes() const;  // estimated

 private:
  Rows rows_;
  TimerOps timers_;
  std::size_t row_bytes_ = 0;
  std::uint64_t tail_records_ = 0;  // changelog records that a replay would have to read for this map
};

}  // namespace ebb
