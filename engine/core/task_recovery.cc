#include "engine/core/task_recovery.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "state/row_codec.h"

namespace ebb {

Result<bool> TaskRecovery::step(WorkerLog& log) {
  if (store_ == nullptr) {
    auto store = env_->open_store(task_);
    if (!store.is_ok() && store.status().code() == Code::kUnavailable)
      return false;  // handed over any moment now
    if (!store.is_ok()) return store.status();
    store_ = std::move(store).value();
  }
  if (!begun_) {
    EBB_TRY(begin(log));
    begun_ = true;
  }
  RecordBatch batch;
  EBB_ASSIGN(const RecoveryStep step, log.recover(task_, &batch));
  if (step.state == RecoveryStep::State::kBehind) {
    EBB_TRY(restart_from_empty(log));
    return false;
  }
  EBB_TRY(take(batch));
  if (step.state == RecoveryStep::State::kWorking) return false;
  return finish(log, step.mirrored_positions);
}

Status TaskRecovery::begin(WorkerLog& log) {
  const StorePosition& position = store_->position();
  const bool empty = position.incarnation.empty();
  in_step_wall_ms_ = empty ? env_->clock->wall_ms() : position.in_step_wall_ms;
  if (!empty && too_long_away()) {
    spdlog::warn("task={} state on disk is older than the changelog keeps tombstones: restoring from empty",
                 task_);
    EBB_TRY(store_->wipe());
    wiped_ = true;
    in_step_wall_ms_ = env_->clock->wall_ms();
  }
  return log.begin_recovery(task_, store_->position().changelog_offset);
}

// A time in the future was written by a clock that was wrong: then nobody knows.
bool TaskRecovery::too_long_away() const {
  const DurationMs away_ms = env_->clock->wall_ms() - in_step_wall_ms_;
  return away_ms > env_->away_max_ms || away_ms < -env_->away_max_ms / 8;
}

Status TaskRecovery::restart_from_empty(WorkerLog& log) {
  if (wiped_ && records_ == 0) {
    return Status::internal("the changelog can't be read from its beginning");
  }
  EBB_TRY(store_->wipe());
  wiped_ = true;
  records_ = 0;
  have_record_ = false;
  in_step_wall_ms_ = env_->clock->wall_ms();
  log.stop(task_);
  return log.begin_recovery(task_, 0);
}

Status TaskRecovery::take(const RecordBatch& batch) {
  if (records_ == 0 && !batch.empty()) {
    spdlog::info("task={} restoring from changelog offset {}", task_, batch.records.front().offset);
  }
  // The rows that the store has of the customers behind this one are fetched from memory meanwhile.
  const auto customer_at = [&](std::size_t i) {
    return i < batch.records.size() ? customer_of_key(batch.records[i].key) : std::nullopt;
  };
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    if (const auto soon = customer_at(i + 10)) store_->find_soon(*soon);
    if (const auto next = customer_at(i + 3)) store_->find_next(*next);
    const Record& record = batch.records[i];
    ++records_;
    if (record.key == kTaskRecordKey) {
      std::string graph_version;
      if (!decode_progress(std::string(record.value), env_->source_names, env_->sink_names, &progress_,
                           &graph_version)) {
        return Status::internal("the changelog holds a task record that can't be read");
      }
      if (graph_version != env_->graph_version) {
        spdlog::info("task={} the graph has changed since its last epoch: {} -> {}", task_, graph_version,
                     env_->graph_version);
      }
      have_record_ = true;
      record_offset_ = record.offset;
      continue;
    }
    const std::optional<std::string_view> customer = customer_at(i);
    if (!customer)
      return Status::internal("the changelog holds a record that is neither a row nor a task record");
    std::optional<std::string_view> bytes;
    if (record.has_value) bytes = record.value;
    EBB_TRY(store_->restore(*customer, bytes, record.offset));
  }
  return Status::ok();
}

// Both were committed in one transaction, so a difference means that somebody has moved the log's offsets by
// hand, or a bug; an offset that has expired says nothing. The task record stands.
void TaskRecovery::compare(const std::vector<Offset>& mirrored) {
  for (std::size_t s = 0; s < std::min(mirrored.size(), progress_.sources.size()); ++s) {
    const SourceProgress& source = progress_.sources[s];
    if (mirrored[s] < 0 || mirrored[s] == source.next_offset) continue;
    offsets_differed_ = true;
    spdlog::warn("task={} source={} the group's offset is {}, the task record says {} and is followed", task_,
                 source.name, mirrored[s], source.next_offset);
  }
}

Result<bool> TaskRecovery::finish(WorkerLog& log, const std::vector<Offset>& mirrored) {
  const StorePosition& position = store_->position();
  const bool foreign = have_record_
                           ? !position.incarnation.empty() && position.incarnation != progress_.incarnation
                           : !position.incarnation.empty();
  if (foreign) {
    // Our position came out of another changelog: one that was deleted and made anew.
    spdlog::warn(
        "task={} the changelog is not the one that the state on disk stands for: restoring from empty",
        task_);
    EBB_TRY(restart_from_empty(log));
    return false;
  }
  if (too_long_away()) {
    // Tombstones may have been compacted away while we were reading.
    spdlog::warn("task={} the restore took longer than the changelog keeps tombstones: once more", task_);
    EBB_TRY(restart_from_empty(log));
    return false;
  }
  if (!have_record_) {
    progress_ = {};
    progress_.task = task_;
    for (const std::string& name : env_->source_names) progress_.sources.emplace_back().name = name;
    progress_.outputs.assign(env_->sink_names.size(), 0);
    progress_.incarnation = env_->new_incarnation();
    record_offset_ = 0;
  }
  compare(mirrored);
  EBB_TRY(store_->restored(record_offset_, progress_.incarnation));
  return true;
}

}  // namespace ebb
