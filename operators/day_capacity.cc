#include "operators/day_capacity.h"

#include <algorithm>

#include "config/node.h"
#include "operators/log_buckets.h"

namespace ebb {
namespace {

using Slice = state::v1::DayCapacity;

// What was wanted a week ago counts half.
constexpr double kKeepPerDay = 0.906;
// Until so many finished days (faded) are known first come is first served.
constexpr double kMinDays = 1.9;

}  // namespace

DayCapacity::DayCapacity(FieldReader& reader)
    : per_day_(reader.integer("capacity_per_day", 0, 0, 100'000'000)) {}

// All tasks together have the whole: the first ones take what can't be split evenly.
std::int64_t DayCapacity::share_of_task(const SharedRef& shared) const {
  const std::int64_t tasks = std::max<std::int64_t>(shared.tasks(), 1);
  return per_day_ / tasks + (shared.task() < per_day_ % tasks ? 1 : 0);
}

bool DayCapacity::take(double worth, SharedRef& shared) const {
  if (!limited()) return true;
  Slice& slice = shared.edit<Slice>();
  add_to_buckets(worth, 1, slice.mutable_today());
  const bool room =
      slice.sent() < share_of_task(shared) && (!slice.has_least_worth() || worth >= slice.least_worth());
  if (room) {
    slice.set_sent(slice.sent() + 1);
  } else {
    slice.set_held(slice.held() + 1);
  }
  return room;
}

void DayCapacity::roll_over(SharedRef& shared) const {
  if (!limited() || shared.get<Slice>() == nullptr) return;
  Slice& slice = shared.edit<Slice>();
  fade_buckets(kKeepPerDay, slice.mutable_before());
  slice.set_days(slice.days() * kKeepPerDay + 1);
  add_buckets(slice.today(), slice.mutable_before());
  slice.clear_today();
  slice.set_sent_before(slice.sent_before() + slice.sent());
  slice.set_held_before(slice.held_before() + slice.held());
  slice.set_sent(0);
  slice.set_held(0);
  const double wanted_a_day = total_of(slice.before()) / slice.days();
  const double fits = static_cast<double>(share_of_task(shared)) / std::max(wanted_a_day, 1e-9);
  slice.clear_least_worth();
  if (slice.days() >= kMinDays && fits < 1)
    slice.set_least_worth(bucket_floor(quantile(slice.before(), 1 - fits)));
}

}  // namespace ebb
