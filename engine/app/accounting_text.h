// What became of the records, as JSON for scripts and as text for people.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "ebb/v1/alert.pb.h"
#include "engine/core/instance.h"

namespace ebb::app {

struct SourceAccount {
  std::string name;
  std::int64_t read = 0;  // by the positions in the log, which know nothing of the counts
  Accounting counts;
  bool adds_up() const { return read == counts.total(); }
};

// Of all tasks together, by source in the config's order, from the last committed epochs. REQUIRES: a log
// whose offsets have no gaps (files, embedded) and that was read from its start.
std::vector<SourceAccount> accounts(const InstanceStatus& status, const Config& config);
bool add_up(const std::vector<SourceAccount>& accounts);

// What was sent, counted by what it is about.
class AlertTally {
 public:
  void add(const v1::Alert& alert);
  std::int64_t total() const { return total_; }
  // By level of churn risk ("critical", "warning", "watch") and by kind ("retraction", ...), both in
  // lower_snake_case; only what there is some of.
  const std::map<std::string, std::int64_t>& by_level() const { return by_level_; }
  const std::map<std::string, std::int64_t>& by_kind() const { return by_kind_; }

 private:
  std::int64_t total_ = 0;
  std::map<std::string, std::int64_t> by_level_;
  std::map<std::string, std::int64_t> by_kind_;
};

// A table with a line a source and a total.
std::string accounting_table(const std::vector<SourceAccount>& accounts);
// "12 critical, 40 warning, 3 all clear": what there is some of; "none".
std::string tally_text(const AlertTally& tally);

}  // namespace ebb::app
