// History as a log: one file of events a source, read once from its start to its end. For replays.
//
// - A source's records are the lines of its file in the file's order (event_file.h says what a line is). A
//   record's key is the customer's id found in the line (customer_id.h), its partition
//   partition_of(key, partitions), as on Kafka; its value the line. A line in which no id is found has no
//   key and goes where partition_of(line) says, so that it reaches the dead letters. A line longer than
//   max_line_bytes is cut and carries kTruncatedHeader; give more than the decoder takes, and it is refused
//   for its size.
// - An offset is the record's place in its partition, from 0. Log time of every record: when the log was
//   opened.
// - The files must not change meanwhile; what is added behind their end is not read.
// - Each task reads through the files by itself and keeps what is its own: as many passes as there are tasks,
//   at half a microsecond a line, in 64 kB (or a line) for each task and source. One pass for all would
//   need a bound on what waits for a task, and that bound can stop the merge for ever.
// - An epoch is committed by handing its outputs over, within submit(). There is no changelog: committed rows
//   are on the worker's disk only, and the log remembers each task's last task record, so that a worker can
//   drop what is open and go on from there (when an operator has failed). A replay whose process ends is
//   begun again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/files/event_file.h"
#include "engine/log.h"

namespace ebb {

// Takes one output of a committed epoch. Called by one worker at a time, in the order of the epoch's outputs:
// within a task the order depends on nothing but the input. An error ends the replay.
using OutputHandler = std::function<Status(const OutRecord&)>;

struct FilesOptions {
  std::vector<std::string> sources;  // path by SourceId; a file that isn't there is an empty source
  std::int32_t partitions = 1;       // tasks
  int workers = 1;                   // task p belongs to worker p % workers
  std::size_t max_line_bytes = kDefaultMaxLineBytes;
  OutputHandler on_output;
  const Clock* clock = &system_clock();  // outlives the log
};

// <dir>/<name>.jsonl for each name.
std::vector<std::string> event_files_in(const std::string& dir, const std::vector<std::string>& names);

// Errors: kNotFound when none of the files is there; kInvalid.
Result<std::unique_ptr<Log>> open_files_log(FilesOptions options);

}  // namespace ebb
