#include "tests/simulation/sim_log.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "ebb/state/v1/task_record.pb.h"
#include "state/row_codec.h"

namespace ebb::sim {
namespace {

constexpr DurationMs kRequestTimeoutMs = 3'000;
constexpr DurationMs kFenceAfterMs = 40;

RecoveryStep recovery_step(RecoveryStep::State state) {
  RecoveryStep step;
  step.state = state;
  return step;
}

struct Storage {
  std::deque<std::string> bytes;
  std::string_view keep(std::string text) { return bytes.emplace_back(std::move(text)); }
};

class SimWorkerLog final : public WorkerLog {
 public:
  SimWorkerLog(const std::string& instance, SimLog* log, Cluster* cluster, std::vector<std::string> ids,
               std::vector<int> epochs)
      : log_(log),
        cluster_(cluster),
        ids_(std::move(ids)),
        producer_epochs_(std::move(epochs)),
        member_(cluster->broker->join(instance)) {}

  Status poll(DurationMs, std::vector<GroupEvent>* events) override {
    EBB_TRY(call());
    if (log_->crashed()) return Status::ok();
    if (cluster_->frozen()) return wait_for_brokers();
    cluster_->broker->poll(*member_, events);
    for (const GroupEvent& event : *events) {
      if (event.kind == GroupEvent::Kind::kLost) failed_ = true;
    }
    commit();
    return Status::ok();
  }

  void released(const std::vector<TaskId>& tasks) override {
    if (faults().hit(Fault::kCrashInCall)) log_->crash();
    if (!log_->crashed()) cluster_->broker->release(*member_, tasks);
  }

  void wake() override {}
  std::vector<std::string> writer_ids() const override { return ids_; }

  Status begin_recovery(TaskId task, Offset from) override {
    EBB_TRY(call());
    Recovery& r = recoveries_[task];
    r = {};
    r.position = from;
    r.since_ms = now();
    r.behind = from > changelog(task).high_watermark();
    return Status::ok();
  }

  Result<RecoveryStep> recover(TaskId task, RecordBatch* out) override {
    EBB_TRY(call());
    Recovery& r = recoveries_.at(task);
    if (log_->crashed() || cluster_->frozen()) return recovery_step(RecoveryStep::State::kWorking);
    if (r.behind) return recovery_step(RecoveryStep::State::kBehind);
    if (!r.end && !find_end(task, r)) return recovery_step(RecoveryStep::State::kWorking);
    read_changelog(task, r, out);
    const bool done = r.position >= *r.end;
    if (done) recoveries_.erase(task);
    return recovery_step(done ? RecoveryStep::State::kDone : RecoveryStep::State::kWorking);
  }

  Status start(TaskId task, const std::vector<Offset>& positions) override {
    EBB_TRY(call());
    std::vector<Reader>& readers = readers_[task];
    readers.clear();
    for (Offset p : positions) readers.push_back({std::max<Offset>(p, 0), false});
    return Status::ok();
  }

  Status fetch(TaskId task, SourceId source, RecordBatch* out) override {
    EBB_TRY(call());
    if (log_->crashed() || paused() || prng().chance(700)) return Status::ok();
    Reader& reader = readers_.at(task)[static_cast<std::size_t>(source)];
    const auto& records = input(task, source);
    auto it = std::lower_bound(records.begin(), records.end(), reader.position,
                               [](const InputRecord& r, Offset offset) { return r.offset < offset; });
    auto storage = std::make_shared<Storage>();
    for (std::int64_t n = prng().between(1, 5); n > 0 && it != records.end(); --n, ++it) {
      Record record;
      record.offset = it->offset;
      record.timestamp_ms = it->timestamp_ms;
      record.key = storage->keep(it->key);
      record.has_key = !it->key.empty();
      record.value = storage->keep(it->value);
      record.has_value = it->has_value;
      out->records.push_back(record);
      reader.position = it->offset + 1;
    }
    out->storage = std::move(storage);
    return Status::ok();
  }

  SourceEnd end(TaskId task, SourceId source) override {
    Reader& reader = readers_.at(task)[static_cast<std::size_t>(source)];
    const auto& records = input(task, source);
    const bool all_read = records.empty() || reader.position > records.back().offset;
    if (!log_->crashed() && !paused() && all_read && prng().chance(600)) {
      reader.at_end = true;
      reader.confirmed_ms = now();
    }
    return {reader.at_end, reader.at_end ? std::max<TimeMs>(reader.confirmed_ms, 1) : 0};
  }

