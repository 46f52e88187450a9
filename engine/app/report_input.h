// What reports are made of: the risk table and the segments' days, from a log or from a replay's files.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "ebb/v1/risk.pb.h"
#include "ebb/v1/segment.pb.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb::app {

using SegmentKey = std::pair<std::string, std::string>;  // key and value; both empty: all customers

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
  // By the end of day: each segment, added up over the tasks; a task that said nothing that day counts with
  // what it said last. Empty: the graph keeps no segments.
  std::map<TimeMs, std::map<SegmentKey, v1::SegmentDay>> days;
  std::string currency;
  // What a customer brings elsewhere on the market, by the config, minor units; 0: not known.
  double market_lifetime_minor = 0;
  TimeMs as_of_ms = 0;  // the latest event time of all

  // As of the last day at or before a time; null: there is none.
  const v1::SegmentDay* find_segment(const SegmentKey& key, TimeMs at_ms) const;
};

// segments: of single tasks, in any order.
void add_days(std::vector<v1::SegmentDay> segments, ReportInput* input);

// risk.jsonl and, if they are there, risk_history.jsonl and segments.jsonl of a replay.
Result<ReportInput> read_replay(const std::string& dir, const Config& config);
// The topics of the config's first sink of risk and first of segments, to their present end.
Result<ReportInput> read_sinks(const Config& config);

}  // namespace ebb::app
