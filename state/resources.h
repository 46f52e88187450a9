// What all stores of a process share: RocksDB's block cache, its background threads and their rate limit, and
// the one memory budget.
//
// The budget (state.memory) is for the whole process. It is split so:
//    5 %  RocksDB's block cache, with the index and filter blocks of open files charged to it
//   10 %  decoded rows of all stores: enough for those in open epochs and for customers who come all the time
//   38 %  committed rows as bytes of all stores: those that checkpoints write or will write, with the moves
//         of timers; the rest keeps rows that are on disk already, which take a fifth of what they take
//         decoded
//   15 %  records that clients have read ahead (client_bytes())
//   32 %  left to open epochs, the allocator and the program itself
// Each store gets an equal share of decoded and committed rows; shares change as stores come and go.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace ebb {

struct RocksShared;  // state/rocks_options.h

// The bytes of memory that this process may use: the least limit of its cgroup (v2 or v1) and of the groups
// above it, or the machine's memory if there is none. root: where / is, for tests.
std::size_t memory_budget(const std::string& root = "");

// Thread-safety: all methods may be called from any thread. Outlives its stores.
class StateResources {
 public:
  struct Options {
    std::size_t memory_bytes = 512u << 20;
    std::uint64_t tail_max_records = 200'000;  // of all stores: keeps recovery short
    int background_threads = 2;
    int opening_threads = 16;  // that look into a store's files when it is opened
    std::int64_t compaction_bytes_per_s = std::int64_t{256} << 20;
  };

  explicit StateResources(const Options& options);
  ~StateResources();
  StateResources(const StateResources&) = delete;
  StateResources& operator=(const StateResources&) = delete;

  // For clients' queues.
  std::size_t client_bytes() const { return options_.memory_bytes / 20 * 3; }
  // Of outputs that one worker's epoch may gather. Two more are on their way, each there twice, here and in
  // the client, and rows go with them.
  std::size_t epoch_bytes(int workers) const {
    return options_.memory_bytes / 64 / static_cast<std::size_t>(workers);
  }
  // What one store may hold now: decoded rows, committed rows.
  std::size_t cache_share_bytes() const { return options_.memory_bytes / 10 / stores_or_one(); }
  std::size_t rows_share_bytes() const { return options_.memory_bytes / 100 * 38 / stores_or_one(); }

  // Bytes and changelog records in the active maps of all stores. A map that is being checkpointed is not
  // counted: that all active maps together are written from an eighth of the budget on, and stop at two
  // eighths, leaves room for it.
  void store_opened() { stores_.fetch_add(1, std::memory_order_relaxed); }
  void store_closed() { stores_.fetch_sub(1, std::memory_order_relaxed); }
  void add_map(std::int64_t bytes, std::int64_t tail_records);
  // Has a store with this much in its map to write it because all together hold too much? True for those
  // that hold at least the mean.
  bool wants_checkpoint(std::size_t map_bytes, std::uint64_t tail_records) const;
  // All together hold twice as much as they should.
  bool maps_full() const;

  std::size_t block_cache_used_bytes() const;
  RocksShared& rocks() { return *rocks_; }

 private:
  std::size_t stores_or_one() const;
  std::int64_t maps_max_bytes() const { return static_cast<std::int64_t>(options_.memory_bytes / 8); }

  const Options options_;
  std::unique_ptr<RocksShared> rocks_;
  std::atomic<int> stores_{0};
  std::atomic<std::int64_t> map_bytes_{0}, tail_records_{0};
};

}  // namespace ebb
