// What reports are made of: the risk table, from a log or from a replay's files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "ebb/v1/risk.pb.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb::app {

struct ReportInput {
  std::vector<v1::Risk> risks;  // by customer
  // Satisfaction of a customer as of a time, ascending; only where the history is known (a replay with
  // --risk-history).
  struct Rated {
    TimeMs at_ms = 0;
    std::string customer;
    double index = 0;  // 0 to 100
  };
  std::vector<Rated> history;
  std::string currency;
  TimeMs as_of_ms = 0;  // the latest event time of all
};

// risk.jsonl and, if it is there, risk_history.jsonl of a replay.
Result<ReportInput> read_replay(const std::string& dir, const Config& config);
// The topic of the config's first sink of risk, to its present end.
Result<ReportInput> read_sink(const Config& config);

}  // namespace ebb::app
