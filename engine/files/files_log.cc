#include "engine/files/files_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "engine/base/hash.h"
#include "engine/files/customer_id.h"
#include "state/row_codec.h"

namespace ebb {
namespace {

// What one fetch() takes at most: of the file, and of records that are the task's own.
constexpr std::uint64_t kFetchFileBytes = std::uint64_t{4} << 20;
constexpr std::size_t kFetchRecords = 1024;
constexpr std::size_t kFetchBytes = std::size_t{512} << 10;

// What all workers share.
struct Replay {
  FilesOptions options;
  std::vector<std::shared_ptr<const InputFile>> files;  // by source; null: empty
  TimeMs started_ms = 0;

  // Where the last committed epoch of a task left it: what a changelog would end with.
  struct Committed {
    std::string task_record;
    Offset record_offset = -1;  // of that record; -1: nothing was committed yet
    Offset end = 0;
  };
  // By task. Each worker touches those of its own tasks only, and no two WorkerLogs of a worker live at a
  // time.
  std::vector<Committed> committed;

  std::mutex mutex;
  std::set<int> open;  // guarded by mutex: workers that have a WorkerLog
  Status failure;      // guarded by mutex: an output could not be handed over

  Status health() {
    const std::lock_guard lock(mutex);
    return failure;
  }
};

// The records of one partition of one file.
class PartitionReader {
 public:
  // file null: nothing. Reads from the record `from` on.
  PartitionReader(const Replay& replay, std::shared_ptr<const InputFile> file, TaskId partition, Offset from)
      : replay_(replay), partition_(partition), from_(from), done_(file == nullptr && from == 0) {
    if (file != nullptr) lines_.emplace(std::move(file), replay.options.max_line_bytes);
  }

  bool done() const { return done_; }

  // Some records; possibly none though more come later.
  Status fetch(RecordBatch* out) {
    out->clear();
    if (done_) return Status::ok();
    Gathering gathered;
    EBB_TRY(gather(&gathered));
    hand_out(std::move(gathered), out);
    return Status::ok();
  }

 private:
  // Where in the bytes a record is: its bytes may still move.
  struct Place {
    Offset offset = 0;
    std::size_t begin = 0, key = 0, value = 0, truncated = 0;  // begin; then how many bytes of each
  };
  struct Gathering {
    std::string bytes;
    std::vector<Place> places;
  };

  Status gather(Gathering* out) {
    const std::uint64_t stop_at = lines_ ? lines_->position_bytes() + kFetchFileBytes : 0;
    EventLine line;
    while (out->places.size() < kFetchRecords && out->bytes.size() < kFetchBytes) {
      bool found = false;
      if (lines_) {
        EBB_ASSIGN(found, lines_->next(&line));
      }
      if (!found) return finish();
      take(line, out);
      if (lines_->position_bytes() >= stop_at) break;
    }
    return Status::ok();
  }

  Status finish() {
    done_ = true;
    if (next_ >= from_) return Status::ok();
    return Status::not_found(
        fmt::format("position {} is not in partition {}, which has {} records", from_, partition_, next_));
  }

  void take(const EventLine& line, Gathering* out) {
    std::string_view key;
    const bool has_key = find_customer_id(line.text, &scratch_, &key);
    if (partition_of(has_key ? key : line.text, replay_.options.partitions) != partition_) return;
    const Offset offset = next_++;
    if (offset < from_) return;
    Place place{.offset = offset, .begin = out->bytes.size(), .key = key.size(), .value = line.text.size()};
    out->bytes.append(key).append(line.text);
    if (line.truncated) {
      const std::string length = std::to_string(line.bytes);
      place.truncated = length.size();
      out->bytes.append(length);
    }
    out->places.push_back(place);
  }

  void hand_out(Gathering gathered, RecordBatch* out) const {
    auto storage = std::make_shared<std::string>(std::move(gathered.bytes));
    const std::string_view bytes = *storage;
    out->records.reserve(gathered.places.size());
    for (const Place& place : gathered.places) {
      Record& record = out->records.emplace_back();
      record.offset = place.offset;
      record.timestamp_ms = replay_.started_ms;
      record.key = bytes.substr(place.begin, place.key);
      record.value = bytes.substr(place.begin + place.key, place.value);
      record.has_key = place.key > 0;
      record.has_value = true;
      if (place.truncated > 0) {
        record.headers.push_back(
            {kTruncatedHeader, bytes.substr(place.begin + place.key + place.value, place.truncated)});
      }
    }
    out->storage = std::move(storage);
  }

