// How much may go out in a day, and what goes first: a task's share of a daily capacity. What is worth more
// than most of what was wanted on finished days goes out at once; the rest waits, and is looked at again the
// next day. Kept in an operator's shared slice.
#pragma once

#include <cstdint>

#include "ebb/state/v1/capacity_slice.pb.h"
#include "operators/operator.h"

namespace ebb {

class FieldReader;

class DayCapacity {
 public:
  // Reads `capacity_per_day`; 0: no limit.
  explicit DayCapacity(FieldReader& reader);

  bool limited() const { return per_day_ > 0; }
  // Takes a place for something of this worth (minor units; any number) if there is one. Counts it as wanted
  // either way.
  bool take(double worth, SharedRef& shared) const;
  // A day has ended: sets what the next one demands.
  void roll_over(SharedRef& shared) const;
  // When to look again at what was held back.
  static TimeMs next_day(TimeMs at_ms) { return (at_ms / kDayMs + 1) * kDayMs; }

 private:
  std::int64_t share_of_task(const SharedRef& shared) const;
  std::int64_t per_day_;
};

}  // namespace ebb
