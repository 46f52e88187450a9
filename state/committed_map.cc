#include "state/committed_map.h"

#include <absl/strings/string_view.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace ebb {
namespace {

constexpr std::size_t kRowOverhead = 128;   // slot of the table and two heap blocks
constexpr std::size_t kTimerOverhead = 96;  // slot of the tree and a heap block

struct SortItem {
  std::uint64_t prefix;
  const CommittedMap::Rows::value_type* row;
};

// Ids of customers mostly begin alike ("customer-00..."), so the prefix that is compared as one number is
// taken after what all have in common.
std::size_t common_prefix(const CommittedMap::Rows& rows) {
  if (rows.empty()) return 0;
  const std::string& first = rows.begin()->first;
  std::size_t common = first.size();
  for (const auto& [customer, row] : rows) {
    common = std::min(common, customer.size());
    common = static_cast<std::size_t>(
        std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(common), customer.begin())
            .first -
        first.begin());
  }
  return common;
}

std::uint64_t prefix_at(const std::string& s, std::size_t from) {
  unsigned char bytes[8] = {};
  std::memcpy(bytes, s.data() + from, std::min<std::size_t>(8, s.size() - from));
  std::uint64_t v = 0;
  for (const unsigned char byte : bytes) v = v << 8 | byte;
  return v;
}

}  // namespace

void CommittedMap::put(std::string customer, std::string bytes, bool tombstone) {
  const std::size_t added = kRowOverhead + customer.size() + bytes.size();
  const auto [it, is_new] = rows_.try_emplace(std::move(customer));
  if (!is_new) row_bytes_ -= kRowOverhead + it->first.size() + it->second.bytes.size();
  row_bytes_ += added;
  it->second = CommittedRow{std::move(bytes), tombstone};
}

const CommittedRow* CommittedMap::find(std::string_view customer) const {
  const auto it = rows_.find(absl::string_view(customer.data(), customer.size()));
  return it == rows_.end() ? nullptr : &it->second;
}

std::vector<const CommittedMap::Rows::value_type*> CommittedMap::sorted() const {
  const std::size_t common = common_prefix(rows_);
  std::vector<SortItem> items;
  items.reserve(rows_.size());
  for (const auto& row : rows_) items.push_back({prefix_at(row.first, common), &row});
  std::sort(items.begin(), items.end(), [](const SortItem& a, const SortItem& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.row->first < b.row->first;
  });
  std::vector<const Rows::value_type*> out;
  out.reserve(items.size());
  for (const SortItem& item : items) out.push_back(item.row);
  return out;
}

std::size_t CommittedMap::bytes() const {
  return row_bytes_ + timers_.size() * kTimerOverhead;
}

}  // namespace ebb
