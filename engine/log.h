// The ports through which the engine meets the outside: records in, epochs out, changelog back.
// Implementations: engine/kafka, engine/embedded, engine/files; tests bring a simulated one.
//
// A Log belongs to one instance. Each worker opens one WorkerLog and uses it from its own thread only, except
// wake(). Nothing in a WorkerLog blocks for longer than the time it is given: what takes long (fencing,
// restoring, committing) is begun by one call and asked after by another.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb {

struct Header {
  std::string_view name;
  std::string_view value;
};

// Header of a record whose value was cut because it was too long to hold; its value: the whole length in
// bytes, in decimal. What carries it can't be used, whatever the rest of it says.
inline constexpr std::string_view kTruncatedHeader = "ebb.truncated";

// One record as it was read. All views belong to the batch.
struct Record {
  Offset offset = 0;
  TimeMs timestamp_ms = 0;  // the log's, not the event's
  std::string_view key;
  std::string_view value;
  bool has_key = false;
  bool has_value = false;  // false: a null value (a tombstone on a compacted topic)
  std::vector<Header> headers;
};

// Records of one partition in offset order, and what keeps their bytes alive.
struct RecordBatch {
  std::vector<Record> records;
  std::shared_ptr<void> storage;
  bool empty() const { return records.empty(); }
  void clear() {
    records.clear();
    storage.reset();
  }
};

// ---- what goes out
// -----------------------------------------------------------------------------------------

// One changed row for the changelog. Key and value as in state/row_codec.h.
struct RowWrite {
  std::string key;
  std::string value;
  bool tombstone = false;
};

// One record for a sink. Partition = the task it came from, so that a customer's records stay in order.
struct OutRecord {
  int sink = 0;  // place in the config's list of sinks
  TaskId task = 0;
  std::string key;
  std::string value;
  bool tombstone = false;
  TimeMs timestamp_ms = 0;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct TaskEpoch {
  TaskId task = 0;
  std::string task_record;        // ebb.state.v1.TaskRecord, written first
  std::vector<Offset> positions;  // next offset per source
  std::vector<RowWrite> rows;
};

// The unit of atomic progress of one worker. Immutable once submitted.
struct Epoch {
  std::uint64_t number = 0;  // counts up from 1 in each worker's life
  std::vector<TaskEpoch> tasks;
  std::vector<OutRecord> outputs;
};

struct CommitOutcome {
  enum class Kind {
    kCommitted,
    kRetry,     // not committed, or nobody knows: drop all open epochs, open a new WorkerLog, recover
    kFenced,    // somebody else owns these tasks: the same, after the group has said what is still ours
    kTooLarge,  // an output or row exceeds what the log accepts and never will be accepted
  };
  // After anything but kCommitted this WorkerLog publishes nothing more: the outcomes of later epochs are the
  // same, without a try.
  Kind kind = Kind::kRetry;
  std::uint64_t epoch = 0;
  std::string why;
  // kCommitted: for each TaskEpoch in order, the changelog offset of its task record. Replaying the changelog
  // from there gives this epoch's rows and record again: a safe place to start from.
  std::vector<Offset> record_offsets;
};

// ---- what comes in
// -----------------------------------------------------------------------------------------

struct GroupEvent {
  enum class Kind {
    kAssigned,
    kRevoked,  // settle what is open, close the tasks, then call released()
    kLost,     // the tasks may already run elsewhere: drop, close, then call released()
  };
  Kind kind = Kind::kAssigned;
  std::vector<TaskId> tasks;
};

struct RecoveryStep {
  enum class State {
    kWorking,  // ask again; `records` may hold some
    kDone,     // everything up to the end was handed out
    kBehind,   // the position asked for is not in this changelog: wipe and begin again from 0
  };
  State state = State::kWorking;
  // With kDone, where the log keeps offsets of its own: the next offset per source as they say, -1 = none.
  // Only to be compared with the task record, which is the truth.
  std::vector<Offset> mirrored_positions = {};
};

struct SourceEnd {
  bool at_end = false;             // all that was there when last asked has been handed out by fetch()
  TimeMs confirmed_steady_ms = 0;  // when the log last confirmed that (steady clock); 0 = never
};

// Thread: the worker's, except wake().
class WorkerLog {
 public:
  virtual ~WorkerLog() = default;

