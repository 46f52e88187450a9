// A durable log on one machine with no broker: one RocksDB that holds the sources, the outputs and the
// changelog. Events come in with append(), an epoch is one synced write.
//
// What is promised
// - append() answers when the records are on disk; several callers share one sync (group commit). A batch is
//   there whole or not at all. Offsets count from 0 in each partition, without gaps in sources.
// - An epoch (task records, changelog, outputs, positions) is there whole or not at all.
// - The changelog, and sinks marked so, are compacted: a record goes in the same write that overwrites it; a
//   tombstone stays for tombstone_retention_ms and then goes too. Offsets there have gaps.
// - Retention: of each partition of a source or of an uncompacted sink, the oldest records go when they were
//   appended more than retention_ms ago, or when the topic holds more than retention_bytes (each partition
//   has an equal share). Time is that of the append, not of the event. In a source only what lies below the
//   position of the task's last epoch goes: what has not been read is kept whatever the limits say.
// - Only one process writes. Others may read with read_only = true, while it runs or not: they see its
//   writes with a delay, and perhaps a moment before those are synced.
// - After a failed write (a full or broken disk) the log refuses all further ones: nobody knows what is on
//   the disk before it is opened again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/log.h"

namespace ebb {

struct EmbeddedSink {
  std::string topic;
  bool compacted = false;  // keeps the last record of each key, however old
};

struct EmbeddedOptions {
  std::string dir;                   // created unless read_only
  std::int32_t partitions = 1;       // tasks; of every topic below. Can't change once the log is there.
  std::vector<std::string> sources;  // topics in the order of SourceId
  std::vector<EmbeddedSink> sinks;   // in the order of OutRecord::sink
  std::string changelog;             // topic
  int workers = 1;                   // task p belongs to worker p % workers
  bool read_only = false;            // topics are taken as they are; partitions and workers mean nothing
  DurationMs retention_ms = 7 * kDayMs;
  std::uint64_t retention_bytes = std::uint64_t{1} << 30;  // per topic
  DurationMs tombstone_retention_ms = kDayMs;        // a store that was away for longer must begin from empty
  std::size_t memory_bytes = std::size_t{64} << 20;  // block cache and memtables together
  const Clock* clock = &system_clock();              // outlives the log
};

struct NewRecord {
  TaskId partition = 0;
  std::string key;
  std::string value;
  bool has_key = true;
  bool has_value = true;
  TimeMs timestamp_ms = 0;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct PartitionBounds {
  Offset begin = 0;  // the oldest record that is kept has at least this offset
  Offset end = 0;    // the next record will have this one
};

// Thread-safety: any number of threads. Worker logs, readers and writers keep the database open: destroy
// them before opening the same directory again.
class EmbeddedLog : public Log {
 public:
  // A record larger than this is refused (kInvalid; kTooLarge in an epoch).
  static constexpr std::size_t kMaxRecordBytes = std::size_t{64} << 20;

  // Appends all records or none, and returns when they are durable: their offsets, in order. Blocks for one
  // or two syncs. Errors: kNotFound no such topic; kInvalid no such partition, record too large, or a
  // compacted topic (only epochs write those); kUnavailable read_only; kInternal the disk failed.
  virtual Result<std::vector<Offset>> append(const std::string& topic, std::vector<NewRecord> records) = 0;

  // Up to max records from `offset` on, fewer when they are large; empty at the end. kNotFound: no such topic
  // or partition, or the offset is below what is kept.
  virtual Result<RecordBatch> read(const std::string& topic, TaskId partition, Offset offset,
                                   std::size_t max) = 0;
  virtual Result<PartitionBounds> bounds(const std::string& topic, TaskId partition) = 0;

  // As open_reader(), each partition from its own offset on (one that is gone: from the first that is kept).
  virtual Result<std::unique_ptr<TopicReader>> open_reader_at(const std::string& topic,
                                                              std::vector<Offset> positions) = 0;

  // Does now what the log does by itself once a minute: lets go of what retention no longer keeps.
  virtual Status apply_retention() = 0;
};

// Opens the log; creates it and its topics where they are missing. Errors: kUnavailable another process has
// it open; kInvalid the log that is there has another number of partitions or another kind of topic;
// kNotFound read_only and there is none; kInternal a broken disk.
Result<std::unique_ptr<EmbeddedLog>> open_embedded_log(const EmbeddedOptions& options);

}  // namespace ebb
