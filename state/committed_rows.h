// Committed rows as bytes: those that the next checkpoint will write (active), those that one is writing
// (frozen), and as many of those on disk already as there is room for (kept): a row found here costs a tenth
// of what RocksDB's Get does. Each customer has one entry, the newest; each entry is one piece of memory.
//
// Thread: its owner's. The bytes and the customer of a frozen row may be read on another thread meanwhile.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ebb {

class CommittedRow {
 public:
  std::string_view customer() const { return {text(), customer_bytes_}; }
  std::string_view bytes() const { return {text() + customer_bytes_, row_bytes_}; }  // empty for a tombstone
  bool tombstone() const { return tombstone_; }

 private:
  friend class CommittedRows;
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
  char* text() { return reinterpret_cast<char*>(this + 1); }

  std::uint32_t customer_bytes_ = 0, row_bytes_ = 0;
  std::uint32_t room_ = 0;        // for the row's bytes
  std::uint32_t place_ = 0;       // in the list of its kind
  std::uint32_t generation_ = 0;  // of the map that it entered; see CommittedRows
  bool tombstone_ = false;
  bool superseded_ = false;  // while frozen: a newer one has come
  bool referenced_ = false;  // while kept: for CLOCK
};

class CommittedRows {
 public:
  CommittedRows() = default;
  ~CommittedRows() { clear(); }
  CommittedRows(const CommittedRows&) = delete;
  CommittedRows& operator=(const CommittedRows&) = delete;

  // A newly committed row. The views may not point into this object.
  void put(std::string_view customer, std::string_view bytes, bool tombstone);
  // Null: not here, ask the disk. Valid until put, keep, thaw or evict.
  const CommittedRow* find(std::string_view customer);
  // A find(), then the use of the row's bytes, is near: first the table is fetched from memory, later the
  // row.
  void prefetch(std::string_view customer) const { table_.prefetch(key(customer)); }
  void prefetch_row(std::string_view customer) const;
  // A row as it stands on disk. REQUIRES: find() doesn't find it.
  const CommittedRow* keep(std::string_view customer, std::string_view bytes);

  // The active rows become frozen. In no order. REQUIRES: none are.
  std::vector<const CommittedRow*> freeze();
  // The frozen rows are on disk.
  void thaw();
  // Forgets kept rows until all together have at most max_bytes, but looks at max_steps at most.
  void evict_to(std::size_t max_bytes, std::size_t max_steps);
  // REQUIRES: nobody reads frozen rows.
  void clear();

  std::size_t active_rows() const { return active_.size(); }
  std::size_t active_bytes() const { return active_bytes_; }
  std::size_t frozen_rows() const { return frozen_.size(); }
  std::size_t frozen_bytes() const { return frozen_bytes_; }
  std::size_t kept_rows() const { return kept_.size(); }
  std::size_t bytes() const { return bytes_; }  // of all, with what the tables cost, estimated

 private:
  static absl::string_view key(std::string_view s) { return {s.data(), s.size()}; }
  // Any row with a hash like this customer's: nearly always the right one, and no row has to be read for it.
  struct Guess {
    absl::string_view customer;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(Guess guess) const { return (*this)(guess.customer); }
    std::size_t operator()(const CommittedRow* row) const { return (*this)(key(row->customer())); }
    std::size_t operator()(absl::string_view s) const { return absl::Hash<absl::string_view>()(s); }
  };
  struct Equal {
    using is_transparent = void;
    static absl::string_view of(const CommittedRow* row) { return key(row->customer()); }
    static absl::string_view of(absl::string_view s) { return s; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return of(a) == of(b);
    }
    template <typename A>
    bool operator()(const A& /*row*/, const Guess& /*guess*/) const {
      return true;
    }
  };
  using List = std::vector<CommittedRow*>;

  static std::size_t cost(const CommittedRow& row);
  bool overwrite(CommittedRow* row, std::string_view bytes, bool tombstone);
  CommittedRow* make(std::string_view customer, std::string_view bytes, bool tombstone);
  void free_row(CommittedRow* row);
  void make_way(CommittedRow* row);
  static void push(CommittedRow* row, List* list);
  static void take_out(const CommittedRow* row, List* list);

  absl::flat_hash_set<CommittedRow*, Hash, Equal> table_;
  List active_, frozen_, kept_;
  std::uint32_t active_generation_ = 2;  // frozen: one less; kept: 0
  std::size_t hand_ = 0;                 // in kept_
  std::size_t bytes_ = 0, active_bytes_ = 0, frozen_bytes_ = 0;
};

// The row will be read soon.
void fetch_ahead(const CommittedRow* row);

// In bytewise order of their customers.
std::vector<const CommittedRow*> sorted(const std::vector<const CommittedRow*>& rows);

}  // namespace ebb