  // Waits up to wait_ms for something to do: new records, a group event, an outcome, a step of a recovery,
  // wake(). Records that were here before and that the caller chose not to fetch don't count; those that the
  // last fetch() had no room for do. May return early for nothing. Appends group events. An error means that
  // this WorkerLog is of no more use (open another).
  virtual Status poll(DurationMs wait_ms, std::vector<GroupEvent>* events) = 0;
  // The tasks of the last kRevoked or kLost event are closed; the group may go on.
  virtual void released(const std::vector<TaskId>& tasks) = 0;
  // Makes a poll() that waits return. Any thread.
  virtual void wake() = 0;
  // By what ids a successor can fence this writer: goes into each task record. Constant.
  virtual std::vector<std::string> writer_ids() const { return {}; }
  // False: rows that are committed can be read nowhere but on this process' disk, so before a task is
  // recovered all of its committed rows have to be there. Such a log decides each epoch within submit().
  // Constant.
  virtual bool keeps_changelog() const { return true; }

  // Fences former owners and finds the changelog's true end; then hands out its records from `from` on
  // (commit-protocol.md, "Takeover and recovery"). recover() never blocks.
  virtual Status begin_recovery(TaskId task, Offset from) = 0;
  virtual Result<RecoveryStep> recover(TaskId task, RecordBatch* out) = 0;

  // Starts reading every source of the task; positions[s] < 0 means from the beginning.
  virtual Status start(TaskId task, const std::vector<Offset>& positions) = 0;
  // Hands out the next records of one source, if some are here. Never blocks. Errors: kNotFound = the
  // position is out of the log's range.
  virtual Status fetch(TaskId task, SourceId source, RecordBatch* out) = 0;
  virtual SourceEnd end(TaskId task, SourceId source) = 0;
  // When the log was last asked and said that each task has an owner, here or in another process (steady
  // clock); 0 = never, or another worker of this instance is the one who asks. Logs that only one process
  // can use have nothing to ask.
  virtual TimeMs owned_steady_ms() const { return std::numeric_limits<TimeMs>::max(); }
  // Ends reading (and recovery) of the task. Batches handed out stay valid.
  virtual void stop(TaskId task) = 0;

  // Begins to publish an epoch. At most max_epochs_in_flight() may be open; outcomes come in order.
  virtual void submit(std::shared_ptr<const Epoch> epoch) = 0;
  virtual bool next_outcome(CommitOutcome* out) = 0;
  virtual int max_epochs_in_flight() const { return 2; }
};

// ---- topics as tools see them
// ------------------------------------------------------------------------------

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 0;
  std::vector<std::pair<std::string, std::string>> config;  // cleanup.policy=compact, ...
};

struct TopicState {
  bool exists = false;
  std::int32_t partitions = 0;
  std::vector<std::pair<std::string, std::string>> config;
};

// Reads one topic of committed records, all partitions. Own thread of the caller.
class TopicReader {
 public:
  virtual ~TopicReader() = default;
  // Up to wait_ms for the next batch of one partition. at_end: every partition had nothing more.
  virtual Status next(DurationMs wait_ms, TaskId* partition, RecordBatch* out, bool* at_end) = 0;
};

// Appends records: order kept per partition, none twice. Own thread of the caller.
class TopicWriter {
 public:
  virtual ~TopicWriter() = default;
  // May block while too much is unacknowledged.
  virtual Status append(const std::string& topic, TaskId partition, std::string_view key,
                        std::string_view value, const std::vector<Header>& headers, TimeMs timestamp_ms) = 0;
  // Returns when everything appended is durable, or the first failure.
  virtual Status flush() = 0;
};

// Thread-safety: any thread, one at a time.
class Log {
 public:
  virtual ~Log() = default;

  // Is what the topology needs there (topics, counts, policies)? Called before the first worker.
  virtual Status check() = 0;
  virtual Result<std::unique_ptr<WorkerLog>> open_worker(int worker) = 0;

  virtual Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>& names) = 0;
  virtual Status create_topics(const std::vector<TopicSpec>& topics) = 0;
  virtual Result<std::unique_ptr<TopicReader>> open_reader(const std::string& topic, bool from_start) = 0;
  virtual Result<std::unique_ptr<TopicWriter>> open_writer() = 0;
  // The newest committed value of a key in one partition, if it is among the last million records there. For
  // a question now and then: it reads backwards from the end. Logs that only one instance can use need none.
  virtual Result<std::optional<std::string>> find_latest(const std::string& /*topic*/, TaskId /*partition*/,
                                                         std::string_view /*key*/) {
    return std::optional<std::string>();
  }
};

}  // namespace ebb
