#include "state/timer_index.h"

#include <cassert>
#include <string>
#include <utility>

namespace ebb {
namespace {

constexpr std::size_t kChunk = 4096;

// Merges the cursor and the layers in order of keys; of one key the newest layer has the say.
class Merge {
 public:
  Merge(std::unique_ptr<TimerCursor> disk, const std::vector<const TimerOps*>& layers, const TimerView& from)
      : disk_(std::move(disk)) {
    for (const TimerOps* layer : layers) heads_.push_back({layer->lower_bound(from), layer->end()});
  }

  // False at the end. *present: is the entry there?
  bool next(TimerKey* key, bool* present) {
    const TimerOps::value_type* least = nullptr;
    for (const Head& head : heads_) {
      if (head.at == head.end) continue;
      if (least == nullptr || TimerLess()(head.at->first, least->first)) least = &*head.at;
    }
    const bool disk_first = disk_->valid() && (least == nullptr || !TimerLess()(least->first, disk_->key()));
    if (!disk_first && least == nullptr) return false;
    *key = disk_first ? disk_->key().key() : least->first;
    *present = disk_first;
    for (Head& head : heads_) {  // oldest first
      if (head.at == head.end || TimerLess()(*key, head.at->first)) continue;
      *present = head.at->second;
      ++head.at;
    }
    if (disk_first) disk_->next();
    return true;
  }

  Status status() const { return disk_->status(); }

 private:
  struct Head {
    TimerOps::const_iterator at, end;
  };
  std::unique_ptr<TimerCursor> disk_;
  std::vector<Head> heads_;
};

}  // namespace

bool TimerIndex::before_horizon(const TimerView& key) const {
  return horizon_is_end_ || TimerLess()(key, horizon_);
}

void TimerIndex::put_in_window(TimeMs time_ms, std::string_view customer) {
  const TimerView key(time_ms, customer);
  if (!before_horizon(key)) return;
  window_.insert(key.key());
  if (window_.size() <= 2 * kChunk) return;
  auto cut = window_.begin();
  for (std::size_t i = 0; i < kChunk; ++i) ++cut;
  horizon_ = *cut;
  horizon_is_end_ = false;
  window_.erase(cut, window_.end());
}

void TimerIndex::add(TimeMs time_ms, std::string_view customer) {
  open_.insert_or_assign(TimerView(time_ms, customer).key(), true);
  put_in_window(time_ms, customer);
}

void TimerIndex::added_committed(TimeMs time_ms, std::string_view customer) {
  put_in_window(time_ms, customer);
}

Result<bool> TimerIndex::take(TimeMs up_to, TimerKey* out) {
  while (window_.empty()) {
    if (horizon_is_end_ || horizon_.time_ms > up_to) return false;
    EBB_TRY(refill());
  }
  const auto first = window_.begin();
  if (first->time_ms > up_to) return false;
  *out = *first;
  window_.erase(first);
  open_.insert_or_assign(*out, false);
  return true;
}

void TimerIndex::close_epoch() {
  in_flight_.push_back(std::move(open_));
  open_ = {};
}

void TimerIndex::commit_epoch(TimerOps* into) {
  assert(!in_flight_.empty());
  TimerOps& moves = in_flight_.front();
  if (into->empty()) {
    *into = std::move(moves);
  } else {
    for (auto& [key, present] : moves) into->insert_or_assign(key, present);
  }
  in_flight_.pop_front();
}

void TimerIndex::drop() {
  in_flight_.clear();
  open_.clear();
  window_.clear();
  horizon_ = {kBeginning, {}};
  horizon_is_end_ = false;
}

Status TimerIndex::refill() {
  std::vector<const TimerOps*> layers = committed_;
  for (const TimerOps& moves : in_flight_) layers.push_back(&moves);
  layers.push_back(&open_);
  Merge merge(disk_(horizon_), layers, horizon_);
  TimerKey key;
  bool present = false, more = false;
  absl::btree_set<TimerKey, TimerLess> found;
  while (found.size() < kChunk && (more = merge.next(&key, &present))) {
    if (present) found.insert(found.end(), key);
  }
  EBB_TRY(merge.status());
  window_ = std::move(found);
  horizon_is_end_ = !more;
  key.customer.push_back('\0');  // the least key after the last that was seen
  if (more) horizon_ = std::move(key);
  return Status::ok();
}

}  // namespace ebb
