// Decoded rows in memory, bounded by an estimate of their bytes. Evicts by CLOCK: a row that was asked for
// again since the hand passed stays for another round. Pinned rows are never evicted, so the cache may be
// over its limit by them. Evicted rows are used again for the next ones, with the memory they own.
// Thread: its owner's.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/types.h"
#include "state/row.h"

namespace ebb {

struct CachedRow final : Row {
  TimeMs settled_due_ms = kNever;  // some index entry is at or before it
  std::uint32_t pins = 0;          // open and in-flight epochs that hold this row
  bool in_open = false;            // one of the pins is the open epoch's
  bool known = false;              // false: created but not touched, or removed
  bool referenced = false;         // for CLOCK
  std::size_t place = 0;           // in the cache's ring
  std::size_t bytes = 0;           // estimated
  std::size_t decoded_bytes = 0;   // of the slices' memory when they were last decoded
};

class RowCache {
 public:
  // Null: not here. Valid until evict_to() unless pinned.
  CachedRow* find(std::string_view customer);
  // A find() of this customer is near.
  void prefetch(std::string_view customer) const;

  // A row to fill and insert(); its fields hold anything but the flags, which are as in a new one.
  std::unique_ptr<CachedRow> spare();
  void give_back(std::unique_ptr<CachedRow> row);
  // REQUIRES: no row of this customer is here.
  CachedRow* insert(std::unique_ptr<CachedRow> row, std::size_t encoded_bytes);
  void erase(CachedRow* row);
  void clear();

  // The row was changed; its encoding has this size now.
  void set_encoded_bytes(CachedRow* row, std::size_t encoded_bytes);
  // Evicts until at most max_bytes are held, but looks at max_steps rows at most, so that a cache full of
  // pinned ones costs a caller little.
  void evict_to(std::size_t max_bytes, std::size_t max_steps);

  std::size_t rows() const { return ring_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<CachedRow> take_out(CachedRow* row);

  absl::flat_hash_map<absl::string_view, CachedRow*> by_customer_;  // keys live in the rows
  std::vector<std::unique_ptr<CachedRow>> ring_;
  std::vector<std::unique_ptr<CachedRow>> spares_;
  std::size_t hand_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace ebb
