#include "state/task_store.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

#include "state/committed_rows.h"
#include "state/resources.h"
#include "state/row_cache.h"
#include "state/row_codec.h"
#include "state/task_db.h"
#include "state/timer_index.h"

namespace ebb {
namespace {

constexpr DurationMs kRefreshInStepMs = kMinuteMs;
constexpr std::size_t kStepsPerRow = 4;    // of eviction, for each row that comes in or is let go
constexpr std::size_t kRestoreTimes = 4;   // as large a map is written while restoring
constexpr std::size_t kTimerOpBytes = 96;  // slot of the tree and a heap block, estimated

// A row that lives long in the cache is decoded anew when its slices have grown by this much and doubled,
// since what they let go of is not free before.
constexpr std::size_t kSliceGrowthBytes = 4 << 10;

// Loops over rows fetch them into the processor's caches: what leads to a row first, then the row.
constexpr std::size_t kAhead = 4;

void prefetch_row(const CachedRow& row) {
  const char* const memory = reinterpret_cast<const char*>(&row);
  for (std::size_t at = 0; at < sizeof row; at += 64) __builtin_prefetch(memory + at);
}

void prefetch_slices(const CachedRow& row) {
  const char* const memory = static_cast<const char*>(row.slice_memory());
  for (std::size_t at = 0; at < 1024; at += 64) __builtin_prefetch(memory + at);
}

class MapJob final : public CheckpointJob {
 public:
  MapJob(std::shared_ptr<TaskDb> db, std::shared_ptr<const CheckpointData> frozen)
      : db_(std::move(db)), frozen_(std::move(frozen)) {}
  Status run() override { return db_->write_checkpoint(*frozen_); }

 private:
  const std::shared_ptr<TaskDb> db_;
  const std::shared_ptr<const CheckpointData> frozen_;
};

class PositionJob final : public CheckpointJob {
 public:
  PositionJob(std::shared_ptr<TaskDb> db, StorePosition position)
      : db_(std::move(db)), position_(std::move(position)) {}
  Status run() override { return db_->write_position(position_); }

 private:
  const std::shared_ptr<TaskDb> db_;
  const StorePosition position_;
};

class TaskStoreImpl final : public TaskStore {
 public:
  TaskStoreImpl(Options options, const RowSchema* schema, StateResources* resources)
      : options_(std::move(options)),
        schema_(schema),
        resources_(resources),
        timers_([this](const TimerView& from) { return db_->timers(from); }) {
    resources_->store_opened();
    timers_committed();
  }
  ~TaskStoreImpl() override {
    count_map(0, 0);
    resources_->store_closed();
  }

  Status open_disk();

  const StorePosition& position() const override { return on_disk_; }
  Status wipe() override;
  Status restore(std::string_view customer, std::optional<std::string_view> bytes, Offset offset) override;
  Status restored(Offset safe_offset, std::string_view incarnation) override;

  Result<Row*> find(std::string_view customer) override;
  Result<Row*> find_or_create(std::string_view customer) override;
  Result<Row*> hold(std::string_view customer) override;
  void touch(Row* row) override;
  void settle(Row* row) override;
  void remove(Row* row) override;
  Result<std::unique_ptr<Row>> find_committed(std::string_view customer) override;

  Result<bool> take_timer(TimeMs up_to, TimerKey* out) override { return timers_.take(up_to, out); }
  void rearm(TimeMs time_ms, std::string_view customer) override {
    if (time_ms != kNever) timers_.add(time_ms, customer);
  }

  void find_soon(std::string_view customer) const override {
    cache_.prefetch(customer);
    rows_.prefetch(customer);
  }
  void find_next(std::string_view customer) const override { rows_.prefetch_row(customer); }

  bool open_epoch_dirty() const override { return !open_rows_.empty() || timers_.open_dirty(); }
  std::size_t open_epoch_rows() const override { return open_rows_.size(); }
  Result<std::vector<RowChange>> close_epoch(std::uint64_t number) override;
  void commit(std::uint64_t number, std::vector<RowChange> rows, Offset safe_offset) override;
  void drop_open() override;

  bool checkpoint_wanted() const override;
  std::unique_ptr<CheckpointJob> begin_checkpoint(TimeMs in_step_wall_ms) override;
  Status end_checkpoint(std::unique_ptr<CheckpointJob> job, Status outcome) override;
  bool full() const override;

  StoreStats stats() const override;
  Status close(bool checkpoint, TimeMs in_step_wall_ms) override;