  void stop(TaskId task) override {
    if (faults().hit(Fault::kCrashInCall)) log_->crash();
    log_->task_stops();
    recoveries_.erase(task);
    readers_.erase(task);
  }

  void submit(std::shared_ptr<const Epoch> epoch) override {
    crash_in_commit();
    Commit c;
    c.epoch = std::move(epoch);
    c.producer = next_producer_;
    c.next_at_ms = now() + delay();
    commits_.push_back(std::move(c));
    next_producer_ = 1 - next_producer_;
    if (!cluster_->frozen()) commit();
  }

  bool next_outcome(CommitOutcome* out) override {
    if (log_->crashed() || outcomes_.empty()) return false;
    *out = std::move(outcomes_.front());
    outcomes_.pop_front();
    return true;
  }

 private:
  enum class Phase { kQueued, kBegun, kSending, kSent, kOffsetsSent, kEndSent };

  // A record on its way to a broker. It has arrived, and that is acknowledged, when it is no more here.
  struct Sent {
    Partition* partition = nullptr;
    Entry entry;
    bool task_record = false;
  };
  struct Commit {
    std::shared_ptr<const Epoch> epoch;
    std::size_t producer = 0;
    Phase phase = Phase::kQueued;
    TimeMs next_at_ms = 0;
    std::deque<Sent> unacknowledged;
    std::vector<Offset> record_offsets;
    bool answered = true;  // EndTxn, and its answer can be believed
  };
  struct Recovery {
    Offset position = 0;
    TimeMs since_ms = 0;
    bool behind = false;
    std::optional<Offset> end;
    std::set<std::string> fenced;
  };
  struct Reader {
    Offset position = 0;
    bool at_end = false;
    TimeMs confirmed_ms = 0;
  };

  Faults& faults() { return *cluster_->faults; }
  Prng& prng() { return cluster_->faults->prng(); }
  TimeMs now() const { return cluster_->clock->steady_ms(); }
  bool paused() const { return cluster_->frozen() || now() < cluster_->sources_paused_until_ms; }
  Partition& changelog(TaskId task) { return cluster_->broker->changelog(task); }
  const std::vector<InputRecord>& input(TaskId task, SourceId source) const {
    return (*cluster_->input)[static_cast<std::size_t>(source)][static_cast<std::size_t>(task)];
  }
  DurationMs delay() { return prng().chance(600) ? 0 : prng().below(prng().chance(50) ? 800 : 12); }

  Status call() {
    if (faults().hit(Fault::kCrashInCall)) log_->crash();
    if (!log_->crashed() && faults().hit(Fault::kUnavailable)) return Status::unavailable("not now");
    return Status::ok();
  }
  void crash_in_commit() {
    if (faults().hit(Fault::kCrashInCommit)) log_->crash();
  }

  // ---- recovery, as commit-protocol has it: fence whoever has a transaction open here, then ask for the end

  bool find_end(TaskId task, Recovery& r) {
    const Partition& log = changelog(task);
    if (log.lso() == log.high_watermark()) {
      r.end = log.high_watermark();
      return true;
    }
    // What is under way in order ends soon.
    if (now() - r.since_ms >= kFenceAfterMs) fence(task, r);
    return false;
  }

  void fence(TaskId task, Recovery& r) {
    for (const Entry* entry : changelog(task).tail()) {
      if (entry->key != kTaskRecordKey) continue;
      ebb::state::v1::TaskRecord record;
      if (!record.ParseFromString(entry->value)) continue;
      for (const std::string& id : record.writer().transactional_ids()) {
        if (std::find(ids_.begin(), ids_.end(), id) != ids_.end() || !r.fenced.insert(id).second) continue;
        int epoch = 0;
        if (cluster_->broker->init_producer(id, &epoch) == Answer::kBusy) continue;
      }
    }
  }

  void read_changelog(TaskId task, Recovery& r, RecordBatch* out) {
    auto storage = std::make_shared<Storage>();
    for (std::int64_t n = prng().between(1, 30); n > 0; --n) {
      const Entry* entry = changelog(task).committed(r.position);
      if (entry == nullptr) {
        r.position = std::max(r.position, changelog(task).lso());
        break;
      }
      Record record;
      record.offset = entry->offset;
      record.key = storage->keep(entry->key);
      record.has_key = true;
      record.value = storage->keep(entry->value);
      record.has_value = !entry->tombstone;
      out->records.push_back(record);
      r.position = entry->offset + 1;
    }
    out->storage = std::move(storage);
  }

