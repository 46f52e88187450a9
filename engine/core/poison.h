// What made an operator fail, so that it is dead-lettered when it comes again after the rollback.
//
// An operator that throws is a bug of ours; the customers of the other events must not pay for it. The worker
// drops its open epochs, recovers, and meets the same record again: it is then refused instead of applied.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "engine/base/types.h"

namespace ebb {

// One failure: of a record, or of a customer's timer.
struct Poison {
  TaskId task = 0;
  SourceId source = -1;  // -1: a timer
  Offset offset = 0;
  std::string customer;  // of a timer
};

class PoisonList {
 public:
  void add(const Poison& p) {
    if (p.source < 0) {
      timers_.emplace(p.task, p.customer);
    } else {
      records_.emplace(p.task, p.source, p.offset);
    }
  }
  bool has_record(TaskId task, SourceId source, Offset offset) const {
    return !records_.empty() && records_.count({task, source, offset}) > 0;
  }
  bool has_timer(TaskId task, const std::string& customer) const {
    return !timers_.empty() && timers_.count({task, customer}) > 0;
  }
  // More than this many and the process should stop: something is wrong with more than an event.
  bool full() const { return records_.size() + timers_.size() >= 1000; }

 private:
  std::set<std::tuple<TaskId, SourceId, Offset>> records_;
  std::set<std::pair<TaskId, std::string>> timers_;
};

}  // namespace ebb