 private:
  struct ClosedEpoch {
    std::uint64_t number = 0;
    std::vector<CachedRow*> rows;
  };

  std::size_t cache_limit() const;
  void make_room(std::size_t max_steps);
  void make_room_for_committed();
  CachedRow* cached(std::string_view customer);
  Result<std::optional<std::string_view>> committed_bytes(std::string_view customer);
  Result<CachedRow*> load(std::string_view customer, std::string_view bytes);
  CachedRow* create(std::string_view customer);
  void unpin(CachedRow* row) { --row->pins; }
  void drop_rows(const std::vector<CachedRow*>& rows);

  std::size_t map_entries() const { return rows_.active_rows() + active_timers_.size(); }
  std::size_t map_bytes() const { return rows_.active_bytes() + kTimerOpBytes * active_timers_.size(); }
  bool map_exceeds(std::size_t times) const;
  void put_committed(std::string_view customer, std::string_view bytes, bool tombstone);
  void timers_committed();
  void count_map(std::size_t bytes, std::uint64_t records);
  StorePosition position_now(TimeMs in_step_wall_ms) const;
  void freeze(StorePosition position);
  std::unique_ptr<CheckpointJob> job_to_do(TimeMs in_step_wall_ms);
  Status checkpoint_here(TimeMs in_step_wall_ms);

  const Options options_;
  const RowSchema* const schema_;
  StateResources* const resources_;
  std::shared_ptr<TaskDb> db_;

  StorePosition on_disk_;
  Offset safe_offset_ = 0;   // of what is committed, disk or not
  std::string incarnation_;  // known since restored()
  bool restoring_ = true;

  RowCache cache_;
  TimerIndex timers_;
  CommittedRows rows_;
  TimerOps active_timers_;          // go with the active rows, as frozen_'s do with the frozen ones
  std::uint64_t tail_records_ = 0;  // changelog records that a replay would have to read for the active rows
  std::size_t counted_bytes_ = 0;   // of the active map, as StateResources knows it
  std::uint64_t counted_records_ = 0;
  std::shared_ptr<CheckpointData> frozen_;  // being written, or to be written again after a failure
  StorePosition writing_;                   // what the job under way will have made of on_disk_
  bool job_out_ = false;