  // ---- commit

  // No answers. Whoever has asked gives up after a time.
  Status wait_for_brokers() {
    if (commits_.empty() || failed_ || now() < commits_.front().next_at_ms + kRequestTimeoutMs)
      return Status::ok();
    fail(CommitOutcome::Kind::kRetry, "no answer from the brokers");
    return Status::ok();
  }

  void fail(CommitOutcome::Kind kind, std::string why) {
    failed_ = true;
    outcomes_.push_back({kind, commits_.front().epoch->number, std::move(why), {}});
  }
  void fail_by(Answer answer, std::string_view what) {
    const bool fenced = answer == Answer::kFenced || answer == Answer::kNotMember;
    fail(fenced ? CommitOutcome::Kind::kFenced : CommitOutcome::Kind::kRetry,
         std::string(what) + " was refused");
  }

  void commit() {
    for (std::size_t i = 0; i < commits_.size() && !failed_ && !log_->crashed(); ++i) {
      // The records of an epoch are sent only after the one before has all of its own acknowledged.
      if (i > 0 && commits_[i - 1].phase < Phase::kSent) return;
      while (i < commits_.size() && !failed_ && !log_->crashed() && commits_[i].next_at_ms <= now()) {
        const bool first = i == 0;
        if (!advance(commits_[i], first)) break;
        if (first && done_) {
          done_ = false;
          commits_.pop_front();
          break;
        }
        const bool waits = commits_[i].phase == Phase::kEndSent && !commits_[i].answered;
        commits_[i].next_at_ms = now() + (waits ? kRequestTimeoutMs : delay());
        crash_in_commit();
      }
    }
  }

  // False: not now.
  bool advance(Commit& c, bool first) {
    switch (c.phase) {
      case Phase::kQueued:
        send_task_records(c);
        c.phase = Phase::kBegun;
        return true;
      case Phase::kBegun:
        if (!deliver(c)) return false;
        if (!c.unacknowledged.empty()) return true;
        send_rest(c);
        c.phase = Phase::kSending;
        return true;
      case Phase::kSending:
        if (!deliver(c)) return false;
        if (c.unacknowledged.empty()) c.phase = Phase::kSent;
        return true;
      case Phase::kSent:
        return first && send_offsets(c);
      case Phase::kOffsetsSent:
        return first && end_transaction(c);
      case Phase::kEndSent:
        if (c.answered) {
          outcomes_.push_back({CommitOutcome::Kind::kCommitted, c.epoch->number, {}, c.record_offsets});
          done_ = true;
        } else {
          fail(CommitOutcome::Kind::kRetry, "no answer to EndTxn");
        }
        return true;
    }
    return false;
  }

  // Some of the records on their way arrive, mostly all. False: not now.
  bool deliver(Commit& c) {
    const auto all = static_cast<std::int64_t>(c.unacknowledged.size());
    std::int64_t n = all == 0 || prng().chance(800) ? all : prng().between(1, all);
    for (; n > 0; --n) {
      if (faults().hit(Fault::kSendFail)) {
        fail(CommitOutcome::Kind::kRetry, "a record could not be sent");
        return false;
      }
      const Sent& sent = c.unacknowledged.front();
      Offset offset = 0;
      const Answer answer = cluster_->broker->append(ids_[c.producer], producer_epochs_[c.producer],
                                                     sent.partition, sent.entry, &offset);
      if (answer != Answer::kOk) {
        if (answer != Answer::kBusy) fail_by(answer, "a record");
        return false;
      }
      if (sent.task_record) c.record_offsets.push_back(offset);
      c.unacknowledged.pop_front();
    }
    return true;
  }

  void send_task_records(Commit& c) {
    for (const TaskEpoch& part : c.epoch->tasks) {
      Entry entry;
      entry.key = kTaskRecordKey;
      entry.value = part.task_record;
      c.unacknowledged.push_back({&changelog(part.task), std::move(entry), true});
    }
  }