  const Replay& replay_;
  const TaskId partition_;
  const Offset from_;
  std::optional<EventFile> lines_;
  Offset next_ = 0;
  bool done_;
  std::string scratch_;
};

class FilesWorkerLog final : public WorkerLog {
 public:
  FilesWorkerLog(std::shared_ptr<Replay> replay, int worker) : replay_(std::move(replay)), worker_(worker) {}
  ~FilesWorkerLog() override {
    const std::lock_guard lock(replay_->mutex);
    replay_->open.erase(worker_);
  }

  bool keeps_changelog() const override { return false; }

  Status poll(DurationMs wait_ms, std::vector<GroupEvent>* events) override {
    if (!assigned_) {
      assigned_ = true;
      GroupEvent event{.kind = GroupEvent::Kind::kAssigned, .tasks = {}};
      const FilesOptions& options = replay_->options;
      for (TaskId task = worker_; task < options.partitions; task += options.workers)
        event.tasks.push_back(task);
      if (!event.tasks.empty()) events->push_back(std::move(event));
      return Status::ok();
    }
    std::unique_lock lock(mutex_);
    // Records that the worker has left where they are are no reason to call it again, see moved_.
    news_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                   [this] { return woken_ || recovering_ || !outcomes_.empty() || (moved_ && !all_done()); });
    woken_ = false;
    recovering_ = false;
    moved_ = false;
    return replay_->health();
  }

  void released(const std::vector<TaskId>& /*tasks*/) override {}  // nothing is ever taken away

  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    news_.notify_all();
  }

  Status begin_recovery(TaskId task, Offset from) override {
    recover_from_[task] = from;
    recovering_ = true;
    return Status::ok();
  }

  // Nothing to replay: the rows are on disk. Only the task record, if the task has run here before.
  Result<RecoveryStep> recover(TaskId task, RecordBatch* out) override {
    out->clear();
    const auto it = recover_from_.find(task);
    if (it == recover_from_.end())
      return Status::invalid(fmt::format("task {} is not being recovered", task));
    recovering_ = false;
    const Replay::Committed& committed = replay_->committed[static_cast<std::size_t>(task)];
    if (committed.record_offset < 0) {
      return RecoveryStep{it->second > 0 ? RecoveryStep::State::kBehind : RecoveryStep::State::kDone};
    }
    if (it->second != committed.record_offset) {
      return Status::internal(
          fmt::format("rows of task {} that were committed did not reach the disk", task));
    }
    Record& record = out->records.emplace_back();
    record.offset = committed.record_offset;
    record.key = kTaskRecordKey;
    record.value = committed.task_record;
    record.has_key = true;
    record.has_value = true;
    out->storage = replay_;
    return RecoveryStep{RecoveryStep::State::kDone};
  }

  Status start(TaskId task, const std::vector<Offset>& positions) override {
    std::vector<PartitionReader>& readers = readers_[task];
    readers.clear();
    readers.reserve(replay_->files.size());
    for (std::size_t s = 0; s < replay_->files.size(); ++s) {
      const Offset from = s < positions.size() ? std::max<Offset>(positions[s], 0) : 0;
      readers.emplace_back(*replay_, replay_->files[s], task, from);
    }
    moved_ = true;
    return Status::ok();
  }

  Status fetch(TaskId task, SourceId source, RecordBatch* out) override {
    out->clear();
    PartitionReader* reader = find(task, source);
    if (reader == nullptr) return Status::invalid(fmt::format("task {} is not started", task));
    moved_ = true;
    return reader->fetch(out);
  }

  SourceEnd end(TaskId task, SourceId source) override {
    const PartitionReader* reader = find(task, source);
    if (reader == nullptr) return {};
    return {.at_end = reader->done(), .confirmed_steady_ms = replay_->options.clock->steady_ms()};
  }

  void stop(TaskId task) override {
    readers_.erase(task);
    recover_from_.erase(task);
  }

  void submit(std::shared_ptr<const Epoch> epoch) override {
    CommitOutcome outcome;
    outcome.epoch = epoch->number;
    if (const Status done = hand_over(*epoch); done.is_ok()) {
      outcome.kind = CommitOutcome::Kind::kCommitted;
      for (const TaskEpoch& task : epoch->tasks) {
        Replay::Committed& committed = replay_->committed[static_cast<std::size_t>(task.task)];
        committed.task_record = task.task_record;
        committed.record_offset = committed.end;
        committed.end += 1 + static_cast<Offset>(task.rows.size());
        outcome.record_offsets.push_back(committed.record_offset);
      }
    } else {
      outcome.why = done.message();
    }
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
  }