  std::vector<CachedRow*> open_rows_;  // pinned, as are those of closed epochs
  std::deque<ClosedEpoch> closed_;
  CachedRow* held_ = nullptr;  // pinned for good
  StoreStats stats_;
};

std::string_view customer_of(const RowChange& change) {
  return std::string_view(change.key).substr(1);
}

CachedRow* as_cached(Row* row) {
  return static_cast<CachedRow*>(row);
}

// ---- opening, recovery

Status TaskStoreImpl::open_disk() {
  EBB_ASSIGN(db_, TaskDb::open(options_.dir, resources_));
  EBB_ASSIGN(const auto position, db_->read_position());
  // Rows without an incarnation: a first restore was cut short. Of which changelog they were nobody knows.
  if (position && position->incarnation.empty()) return wipe();
  on_disk_ = position.value_or(StorePosition{});
  safe_offset_ = on_disk_.changelog_offset;
  incarnation_ = on_disk_.incarnation;
  return Status::ok();
}

Status TaskStoreImpl::wipe() {
  assert(!job_out_);
  drop_open();
  cache_.clear();
  frozen_.reset();
  rows_.clear();
  active_timers_.clear();
  tail_records_ = 0;
  count_map(0, 0);
  timers_committed();
  EBB_TRY(db_->close());
  db_.reset();
  EBB_TRY(TaskDb::destroy(options_.dir, resources_));
  restoring_ = true;
  return open_disk();
}

Status TaskStoreImpl::restore(std::string_view customer, std::optional<std::string_view> bytes, Offset) {
  assert(restoring_);
  if (bytes) {
    const std::optional<TimeMs> due_ms = peek_due(*bytes);
    if (!due_ms) return Status::invalid("the changelog holds a row that this program doesn't understand");
    if (*due_ms != kNever) {
      active_timers_.insert_or_assign(TimerKey{*due_ms, std::string(customer)}, true);
      timers_.added_committed(*due_ms, customer);
    }
  }
  put_committed(customer, bytes.value_or(""), !bytes);
  // Nothing else needs memory yet, and how long a tail is doesn't matter before it ends: large maps make few
  // files, and hold few old versions of rows.
  ++tail_records_;
  const std::size_t share = std::min(options_.rows_max_bytes, resources_->rows_share_bytes());
  if (!map_exceeds(kRestoreTimes) && map_bytes() <= share / 4 * 3) return Status::ok();
  db_->wait_until_not_behind();
  return checkpoint_here(0);
}

Status TaskStoreImpl::restored(Offset safe_offset, std::string_view incarnation) {
  assert(restoring_ && !incarnation.empty());
  restoring_ = false;
  count_map(map_bytes(), tail_records_);
  safe_offset_ = safe_offset;
  incarnation_ = incarnation;
  return Status::ok();
}

// ---- rows

std::size_t TaskStoreImpl::cache_limit() const {
  return std::min(options_.cache_max_bytes, resources_->cache_share_bytes());
}

void TaskStoreImpl::make_room(std::size_t max_steps) {
  cache_.evict_to(cache_limit(), max_steps);
}

void TaskStoreImpl::make_room_for_committed() {
  const std::size_t share = std::min(options_.rows_max_bytes, resources_->rows_share_bytes());
  const std::size_t timers = active_timers_.size() + (frozen_ ? frozen_->timers.size() : 0);
  rows_.evict_to(share - std::min(share, timers * kTimerOpBytes), kStepsPerRow);
}

void TaskStoreImpl::put_committed(std::string_view customer, std::string_view bytes, bool tombstone) {
  make_room_for_committed();
  rows_.put(customer, bytes, tombstone);
}

CachedRow* TaskStoreImpl::cached(std::string_view customer) {
  CachedRow* const row = cache_.find(customer);
  ++(row != nullptr ? stats_.cache_hits : stats_.cache_misses);
  return row;
}

// As last committed; nullopt: none. Valid until the next call or commit.
Result<std::optional<std::string_view>> TaskStoreImpl::committed_bytes(std::string_view customer) {
  using Bytes = std::optional<std::string_view>;
  make_room_for_committed();
  if (const CommittedRow* const row = rows_.find(customer)) {
    ++stats_.map_hits;
    return row->tombstone() ? Bytes() : Bytes(row->bytes());
  }
  ++stats_.disk_reads;
  EBB_ASSIGN(const Bytes bytes, db_->read_row(customer));
  if (!bytes) return Bytes();
  ++stats_.disk_hits;
  return Bytes(rows_.keep(customer, *bytes)->bytes());
}

Result<CachedRow*> TaskStoreImpl::load(std::string_view customer, std::string_view bytes) {
  make_room(kStepsPerRow);
  std::unique_ptr<CachedRow> row = cache_.spare();
  if (Status status = decode_row(bytes, *schema_, row.get()); !status) {
    return Status::internal("task " + std::to_string(options_.task) + ": " + status.message());
  }
  row->customer = customer;
  row->settled_due_ms = row->due_ms;
  row->known = true;
  return cache_.insert(std::move(row), bytes.size());
}

CachedRow* TaskStoreImpl::create(std::string_view customer) {
  make_room(kStepsPerRow);
  std::unique_ptr<CachedRow> row = cache_.spare();
  row->slices.resize(schema_->slots().size());
  row->clear();
  row->erased_at_ms = kBeginning;
  row->customer = customer;
  return cache_.insert(std::move(row), 0);
}

Result<Row*> TaskStoreImpl::find(std::string_view customer) {
  if (CachedRow* const row = cached(customer)) return row->known ? row : static_cast<Row*>(nullptr);
  EBB_ASSIGN(const auto bytes, committed_bytes(customer));
  if (!bytes) return static_cast<Row*>(nullptr);
  EBB_ASSIGN(CachedRow* const row, load(customer, *bytes));
  return static_cast<Row*>(row);
}

Result<Row*> TaskStoreImpl::find_or_create(std::string_view customer) {
  if (CachedRow* const row = cached(customer)) return static_cast<Row*>(row);
  EBB_ASSIGN(const auto bytes, committed_bytes(customer));
  if (!bytes) return static_cast<Row*>(create(customer));
  EBB_ASSIGN(CachedRow* const row, load(customer, *bytes));
  return static_cast<Row*>(row);
}

Result<Row*> TaskStoreImpl::hold(std::string_view customer) {
  assert(held_ == nullptr);
  EBB_ASSIGN(Row * row, find_or_create(customer));
  held_ = as_cached(row);
  ++held_->pins;
  return row;
}

void TaskStoreImpl::touch(Row* row) {
  CachedRow* const r = as_cached(row);
  r->known = true;
  if (r->in_open) return;
  r->in_open = true;
  ++r->pins;
  open_rows_.push_back(r);
}

void TaskStoreImpl::settle(Row* row) {
  CachedRow* const r = as_cached(row);
  assert(r->in_open);
  if (r->due_ms < r->settled_due_ms) timers_.add(r->due_ms, r->customer);
  r->settled_due_ms = r->due_ms;
}

void TaskStoreImpl::remove(Row* row) {
  touch(row);
  CachedRow* const r = as_cached(row);
  r->clear();
  r->erased_at_ms = kBeginning;
  r->settled_due_ms = kNever;
  r->known = false;
}

Result<std::unique_ptr<Row>> TaskStoreImpl::find_committed(std::string_view customer) {
  EBB_ASSIGN(const auto bytes, committed_bytes(customer));
  if (!bytes) return std::unique_ptr<Row>();
  auto row = std::make_unique<Row>();
  EBB_TRY(decode_row(*bytes, *schema_, row.get()));
  row->customer = customer;
  return row;
}

// ---- epochs

Result<std::vector<RowChange>> TaskStoreImpl::close_epoch(std::uint64_t number) {
  std::vector<RowChange> changes(open_rows_.size());
  for (std::size_t i = 0; i < open_rows_.size(); ++i) {
    if (i + 2 * kAhead < open_rows_.size()) prefetch_row(*open_rows_[i + 2 * kAhead]);
    if (i + kAhead < open_rows_.size()) prefetch_slices(*open_rows_[i + kAhead]);
    CachedRow* const row = open_rows_[i];
    RowChange& change = changes[i];
    change.key = changelog_key(row->customer);
    change.tombstone = !row->known;
    if (change.tombstone) continue;
    settle(row);
    EBB_TRY(encode_row(*row, *schema_, &change.bytes));
    if (row->slice_memory_bytes() > 2 * row->decoded_bytes + kSliceGrowthBytes) {
      EBB_TRY(decode_row(change.bytes, *schema_, row));
      row->decoded_bytes = row->slice_memory_bytes();
    }
    cache_.set_encoded_bytes(row, change.bytes.size());
  }
  for (CachedRow* const row : open_rows_) row->in_open = false;  // the pin goes over to the closed epoch
  closed_.push_back({number, std::move(open_rows_)});
  open_rows_ = {};
  timers_.close_epoch();
  return changes;
}

void TaskStoreImpl::commit(std::uint64_t number, std::vector<RowChange> rows, Offset safe_offset) {
  assert(!closed_.empty() && closed_.front().number == number);
  (void)number;
  assert(rows.size() == closed_.front().rows.size());
  tail_records_ += rows.size() + 1;  // and the task record
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + 2 * kAhead < rows.size()) rows_.prefetch(customer_of(rows[i + 2 * kAhead]));
    if (i + kAhead < rows.size()) rows_.prefetch_row(customer_of(rows[i + kAhead]));
    put_committed(customer_of(rows[i]), rows[i].bytes, rows[i].tombstone);
  }
  timers_.commit_epoch(&active_timers_);
  for (CachedRow* const row : closed_.front().rows) unpin(row);
  make_room(kStepsPerRow * closed_.front().rows.size());
  closed_.pop_front();
  safe_offset_ = safe_offset;
  count_map(map_bytes(), tail_records_);
}

