// The rows and timers of one task: decoded row cache in front, which holds the rows of epochs not yet
// committed too; then committed rows as bytes, those that the next checkpoint will write and others; then
// RocksDB. Disk never holds what Kafka (the log) has not committed: rows reach it only through commit() or
// restore(), as one sorted SST per checkpoint, ingested together with the changelog position it stands for.
//
// Life: open -> restore()* -> restored() -> [find/touch/timers -> close_epoch -> commit | drop_open]* ->
// close. Thread: the worker's; only a CheckpointJob runs elsewhere.
//
// The bytes of a row are described in row_codec.h, what else stands on disk in disk_keys.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "state/row.h"

namespace ebb {

class StateResources;  // state/resources.h: block cache, rate limiter, limits shared by all stores of a
                       // process

// Where in its changelog a store stands.
struct StorePosition {
  Offset changelog_offset = 0;  // replay from here; 0 = from the beginning
  std::string incarnation;      // of the changelog; empty = nothing stored yet
  TimeMs in_step_wall_ms = 0;   // wall time at which the store was last known to be in step
};

struct TimerKey {
  TimeMs time_ms = 0;
  std::string customer;
};

// A changed row as it goes into the changelog.
struct RowChange {
  std::string key;    // see changelog_key()
  std::string bytes;  // empty for a tombstone
  bool tombstone = false;
};

struct StoreStats {
  std::size_t cached_rows = 0, cached_bytes = 0;  // decoded
  std::size_t map_rows = 0, map_bytes = 0;        // committed, not yet on disk
  std::size_t kept_rows = 0, kept_bytes = 0;      // committed, on disk and as bytes in memory
  std::uint64_t cache_hits = 0, cache_misses = 0;
  std::uint64_t map_hits = 0;  // of the misses: found in the map or kept
  std::uint64_t disk_reads = 0, disk_hits = 0;
  std::uint64_t checkpoints = 0;
};

// Writes what a store had committed up to a moment as one SST. Run it once, on any thread; then hand it back.
// The store must outlive run().
class CheckpointJob {
 public:
  virtual ~CheckpointJob() = default;
  // Sorts, writes, ingests. No lock of the worker's is needed meanwhile.
  virtual Status run() = 0;
};

class TaskStore {
 public:
  struct Options {
    std::string dir;  // of this task; created
    TaskId task = 0;
    // Limits of this store alone. What all stores together may hold is bounded by StateResources besides.
    std::size_t map_max_rows = 100'000;        // checkpoint wanted beyond this many rows and index moves ...
    std::size_t map_max_bytes = 64u << 20;     // ... or bytes in the map
    std::uint64_t tail_max_records = 200'000;  // ... or changelog records since the last checkpoint
    std::size_t cache_max_bytes = std::numeric_limits<std::size_t>::max();  // decoded rows, estimated
    std::size_t rows_max_bytes = std::numeric_limits<std::size_t>::max();   // committed rows, on disk or not
  };

  // schema and resources outlive the store. A store whose first restore was cut short is emptied.
  // Errors: kUnavailable when another process or worker still has it open (try again), kInternal for a broken
  // disk.
  static Result<std::unique_ptr<TaskStore>> open(const Options& options, const RowSchema* schema,
                                                 StateResources* resources);
  virtual ~TaskStore() = default;

  // ---- recovery
  // As it stands on disk.
  virtual const StorePosition& position() const = 0;
  // REQUIRES: no checkpoint is under way.
  // Removes everything: another incarnation, too long away, or a position that the changelog doesn't have.
  virtual Status wipe() = 0;
  // One changelog record of a row: bytes or a tombstone. offset: the record's own. May checkpoint by itself
  // when the map is full (an empty disk is filled by sorted ingestion), waiting for compaction if need be.
  // Such a checkpoint leaves the position as it was: the rows after the last task record don't say where that
  // record is, and to read some rows twice does no harm. Errors: kInvalid for bytes that are no row.
  virtual Status restore(std::string_view customer, std::optional<std::string_view> bytes, Offset offset) = 0;
  // The changelog was read to its end. safe_offset: where the next recovery may start from.
  // REQUIRES: incarnation isn't empty.
  virtual Status restored(Offset safe_offset, std::string_view incarnation) = 0;