  bool next_outcome(CommitOutcome* out) override {
    const std::lock_guard lock(mutex_);
    if (outcomes_.empty()) return false;
    *out = std::move(outcomes_.front());
    outcomes_.pop_front();
    return true;
  }

 private:
  Status hand_over(const Epoch& epoch) {
    const std::lock_guard lock(replay_->mutex);
    for (const OutRecord& output : epoch.outputs) {
      if (!replay_->failure.is_ok()) break;
      if (replay_->options.on_output) replay_->failure = replay_->options.on_output(output);
    }
    return replay_->failure;
  }

  PartitionReader* find(TaskId task, SourceId source) {
    const auto it = readers_.find(task);
    const auto place = static_cast<std::size_t>(source);
    return it == readers_.end() || place >= it->second.size() ? nullptr : &it->second[place];
  }

  bool all_done() const {
    for (const auto& [task, readers] : readers_) {
      for (const PartitionReader& reader : readers) {
        if (!reader.done()) return false;
      }
    }
    return true;
  }

  const std::shared_ptr<Replay> replay_;
  const int worker_;
  bool assigned_ = false;
  bool recovering_ = false;  // a recovery was begun since the last poll() and not asked after yet
  bool moved_ = false;       // started or fetched since the last poll()
  std::map<TaskId, Offset> recover_from_;
  std::map<TaskId, std::vector<PartitionReader>> readers_;

  std::mutex mutex_;
  std::condition_variable news_;
  bool woken_ = false;                  // guarded by mutex_
  std::deque<CommitOutcome> outcomes_;  // guarded by mutex_
};

class FilesLog final : public Log {
 public:
  explicit FilesLog(std::shared_ptr<Replay> replay) : replay_(std::move(replay)) {}

  Status check() override { return replay_->health(); }

  Result<std::unique_ptr<WorkerLog>> open_worker(int worker) override {
    if (worker < 0 || worker >= replay_->options.workers) {
      return Status::invalid(fmt::format("there is no worker {} of {}", worker, replay_->options.workers));
    }
    const std::lock_guard lock(replay_->mutex);
    if (!replay_->failure.is_ok()) return replay_->failure;
    if (!replay_->open.insert(worker).second) {
      return Status::invalid(fmt::format("worker {} has its log open already", worker));
    }
    return Result<std::unique_ptr<WorkerLog>>(std::make_unique<FilesWorkerLog>(replay_, worker));
  }

  // Topics are the files, by their paths.
  Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>& names) override {
    std::vector<TopicState> out(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (const auto& file : replay_->files) {
        if (file == nullptr || file->path() != names[i]) continue;
        out[i] = {.exists = true, .partitions = replay_->options.partitions, .config = {}};
      }
    }
    return out;
  }

  Status create_topics(const std::vector<TopicSpec>& /*topics*/) override { return only_replay(); }
  Result<std::unique_ptr<TopicReader>> open_reader(const std::string& /*topic*/,
                                                   bool /*from_start*/) override {
    return only_replay();
  }
  Result<std::unique_ptr<TopicWriter>> open_writer() override { return only_replay(); }

 private:
  static Status only_replay() { return Status::invalid("files of events are replayed and nothing else"); }

  const std::shared_ptr<Replay> replay_;
};

}  // namespace

std::vector<std::string> event_files_in(const std::string& dir, const std::vector<std::string>& names) {
  std::vector<std::string> out;
  out.reserve(names.size());
  for (const std::string& name : names)
    out.push_back((std::filesystem::path(dir) / (name + ".jsonl")).string());
  return out;
}

Result<std::unique_ptr<Log>> open_files_log(FilesOptions options) {
  if (options.partitions <= 0 || options.workers <= 0 || options.max_line_bytes == 0) {
    return Status::invalid("a replay needs at least one partition, one worker and one byte a line");
  }
  auto replay = std::make_shared<Replay>();
  replay->options = std::move(options);
  replay->committed.resize(static_cast<std::size_t>(replay->options.partitions));
  replay->started_ms = replay->options.clock->wall_ms();
  bool any = false;
  for (const std::string& path : replay->options.sources) {
    Result<std::shared_ptr<const InputFile>> file = InputFile::open(path);
    if (!file.is_ok() && file.status().code() != Code::kNotFound) return file.status();
    any = any || file.is_ok();
    replay->files.push_back(file.is_ok() ? *file : nullptr);
  }
  if (!any) {
    return Status::not_found(
        fmt::format("none of these files is there: {}", fmt::join(replay->options.sources, ", ")));
  }
  return Result<std::unique_ptr<Log>>(std::make_unique<FilesLog>(std::move(replay)));
}

}  // namespace ebb
