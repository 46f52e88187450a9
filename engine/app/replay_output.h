// What a replay writes: the outputs of all tasks, put into an order that depends on nothing but the input.
//
// Tasks run side by side, so their outputs arrive in any order between tasks. They are kept in one file each,
// with only their places in memory, and written out in order at the end.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "engine/app/accounting_text.h"
#include "engine/app/output_file.h"
#include "engine/base/status.h"
#include "engine/log.h"

namespace google::protobuf {
class Message;
class Timestamp;
}  // namespace google::protobuf

namespace ebb::app {

// Lines in an unnamed file, read back by place.
class Spool {
 public:
  struct Place {
    std::int64_t offset = 0;
    std::uint32_t size = 0;
  };
  // dir: where the file's bytes go. kUnavailable: no room, no right.
  static Result<Spool> create(const std::string& dir);

  Result<Place> add(const std::string& line);
  Status read(const Place& place, std::string* line);

 private:
  explicit Spool(std::FILE* file) : file_(file, &std::fclose) {}
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::int64_t end_ = 0;
};

// Thread-safety: none; the files log hands outputs over one at a time.
class ReplayOutput {
 public:
  // dir is there. config outlives this. risk_history: also keeps the risk rows that were replaced.
  static Result<std::unique_ptr<ReplayOutput>> create(const std::string& dir, const Config* config,
                                                      bool risk_history = false);

  // Takes one output of a committed epoch.
  Status take(const OutRecord& record);

  // Writes alerts.jsonl (by event time, then task, then as they came; of sinks with a lens not),
  // requests.jsonl and segments.jsonl likewise where there are any, risk.jsonl (the last line of each
  // customer, by id; of the first risk sink if there are several) and dead_letters.jsonl (by topic,
  // partition, offset); with the history also risk_history.jsonl, every row that the risk table had, in the
  // alerts' order. Once, at the end.
  Status finish();

  const AlertTally& alerts() const { return tally_; }
  std::int64_t customers() const { return static_cast<std::int64_t>(risks_.size()); }
  std::int64_t dead_letters() const { return static_cast<std::int64_t>(dead_letters_.size()); }
  const std::map<std::string, std::int64_t>& dead_letters_by_reason() const { return reasons_; }
  // The names of those written, in their order.
  const std::vector<std::string>& files() const { return files_; }

 private:
  ReplayOutput(std::string dir, const Config* config, bool risk_history, Spool spool);
  Status take_alert(const OutRecord& record);
  Status take_risk(const OutRecord& record);
  Status take_dead_letter(const OutRecord& record);
  template <typename Sorted>
  Status write(const std::string& name, const Sorted& places);

  using Place = Spool::Place;
  using Turn = std::tuple<TimeMs, TaskId, std::uint64_t>;  // event time, task, how many came before
  struct Dated {
    std::unordered_map<TaskId, std::uint64_t> of_task;
    std::vector<std::pair<Turn, Place>> places;
  };
  Status take_dated(const google::protobuf::Message& message, const google::protobuf::Timestamp& time,
                    const OutRecord& record, Dated* to);

  const std::string dir_;
  const Config* config_;
  const bool risk_history_;
  Spool spool_;
  std::string line_;
  int risk_sink_ = -1;
  std::unordered_map<TaskId, std::uint64_t> alerts_of_task_, risks_of_task_;
  std::vector<std::pair<Turn, Place>> alerts_, history_;
  std::map<std::string, Dated> dated_;  // by file
  std::unordered_map<std::string, Place> risks_;
  std::vector<std::pair<std::tuple<std::string, TaskId, Offset>, Place>> dead_letters_;
  std::map<std::string, std::int64_t> reasons_;
  AlertTally tally_;
  std::vector<std::string> files_;
};

}  // namespace ebb::app
