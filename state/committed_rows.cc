#include "state/committed_rows.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace ebb {
namespace {

constexpr std::size_t kLineBytes = 64, kRowLines = 4;  // of the processor's cache; of a usual row
constexpr std::size_t kEvictAhead = 4,
                      kCustomersAhead = 8;  // rows that are fetched before they are looked at
constexpr std::size_t kGrain = 64;          // of a row's memory: malloc would round it up to about the same
constexpr std::size_t kMaxSlack = 256;      // of a row that has become smaller, before it gets less memory
constexpr std::size_t kOverhead = 40;       // malloc's own, the table's slot, the list's

struct SortItem {
  std::uint64_t prefix;
  const CommittedRow* row;
};

void prefetch_customer(const std::vector<const CommittedRow*>& rows, std::size_t before) {
  if (before + kCustomersAhead < rows.size()) __builtin_prefetch(rows[before + kCustomersAhead]);
}

// Ids of customers mostly begin alike ("customer-00..."), so the prefix that is compared as one number is
// taken after what all have in common.
std::size_t common_prefix(const std::vector<const CommittedRow*>& rows) {
  if (rows.empty()) return 0;
  const std::string_view first = rows.front()->customer();
  std::size_t common = first.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    prefetch_customer(rows, i);
    const std::string_view customer = rows[i]->customer();
    common = std::min(common, customer.size());
    const char* const end = first.data() + common;
    common = static_cast<std::size_t>(std::mismatch(first.data(), end, customer.data()).first - first.data());
  }
  return common;
}

std::uint64_t prefix_at(std::string_view s, std::size_t from) {
  unsigned char bytes[8] = {};
  std::memcpy(bytes, s.data() + from, std::min<std::size_t>(sizeof bytes, s.size() - from));
  std::uint64_t v = 0;
  for (const unsigned char byte : bytes) v = v << 8 | byte;
  return v;
}

}  // namespace

std::size_t CommittedRows::cost(const CommittedRow& row) {
  return kOverhead + sizeof(CommittedRow) + row.customer_bytes_ + row.room_;
}

CommittedRow* CommittedRows::make(std::string_view customer, std::string_view bytes, bool tombstone) {
  const std::size_t fixed = sizeof(CommittedRow) + customer.size();
  const std::size_t size = (fixed + bytes.size() + kGrain - 1) / kGrain * kGrain;
  void* const memory = ::operator new(size);
  auto* const row = new (memory) CommittedRow;
  row->customer_bytes_ = static_cast<std::uint32_t>(customer.size());
  row->room_ = static_cast<std::uint32_t>(size - fixed);
  row->row_bytes_ = static_cast<std::uint32_t>(bytes.size());
  row->tombstone_ = tombstone;
  char* const text = static_cast<char*>(memory) + sizeof(CommittedRow);
  std::memcpy(text, customer.data(), customer.size());
  if (!bytes.empty()) std::memcpy(text + customer.size(), bytes.data(), bytes.size());
  bytes_ += cost(*row);
  return row;
}

void CommittedRows::free_row(CommittedRow* row) {
  bytes_ -= cost(*row);
  ::operator delete(row);
}

void CommittedRows::push(CommittedRow* row, List* list) {
  row->place_ = static_cast<std::uint32_t>(list->size());
  list->push_back(row);
}

void CommittedRows::take_out(const CommittedRow* row, List* list) {
  CommittedRow* const last = list->back();
  (*list)[row->place_] = last;
  last->place_ = row->place_;
  list->pop_back();
}

// A newer row has taken this one's place in the table.
void CommittedRows::make_way(CommittedRow* row) {
  if (row->generation_ == active_generation_) {
    active_bytes_ -= cost(*row);
    take_out(row, &active_);
  } else if (row->generation_ + 1 == active_generation_) {
    row->superseded_ = true;  // it is being written; thaw() frees it
    return;
  } else {
    take_out(row, &kept_);
  }
  free_row(row);
}

