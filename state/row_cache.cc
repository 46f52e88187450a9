#include "state/row_cache.h"

#include <cassert>
#include <utility>

namespace ebb {
namespace {

constexpr std::size_t kMaxSpares = 2048;  // about what an epoch lets go of, and the next one needs
constexpr std::size_t kEvictAhead = 4;    // rows that are fetched from memory before they are looked at
// The memory of larger rows is not used again: small rows would carry it on, unseen by the estimate.
constexpr std::size_t kMaxSpareBytes = 8 << 10;

absl::string_view to_absl(std::string_view s) {
  return {s.data(), s.size()};
}

// With the table's slot and the ring's; strings that are too long for their objects, and slices kept as
// bytes, have about the size of the encoding at most.
std::size_t estimate(const CachedRow& row, std::size_t encoded_bytes) {
  return sizeof(CachedRow) + 64 + row.customer.capacity() + row.slices.capacity() * sizeof(row.slices[0]) +
         row.slice_memory_bytes() + encoded_bytes;
}

}  // namespace

CachedRow* RowCache::find(std::string_view customer) {
  const auto it = by_customer_.find(to_absl(customer));
  if (it == by_customer_.end()) return nullptr;
  it->second->referenced = true;
  return it->second;
}

void RowCache::prefetch(std::string_view customer) const {
  by_customer_.prefetch(to_absl(customer));
}

std::unique_ptr<CachedRow> RowCache::spare() {
  if (spares_.empty()) return std::make_unique<CachedRow>();
  auto row = std::move(spares_.back());
  spares_.pop_back();
  return row;
}

void RowCache::give_back(std::unique_ptr<CachedRow> row) {
  if (spares_.size() >= kMaxSpares || row->bytes > kMaxSpareBytes) return;
  row->settled_due_ms = kNever;
  row->pins = 0;
  row->in_open = row->known = row->referenced = false;
  spares_.push_back(std::move(row));
}

CachedRow* RowCache::insert(std::unique_ptr<CachedRow> row, std::size_t encoded_bytes) {
  CachedRow* const raw = row.get();
  raw->place = ring_.size();
  raw->decoded_bytes = raw->slice_memory_bytes();
  raw->bytes = estimate(*raw, encoded_bytes);
  bytes_ += raw->bytes;
  [[maybe_unused]] const bool is_new = by_customer_.emplace(to_absl(raw->customer), raw).second;
  assert(is_new);
  ring_.push_back(std::move(row));
  return raw;
}

std::unique_ptr<CachedRow> RowCache::take_out(CachedRow* row) {
  by_customer_.erase(to_absl(row->customer));
  bytes_ -= row->bytes;
  const std::size_t place = row->place;
  std::swap(ring_[place], ring_.back());
  ring_[place]->place = place;
  auto out = std::move(ring_.back());
  ring_.pop_back();
  return out;
}

void RowCache::erase(CachedRow* row) {
  give_back(take_out(row));
}

void RowCache::clear() {
  by_customer_.clear();
  ring_.clear();
  spares_.clear();
  hand_ = bytes_ = 0;
}

void RowCache::set_encoded_bytes(CachedRow* row, std::size_t encoded_bytes) {
  bytes_ -= row->bytes;
  row->bytes = estimate(*row, encoded_bytes);
  bytes_ += row->bytes;
}

void RowCache::evict_to(std::size_t max_bytes, std::size_t max_steps) {
  for (std::size_t step = 0; bytes_ > max_bytes && !ring_.empty() && step < max_steps; ++step) {
    if (hand_ >= ring_.size()) hand_ = 0;
    if (hand_ + kEvictAhead < ring_.size()) __builtin_prefetch(&ring_[hand_ + kEvictAhead]->pins);
    CachedRow* const row = ring_[hand_].get();
    if (row->pins == 0 && !row->referenced) {
      erase(row);  // the last of the ring takes its place and is looked at next
    } else {
      row->referenced = false;
      ++hand_;
    }
  }
}

}  // namespace ebb