  // ---- rows
  // Null when nothing is known of the customer. The row is valid until the next call of find, find_or_create,
  // commit or drop_open, or for as long as it is touched and its epoch is open or in flight.
  virtual Result<Row*> find(std::string_view customer) = 0;
  virtual Result<Row*> find_or_create(std::string_view customer) = 0;
  // Hints that a find of this customer comes soon (about ten finds from now), and sooner still (three): what
  // it will look at is fetched into the processor's caches meanwhile. Nothing else happens.
  virtual void find_soon(std::string_view customer) const = 0;
  virtual void find_next(std::string_view customer) const = 0;
  // As find_or_create(), but the row stays in memory, valid until drop_open(), wipe() or close(). One row at
  // most.
  virtual Result<Row*> hold(std::string_view customer) = 0;
  // The row is about to be changed in the open epoch: pins it. A row made by find_or_create() exists from
  // here on; until then find() doesn't see it.
  virtual void touch(Row* row) = 0;
  // The change is done: if due_ms is earlier than when the row was last settled or read, an index entry is
  // added for it, so that some entry is always at or before due_ms. close_epoch() does it for those who
  // forgot. REQUIRES: touched.
  virtual void settle(Row* row) = 0;
  // The row ends with the open epoch: a tombstone in the changelog, nothing on disk. Touched or not before;
  // find_or_create() and touch() make it anew, in the same epoch or a later one.
  virtual void remove(Row* row) = 0;
  // The row as last committed, decoded afresh for a question from outside; null: unknown.
  virtual Result<std::unique_ptr<Row>> find_committed(std::string_view customer) = 0;

  // ---- timers
  // Takes the earliest index entry with time <= up_to out of the index (as part of the open epoch); false:
  // none. No I/O while nothing is due. An entry is a hint: the caller looks at the row. If the row's due_ms
  // is later, or once it has fired, the caller puts an entry back at the row's due_ms with rearm().
  virtual Result<bool> take_timer(TimeMs up_to, TimerKey* out) = 0;
  // Adds an index entry in the open epoch. Twice the same is one entry. kNever is ignored.
  virtual void rearm(TimeMs time_ms, std::string_view customer) = 0;

  // ---- epochs
  // Rows touched since the last close, or index moves?
  virtual bool open_epoch_dirty() const = 0;
  virtual std::size_t open_epoch_rows() const = 0;
  // Ends the open epoch under this number: serialises its rows. Its rows stay pinned until commit or drop.
  virtual Result<std::vector<RowChange>> close_epoch(std::uint64_t number) = 0;
  // The oldest closed epoch was committed: its rows (given back, moved from) enter the map.
  // safe_offset: the changelog offset of its task record.
  virtual void commit(std::uint64_t number, std::vector<RowChange> rows, Offset safe_offset) = 0;
  // Forgets the open epoch and all that are closed but not committed: rows and index are as last committed.
  virtual void drop_open() = 0;

  // ---- checkpoints
  virtual bool checkpoint_wanted() const = 0;
  // At most one at a time. in_step_wall_ms: now. Null when there is nothing to write (the time in step alone
  // is worth writing once a minute), and while compaction is behind. The rows stay readable here meanwhile.
  virtual std::unique_ptr<CheckpointJob> begin_checkpoint(TimeMs in_step_wall_ms) = 0;
  // outcome: what run() returned. After a failure the next checkpoint writes the same again; the error comes
  // back with its context.
  virtual Status end_checkpoint(std::unique_ptr<CheckpointJob> job, Status outcome) = 0;
  // No more should come in for now (back-pressure): the map is so full that a checkpoint has to end first, or
  // rows of epochs that wait for their commit fill the cache.
  virtual bool full() const = 0;

  virtual StoreStats stats() const = 0;
  // Optional last checkpoint (a clean stop), then closes RocksDB. Epochs not committed are forgotten. The
  // store is of no use afterwards. REQUIRES: no checkpoint is under way.
  virtual Status close(bool checkpoint, TimeMs in_step_wall_ms) = 0;
};

}  // namespace ebb
