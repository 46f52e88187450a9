// Where a task stands, as its task record says it. The record goes with its epoch when that is dropped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/types.h"
#include "engine/core/source_clock.h"

namespace ebb::state::v1 {
class TaskRecord;
}

namespace ebb {

// For every record read exactly one of these goes up by one.
struct Accounting {
  std::int64_t applied = 0;
  std::int64_t duplicate = 0;
  std::int64_t dead_lettered = 0;
  std::int64_t erased = 0;

  std::int64_t total() const { return applied + duplicate + dead_lettered + erased; }
  Accounting& operator+=(const Accounting& o);
  bool operator==(const Accounting&) const = default;
};

enum class Fate { kApplied, kDuplicate, kDeadLettered, kErased };
void count(Fate fate, Accounting* accounting);

struct SourceProgress {
  std::string name;
  Offset next_offset = -1;  // -1: from the beginning
  SourceClock::State clock;
  TimeMs last_arrival_wall_ms = 0;  // 0: never
  Accounting counts;
  std::int64_t gaps = 0;         // times that a part of the log was gone before it was read
  std::int64_t gap_offsets = 0;  // offsets missed by them
};

struct TaskProgress {
  TaskId task = 0;
  std::int64_t epoch = 0;
  std::vector<SourceProgress> sources;  // in the config's order
  TimeMs watermark_ms = kBeginning;
  std::int64_t timers_fired = 0;
  std::vector<std::int64_t> outputs;  // by sink, in the config's order
  std::string incarnation;

  Accounting total() const;
};

// Who writes; the same in every record of a worker.
struct WriterInfo {
  std::string instance;
  std::vector<std::string> transactional_ids;
  std::string http_address;
  std::string version;
  std::string graph_version;
};

// Names: of the sources and sinks, by which a record finds its way back when the config's order has changed.
std::string encode_progress(const TaskProgress& progress, const std::vector<std::string>& sink_names,
                            const WriterInfo& writer, TimeMs wall_ms);
// Sources and outputs that the record doesn't know start from nothing. False: the bytes are no task record.
bool decode_progress(const std::string& bytes, const std::vector<std::string>& source_names,
                     const std::vector<std::string>& sink_names, TaskProgress* out,
                     std::string* graph_version);

}  // namespace ebb