// Puts new bytes where the old ones are, if they have about the same length and nobody else reads them.
bool CommittedRows::overwrite(CommittedRow* row, std::string_view bytes, bool tombstone) {
  const bool frozen = row->generation_ + 1 == active_generation_;
  if (frozen || bytes.size() > row->room_ || bytes.size() + kMaxSlack < row->room_) return false;
  if (row->generation_ != active_generation_) {
    take_out(row, &kept_);
    row->generation_ = active_generation_;
    active_bytes_ += cost(*row);
    push(row, &active_);
  }
  row->row_bytes_ = static_cast<std::uint32_t>(bytes.size());
  row->tombstone_ = tombstone;
  if (!bytes.empty()) std::memcpy(row->text() + row->customer_bytes_, bytes.data(), bytes.size());
  return true;
}

void CommittedRows::put(std::string_view customer, std::string_view bytes, bool tombstone) {
  const auto it = table_.find(key(customer));
  if (it != table_.end() && overwrite(*it, bytes, tombstone)) return;
  CommittedRow* const row = make(customer, bytes, tombstone);
  row->generation_ = active_generation_;
  if (it != table_.end()) {
    CommittedRow* const old = *it;
    const_cast<CommittedRow*&>(*it) = row;  // the same key, so the same hash
    make_way(old);
  } else {
    table_.insert(row);
  }
  active_bytes_ += cost(*row);
  push(row, &active_);
}

const CommittedRow* CommittedRows::find(std::string_view customer) {
  const auto it = table_.find(key(customer));
  if (it == table_.end()) return nullptr;
  (*it)->referenced_ = true;
  return *it;
}

void CommittedRows::prefetch_row(std::string_view customer) const {
  const auto it = table_.find(Guess{key(customer)});
  if (it != table_.end()) fetch_ahead(*it);
}

void fetch_ahead(const CommittedRow* row) {
  const char* const memory = reinterpret_cast<const char*>(row);
  for (std::size_t line = 0; line < kRowLines; ++line) __builtin_prefetch(memory + line * kLineBytes);
}

const CommittedRow* CommittedRows::keep(std::string_view customer, std::string_view bytes) {
  CommittedRow* const row = make(customer, bytes, false);
  [[maybe_unused]] const bool is_new = table_.insert(row).second;
  assert(is_new);
  push(row, &kept_);
  return row;
}

std::vector<const CommittedRow*> CommittedRows::freeze() {
  assert(frozen_.empty());
  frozen_.swap(active_);
  frozen_bytes_ = active_bytes_;
  active_bytes_ = 0;
  ++active_generation_;
  return {frozen_.begin(), frozen_.end()};
}

void CommittedRows::thaw() {
  for (CommittedRow* const row : frozen_) {
    if (row->superseded_) {
      free_row(row);
    } else if (row->tombstone_) {
      table_.erase(row);
      free_row(row);
    } else {
      row->generation_ = 0;
      push(row, &kept_);
    }
  }
  frozen_.clear();
  frozen_bytes_ = 0;
}

void CommittedRows::evict_to(std::size_t max_bytes, std::size_t max_steps) {
  for (std::size_t step = 0; bytes_ > max_bytes && !kept_.empty() && step < max_steps; ++step) {
    if (hand_ >= kept_.size()) hand_ = 0;
    if (hand_ + kEvictAhead < kept_.size()) __builtin_prefetch(kept_[hand_ + kEvictAhead]);
    CommittedRow* const row = kept_[hand_];
    if (row->referenced_) {
      row->referenced_ = false;
      ++hand_;
      continue;
    }
    table_.erase(row);
    take_out(row, &kept_);
    free_row(row);
  }
}

void CommittedRows::clear() {
  for (CommittedRow* const row : frozen_) {
    if (row->superseded_) free_row(row);
  }
  for (CommittedRow* const row : table_) free_row(row);
  table_.clear();
  active_.clear();
  frozen_.clear();
  kept_.clear();
  hand_ = active_bytes_ = frozen_bytes_ = 0;
}

std::vector<const CommittedRow*> sorted(const std::vector<const CommittedRow*>& rows) {
  const std::size_t common = common_prefix(rows);
  std::vector<SortItem> items;
  items.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    prefetch_customer(rows, i);
    items.push_back({prefix_at(rows[i]->customer(), common), rows[i]});
  }
  std::sort(items.begin(), items.end(), [](const SortItem& a, const SortItem& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.row->customer() < b.row->customer();
  });
  std::vector<const CommittedRow*> out;
  out.reserve(items.size());
  for (const SortItem& item : items) out.push_back(item.row);
  return out;
}

}  // namespace ebb