  void send_rest(Commit& c) {
    for (const TaskEpoch& part : c.epoch->tasks) {
      for (const RowWrite& row : part.rows) {
        Entry entry;
        entry.key = row.key;
        entry.value = row.value;
        entry.tombstone = row.tombstone;
        c.unacknowledged.push_back({&changelog(part.task), std::move(entry), false});
      }
    }
    for (const OutRecord& out : c.epoch->outputs) {
      Entry entry;
      entry.key = out.key;
      entry.value = out.value;
      entry.tombstone = out.tombstone;
      entry.headers = out.headers;
      c.unacknowledged.push_back({&cluster_->broker->sink(out.sink, out.task), std::move(entry), false});
    }
  }

  // -1: none.
  std::int64_t known_generation() {
    if (member_->knows || faults().hit(Fault::kGeneration)) return -1;
    const bool stale = member_->generation > 0 && faults().hit(Fault::kStaleGeneration);
    return stale ? member_->generation - 1 : member_->generation;
  }

  bool send_offsets(Commit& c) {
    const std::int64_t generation = known_generation();
    if (generation < 0) {  // no proof, no commit
      fail(CommitOutcome::Kind::kFenced, "the membership is not whole");
      return false;
    }
    std::map<TaskId, std::vector<Offset>> positions;
    for (const TaskEpoch& part : c.epoch->tasks) positions[part.task] = part.positions;
    const Answer answer = cluster_->broker->send_offsets(ids_[c.producer], producer_epochs_[c.producer],
                                                         *member_, generation, positions);
    if (answer != Answer::kOk) {
      fail_by(answer, "the group's offsets");
      return false;
    }
    c.phase = Phase::kOffsetsSent;
    return true;
  }

  bool end_transaction(Commit& c) {
    Broker& broker = *cluster_->broker;
    const std::string& id = ids_[c.producer];
    const int epoch = producer_epochs_[c.producer];
    c.phase = Phase::kEndSent;
    c.answered = false;
    if (faults().hit(Fault::kEndLost)) return true;
    if (faults().hit(Fault::kEndLate)) {
      broker.end_later(id, epoch, now() + prng().below(2 * kRequestTimeoutMs));
      return true;
    }
    const Answer answer = broker.end(id, epoch, true);
    if (faults().hit(Fault::kEndAnswerLost)) return true;
    if (answer != Answer::kOk) {
      fail_by(answer, "EndTxn");
      return false;
    }
    const bool repeated = faults().hit(Fault::kEndRepeated);
    if (repeated) broker.end_later(id, epoch, now() + prng().below(2 * kRequestTimeoutMs));
    // An answer to a repeated request is none: the first may still come, and end a later transaction.
    c.answered = !repeated;
    return true;
  }

  SimLog* const log_;
  Cluster* const cluster_;
  const std::vector<std::string> ids_;
  const std::vector<int> producer_epochs_;
  const std::shared_ptr<Member> member_;
  std::map<TaskId, Recovery> recoveries_;
  std::map<TaskId, std::vector<Reader>> readers_;
  std::deque<Commit> commits_;
  std::deque<CommitOutcome> outcomes_;
  std::size_t next_producer_ = 0;
  bool failed_ = false;
  bool done_ = false;
};

}  // namespace

Result<std::unique_ptr<WorkerLog>> SimLog::open_worker(int worker) {
  if (crashed_ || cluster_->frozen() || cluster_->faults->hit(Fault::kUnavailable))
    return Status::unavailable("not now");
  const std::string member = instance_ + "-" + std::to_string(worker);
  const std::vector<std::string> ids = {member + "-0", member + "-1"};
  std::vector<int> epochs(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (cluster_->broker->init_producer(ids[i], &epochs[i]) != Answer::kOk)
      return Status::unavailable("a transaction of " + ids[i] + " is not over yet");
  }
  return std::unique_ptr<WorkerLog>(std::make_unique<SimWorkerLog>(instance_ + "-" + std::to_string(worker),
                                                                   this, cluster_, ids, std::move(epochs)));
}

Result<std::vector<TopicState>> SimLog::describe_topics(const std::vector<std::string>&) {
  return Status::not_found("the simulation has no topics to describe");
}
Status SimLog::create_topics(const std::vector<TopicSpec>&) {
  return Status::not_found("the simulation makes its topics itself");
}
Result<std::unique_ptr<TopicReader>> SimLog::open_reader(const std::string&, bool) {
  return Status::not_found("the simulation has no tools");
}
Result<std::unique_ptr<TopicWriter>> SimLog::open_writer() {
  return Status::not_found("the simulation has no tools");
}

}  // namespace ebb::sim
