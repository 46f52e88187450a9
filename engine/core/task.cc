#include "engine/core/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "ebb/v1/event.pb.h"
#include "engine/base/hash.h"
#include "engine/core/dead_letter.h"
#include "state/row_codec.h"

namespace ebb {
namespace {

// Sources without a record are asked again after so many records of the others: a fetch costs about as much
// as an event.
constexpr std::size_t kLookEvery = 64;
// How far ahead of a source's head rows are looked for; keys mostly are the customers' ids.
constexpr std::size_t kFindSoon = 6, kFindNext = 2;
// Timers fired between two records, so that many due at once delay no event for long.
constexpr std::size_t kTimersPerSlice = 128;
// An otherwise idle task writes its watermark down when it has moved by this much.
constexpr DurationMs kWatermarkStepMs = kMinuteMs;

bool is_marker(const Row& row) {
  return row.erased_at_ms != kBeginning && row.kept.empty() &&
         std::all_of(row.slices.begin(), row.slices.end(), [](const auto& s) { return s == nullptr; });
}

}  // namespace

Task::Task(TaskId id, const TaskEnvironment* environment, std::unique_ptr<TaskStore> store,
           TaskProgress progress)
    : id_(id), env_(environment), store_(std::move(store)), progress_(std::move(progress)) {
  for (std::size_t s = 0; s < env_->sources->size(); ++s) {
    SourceCursor& cursor =
        cursors_.emplace_back(static_cast<SourceId>(s), &(*env_->decoders)[s], *env_->time);
    cursor.set_next_offset(progress_.sources[s].next_offset);
    cursor.clock().restore(progress_.sources[s].clock);
  }
  at_end_.assign(cursors_.size(), false);
  fresh_.assign(cursors_.size(), false);
  committed_ = progress_;
  persisted_watermark_ms_ = progress_.watermark_ms;
}

Task::~Task() = default;

Result<RunResult> Task::run(WorkerLog& log, std::size_t max_records) {
  RunResult result;
  wall_ms_ = env_->clock->wall_ms();
  env_->epoch->set_task(id_, &progress_.outputs);
  records_since_look_ = kLookEvery;
  const bool by_events = env_->time->advance == TimeAdvance::kEvents;
  std::size_t timers_left = kTimersPerSlice;
  while (result.records < max_records) {
    SourceCursor* next = nullptr;
    EBB_ASSIGN(const Pick pick, this->pick(log, &next));
    EBB_ASSIGN(const bool more_timers, fire_timers(&timers_left, &result));
    if (poison_) {
      result.why = RunResult::Why::kPoisoned;
      return result;
    }
    if (more_timers && (by_events || pick != Pick::kRecord)) {
      result.why = by_events || pick == Pick::kRecord ? RunResult::Why::kBudget : RunResult::Why::kTimers;
      return result;
    }
    if (pick != Pick::kRecord) {
      result.why = pick == Pick::kEnd ? RunResult::Why::kAtEnd : RunResult::Why::kWaiting;
      return result;
    }
    EBB_TRY(take(*next));
    if (poison_) {
      result.why = RunResult::Why::kPoisoned;
      return result;
    }
    ++result.records;
    ++records_since_look_;
  }
  result.why = RunResult::Why::kBudget;
  return result;
}

// Looks for a head at every source that has none; false: some source without a head is not at its end.
Result<bool> Task::fill_heads(WorkerLog& log) {
  bool complete = true;
  const bool look = records_since_look_ >= kLookEvery;
  if (look) records_since_look_ = 0;
  for (std::size_t s = 0; s < cursors_.size(); ++s) {
    SourceCursor& cursor = cursors_[s];
    if (cursor.has_head()) continue;
    if (at_end_[s] && !look) continue;
    EBB_ASSIGN(const bool got, fetch_head(log, s));
    // Rows lie scattered over all of memory, and waiting for them one by one is much of an event's cost.
    store_->find_soon(cursor.key_ahead(kFindSoon));
    store_->find_next(cursor.key_ahead(kFindNext));
    const SourceEnd end = got ? SourceEnd{} : log.end(id_, static_cast<SourceId>(s));
    at_end_[s] = end.at_end;
    fresh_[s] = end.at_end && is_fresh(end.confirmed_steady_ms);
    if (!got && !at_end_[s]) complete = false;
  }
  return complete;
}

Result<bool> Task::fetch_head(WorkerLog& log, std::size_t source) {
  auto got = cursors_[source].advance(log, id_);
  if (got.is_ok() || got.status().code() != Code::kNotFound || !env_->engine->skip_gaps) return got;
  // What comes next is gone from the log, and by policy that is counted and gone over.
  cursors_[source].expect_gap();
  std::vector<Offset> positions;
  for (const SourceCursor& c : cursors_) positions.push_back(c.fetch_position());
  log.stop(id_);
  EBB_TRY(log.start(id_, positions));
  return false;
}

bool Task::is_fresh(TimeMs confirmed_steady_ms) const {
  return confirmed_steady_ms > 0 &&
         env_->clock->steady_ms() - confirmed_steady_ms <= env_->time->freshness_ms;
}

// Is every source that has nothing known to have nothing? One that can't be reached holds the watermark. In
// `events` what was read to its end is complete.
bool Task::listens_everywhere() const {
  if (env_->time->advance == TimeAdvance::kEvents) return true;
  for (std::size_t s = 0; s < cursors_.size(); ++s) {
    if (!cursors_[s].has_head() && !fresh_[s]) return false;
  }
  return true;
}

Result<Task::Pick> Task::pick(WorkerLog& log, SourceCursor** cursor) {
  EBB_ASSIGN(const bool complete, fill_heads(log));
  SourceCursor* first = nullptr;
  for (SourceCursor& c : cursors_) {
    // Ties go to the source that stands first.
    if (c.has_head() && (first == nullptr || c.head().order_ms < first->head().order_ms)) first = &c;
  }
  if (!complete) {
    if (first == nullptr || env_->time->advance == TimeAdvance::kEvents) return Pick::kWait;
    const TimeMs now = env_->clock->steady_ms();
    if (lag_since_steady_ms_ < 0) lag_since_steady_ms_ = now;
    if (now - lag_since_steady_ms_ < env_->time->merge_wait_ms) return Pick::kWait;
  } else {
    lag_since_steady_ms_ = -1;
  }
  if (first == nullptr) {
    TimeMs confirmed = kNever;
    for (std::size_t s = 0; s < cursors_.size(); ++s) {
      confirmed = std::min(confirmed, log.end(id_, static_cast<SourceId>(s)).confirmed_steady_ms);
    }
    advance_watermark(true, confirmed);
    return Pick::kEnd;
  }
  if (complete && listens_everywhere()) advance_watermark(false, 0);
  *cursor = first;
  return Pick::kRecord;
}

// REQUIRES: every source has a head or is at its end.
void Task::advance_watermark(bool all_at_end, TimeMs confirmed_steady_ms) {
  const TimeConfig& time = *env_->time;
  TimeMs reached = all_at_end ? kBeginning : kNever;
  for (const SourceCursor& c : cursors_) {
    if (all_at_end) {
      reached = std::max(reached, c.clock().state().largest_ms);
    } else if (c.has_head()) {
      reached = std::min(reached, c.clock().reached(c.head().order_ms));
    }
  }
  if (reached != kBeginning && reached != kNever) {
    progress_.watermark_ms = std::max(progress_.watermark_ms, reached - time.lateness_ms);
  }
  if (!all_at_end || time.advance == TimeAdvance::kEvents) return;
  // Silence is judged only by someone who listens: the end must be freshly confirmed, and something must have
  // come not too long ago, else it may be a connector that is dead, not the customers.
  if (!is_fresh(confirmed_steady_ms)) return;
  TimeMs last_arrival = 0;
  for (const SourceProgress& p : progress_.sources)
    last_arrival = std::max(last_arrival, p.last_arrival_wall_ms);
  if (last_arrival == 0) return;
  const TimeMs now = std::min(wall_ms_, last_arrival + time.max_source_silence_ms);
  progress_.watermark_ms = std::max(progress_.watermark_ms, now - time.lateness_ms);
}

// True: more are due than the budget allowed.
Result<bool> Task::fire_timers(std::size_t* budget, RunResult* result) {
  if (progress_.watermark_ms == kBeginning) return false;
  while (*budget > 0) {
    TimerKey key;
    EBB_ASSIGN(const bool due, store_->take_timer(progress_.watermark_ms, &key));
    if (!due) return false;
    --*budget;
    ++unclosed_;
    EBB_TRY(fire(key, result));
    if (poison_) return true;
  }
  return true;
}

Status Task::fire(const TimerKey& key, RunResult* result) {
  EBB_TRY(hold_shared());
  EBB_ASSIGN(Row * row, store_->find(key.customer));
  if (row == nullptr || row->due_ms == kNever) return Status::ok();
  if (row->due_ms > key.time_ms) {
    store_->rearm(row->due_ms, key.customer);
    return Status::ok();
  }
  if (is_marker(*row)) {
    store_->remove(row);
    return Status::ok();
  }
  const bool is_shared = key.customer == Row::kShared;
  // A shared row that an earlier graph left behind has nobody to wake.
  if (env_->poison->has_timer(id_, key.customer) || (is_shared && shared_.row == nullptr)) {
    row->due_ms = kNever;
  } else {
    try {
      if (is_shared) {
        env_->topology->roll_over(shared_, *env_->epoch);
      } else {
        env_->topology->fire(*row, shared_, *env_->epoch, *env_->scratch);
      }
    } catch (const std::exception&) {
      poison_ = Poison{id_, -1, 0, key.customer};
      return Status::ok();
    }
    ++progress_.timers_fired;
    ++result->timers;
  }
  changed(row);
  store_->rearm(row->due_ms, key.customer);
  return Status::ok();
}

void Task::changed(Row* row) {
  store_->touch(row);
  store_->settle(row);
  if (!shared_.changed) return;
  shared_.changed = false;
  store_->touch(shared_.row);
  store_->settle(shared_.row);
}

Status Task::hold_shared() {
  shared_.task = id_;
  if (shared_.row != nullptr || !env_->topology->has_shared()) return Status::ok();
  EBB_ASSIGN(shared_.row, store_->hold(Row::kShared));
  shared_.tasks = std::max(env_->partitions, 1);
  return Status::ok();
}

Status Task::take(SourceCursor& cursor) {
  const auto source = static_cast<SourceId>(&cursor - cursors_.data());
  EBB_ASSIGN(const Fate fate, judge(cursor, source));
  if (poison_) return Status::ok();
  SourceProgress& p = progress_.sources[static_cast<std::size_t>(source)];
  count(fate, &p.counts);
  // By the log's time if it has one: a backlog read today doesn't mean that the source was alive today.
  const TimeMs logged_ms = cursor.head().record->timestamp_ms;
  const TimeMs arrived_ms = logged_ms > 0 ? std::min(logged_ms, wall_ms_) : wall_ms_;
  p.last_arrival_wall_ms = std::max(p.last_arrival_wall_ms, arrived_ms);
  if (const auto gap = cursor.take_gap()) {
    ++p.gaps;
    p.gap_offsets += *gap;
  }
  cursor.pop();
  ++unclosed_;
  return Status::ok();
}

Result<Fate> Task::judge(const SourceCursor& cursor, SourceId source) {
  const Head& head = cursor.head();
  if (head.refusal) return refuse(head, source, *head.refusal);
  if (env_->poison->has_record(id_, source, head.record->offset)) {
    return refuse(head, source,
                  {"operator_failed", "value", "an operator failed on this event; that is a bug of Ebb"});
  }
  if (auto why = env_->topology->refuse(*head.event, source)) return refuse(head, source, *why);
  return apply(head, source);
}

Result<Fate> Task::apply(const Head& head, SourceId source) {
  const v1::Event& event = *head.event;
  const std::string& customer = event.customer_id();
  if (env_->partitions > 0 && env_->engine->foreign_key == ForeignKeyPolicy::kFail &&
      partition_of(customer, env_->partitions) != id_) {
    return Status::invalid(
        fmt::format("{} partition {} offset {}: the key belongs to partition {} of {} by murmur2, as Java "
                    "clients partition; let "
                    "the producers use that (librdkafka: partitioner=murmur2_random), or set "
                    "engine.foreign_key to accept",
                    (*env_->sources)[static_cast<std::size_t>(source)].topic, id_, head.record->offset,
                    partition_of(customer, env_->partitions), env_->partitions));
  }
  EBB_TRY(hold_shared());
  EBB_ASSIGN(Row * row, store_->find_or_create(customer));
  // Requests to erase too: one that is sent again must not take what came after it.
  if (*head.event_ms <= row->erased_at_ms) return Fate::kErased;
  if (event.body_case() == v1::Event::kErasure) {
    erase(event, *head.event_ms, row);
    return Fate::kApplied;
  }
  Verdict verdict;
  try {
    verdict = env_->topology->apply(event, *head.event_ms, {source, id_, head.record->offset}, *row, shared_,
                                    *env_->epoch, *env_->scratch);
  } catch (const std::exception&) {
    poison_ = Poison{id_, source, head.record->offset, {}};
    return Fate::kDeadLettered;  // not counted: the epoch is dropped
  }
  if (verdict == Verdict::kDuplicate) return Fate::kDuplicate;
  changed(row);
  return Fate::kApplied;
}

Fate Task::refuse(const Head& head, SourceId source, const Refusal& refusal) {
  const SourceConfig& config = (*env_->sources)[static_cast<std::size_t>(source)];
  env_->epoch->dead_letter(
      make_dead_letter(*head.record, refusal, {config.topic, id_}, env_->engine->max_record_bytes));
  return Fate::kDeadLettered;
}

// The row becomes a marker, kept so long that no event from before the erasure can bring the customer back,
// and that the customer's last timer has been taken out of the index (see Topology::build).
void Task::erase(const v1::Event& event, TimeMs event_ms, Row* row) {
  const TimeMs last_ms = std::max(event_ms, row->clock_ms);
  env_->topology->erase(*row, shared_);
  row->clear();
  row->erased_at_ms = event_ms;
  row->due_ms = last_ms + env_->erasure_marker_ms;
  changed(row);
  env_->epoch->forget(event.customer_id());
}

bool Task::dirty() const {
  if (!announced_ || unclosed_ > 0 || store_->open_epoch_dirty()) return true;
  return progress_.watermark_ms != kBeginning &&
         (persisted_watermark_ms_ == kBeginning ||
          progress_.watermark_ms - persisted_watermark_ms_ >= kWatermarkStepMs);
}

const TaskProgress& Task::progress() {
  for (std::size_t s = 0; s < cursors_.size(); ++s) {
    progress_.sources[s].next_offset = cursors_[s].next_offset();
    progress_.sources[s].clock = cursors_[s].clock().state();
  }
  return progress_;
}

Result<TaskEpoch> Task::close_epoch(std::uint64_t number, const std::vector<std::string>& sink_names,
                                    const WriterInfo& writer) {
  ++progress_.epoch;
  const TaskProgress& p = progress();
  TaskEpoch out;
  out.task = id_;
  out.task_record = encode_progress(p, sink_names, writer, env_->clock->wall_ms());
  for (const SourceProgress& s : p.sources) out.positions.push_back(s.next_offset);
  EBB_ASSIGN(std::vector<RowChange> rows, store_->close_epoch(number));
  out.rows.reserve(rows.size());
  for (RowChange& row : rows) {
    out.rows.push_back({std::move(row.key), std::move(row.bytes), row.tombstone});
  }
  unclosed_ = 0;
  announced_ = true;
  persisted_watermark_ms_ = p.watermark_ms;
  in_flight_.push_back(p);
  return out;
}

void Task::epoch_committed() {
  committed_ = std::move(in_flight_.front());
  in_flight_.erase(in_flight_.begin());
}

}  // namespace ebb