void TaskStoreImpl::drop_rows(const std::vector<CachedRow*>& rows) {
  for (CachedRow* const row : rows) {
    unpin(row);
    if (row->pins == 0) cache_.erase(row);
  }
}

void TaskStoreImpl::drop_open() {
  drop_rows(open_rows_);
  open_rows_.clear();
  for (const ClosedEpoch& epoch : closed_) drop_rows(epoch.rows);
  closed_.clear();
  if (held_ != nullptr) drop_rows({std::exchange(held_, nullptr)});
  timers_.drop();
}

// ---- checkpoints

void TaskStoreImpl::timers_committed() {
  std::vector<const TimerOps*> layers;
  if (frozen_) layers.push_back(&frozen_->timers);
  layers.push_back(&active_timers_);
  timers_.set_committed(std::move(layers));
}

// Tells StateResources how much the active map holds now.
void TaskStoreImpl::count_map(std::size_t bytes, std::uint64_t records) {
  resources_->add_map(static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(counted_bytes_),
                      static_cast<std::int64_t>(records) - static_cast<std::int64_t>(counted_records_));
  counted_bytes_ = bytes;
  counted_records_ = records;
}

// In the middle of a restore the disk gets ahead of its position, never behind: see restore().
StorePosition TaskStoreImpl::position_now(TimeMs in_step_wall_ms) const {
  if (restoring_) return on_disk_;
  return {safe_offset_, incarnation_, in_step_wall_ms};
}

void TaskStoreImpl::freeze(StorePosition position) {
  frozen_ = std::make_shared<CheckpointData>();
  frozen_->rows = rows_.freeze();
  frozen_->timers.swap(active_timers_);
  frozen_->position = std::move(position);
  tail_records_ = 0;
  count_map(0, 0);
  timers_committed();
}

bool TaskStoreImpl::map_exceeds(std::size_t times) const {
  return map_entries() > times * options_.map_max_rows || map_bytes() > times * options_.map_max_bytes ||
         tail_records_ > times * options_.tail_max_records;
}

bool TaskStoreImpl::checkpoint_wanted() const {
  if (job_out_) return false;
  const bool much = frozen_ || map_exceeds(1) || resources_->wants_checkpoint(map_bytes(), tail_records_);
  return much && !db_->behind();
}

// Null: nothing to do.
std::unique_ptr<CheckpointJob> TaskStoreImpl::job_to_do(TimeMs in_step_wall_ms) {
  const StorePosition now = position_now(in_step_wall_ms);
  if (!frozen_ && map_entries() > 0) freeze(now);
  if (frozen_) {
    writing_ = frozen_->position;
    return std::make_unique<MapJob>(db_, frozen_);
  }
  const bool moved = now.changelog_offset != on_disk_.changelog_offset ||
                     now.incarnation != on_disk_.incarnation ||
                     now.in_step_wall_ms >= on_disk_.in_step_wall_ms + kRefreshInStepMs;
  if (restoring_ || !moved) return nullptr;
  writing_ = now;
  return std::make_unique<PositionJob>(db_, now);
}

std::unique_ptr<CheckpointJob> TaskStoreImpl::begin_checkpoint(TimeMs in_step_wall_ms) {
  assert(!job_out_);
  if (db_->behind()) return nullptr;
  auto job = job_to_do(in_step_wall_ms);
  job_out_ = job != nullptr;
  return job;
}

Status TaskStoreImpl::end_checkpoint(std::unique_ptr<CheckpointJob> job, Status outcome) {
  assert(job_out_ && job);
  job_out_ = false;
  job.reset();
  if (!outcome) return outcome.with_context("checkpoint of task " + std::to_string(options_.task));
  on_disk_ = writing_;
  if (frozen_) rows_.thaw();
  frozen_.reset();
  timers_committed();
  ++stats_.checkpoints;
  return Status::ok();
}

Status TaskStoreImpl::checkpoint_here(TimeMs in_step_wall_ms) {
  assert(!job_out_);
  while (auto job = job_to_do(in_step_wall_ms)) {
    const bool again = map_entries() > 0;  // a failed one first, then what came after it
    job_out_ = true;
    Status outcome = job->run();
    EBB_TRY(end_checkpoint(std::move(job), std::move(outcome)));
    if (!again) break;
  }
  return Status::ok();
}

bool TaskStoreImpl::full() const {
  // Rows of epochs are pinned, so while the log is slow to commit they alone may fill the cache.
  const bool pinned = !closed_.empty() && cache_.bytes() > 2 * cache_limit();
  return pinned || map_exceeds(2) ||
         (resources_->maps_full() && resources_->wants_checkpoint(map_bytes(), tail_records_));
}

StoreStats TaskStoreImpl::stats() const {
  StoreStats stats = stats_;
  stats.cached_rows = cache_.rows();
  stats.cached_bytes = cache_.bytes();
  stats.map_rows = rows_.active_rows() + rows_.frozen_rows();
  stats.map_bytes = map_bytes() + rows_.frozen_bytes();
  if (frozen_) stats.map_bytes += kTimerOpBytes * frozen_->timers.size();
  stats.kept_rows = rows_.kept_rows();
  stats.kept_bytes = rows_.bytes() - rows_.active_bytes() - rows_.frozen_bytes();
  return stats;
}

Status TaskStoreImpl::close(bool checkpoint, TimeMs in_step_wall_ms) {
  assert(!job_out_);
  drop_open();
  if (checkpoint) EBB_TRY(checkpoint_here(in_step_wall_ms));
  return db_->close();
}

}  // namespace

Result<std::unique_ptr<TaskStore>> TaskStore::open(const Options& options, const RowSchema* schema,
                                                   StateResources* resources) {
  auto store = std::make_unique<TaskStoreImpl>(options, schema, resources);
  EBB_TRY(store->open_disk());
  return std::unique_ptr<TaskStore>(std::move(store));
}

}  // namespace ebb
