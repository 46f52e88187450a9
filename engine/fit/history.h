// A folder of events gone through the real graph, stopped at dates: what the operators say of each customer
// then is what a running Ebb would say, and what a model is fitted to. No training/serving skew.
//
// All events are held in memory, ordered by event time (then source, then place in the file), so no customer
// is judged by what had not happened yet, and late events count as if they had come in time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "engine/base/status.h"
#include "operators/models/risk_terms.h"
#include "operators/topology.h"

namespace ebb::fit {

inline constexpr std::size_t kMaxEvents = 50'000'000;

// One customer at one date.
struct Snapshot {
  std::uint32_t customer = 0;
  TimeMs at_ms = 0;
  RiskFacts facts;
  std::string segment;  // the label under the key that is asked for; empty: none
  std::vector<std::pair<std::string_view, double>> inputs;  // contributions of the inputs, unweighted
  double probability = 0;                                   // as the config's graph judges
  double value_at_risk_minor = 0;
  double margin_minor_per_day = 0;  // while active
};

// One message that the graph emitted for a sink of alerts.
using OnAlert = std::function<void(const google::protobuf::Message& message)>;
// done of all events.
using OnProgress = std::function<void(std::size_t done, std::size_t all)>;

class History {
 public:
  // Reads DIR/SOURCE.jsonl for each source of the config. Lines that are no events are counted, not used.
  // Errors: kNotFound none of the files; kFull more than kMaxEvents.
  static Result<std::unique_ptr<History>> load(const Config& config, const std::string& dir);
  ~History();

  std::size_t events() const;
  std::size_t refused() const;
  TimeMs first_ms() const;
  TimeMs last_ms() const;
  const std::vector<std::string>& customers() const;  // in order of the first event

  // Times of the sales, ascending, by customer.
  const std::vector<std::vector<TimeMs>>& sales() const;

  // Sales of a customer in (from, to], different days (UTC).
  int purchase_days(std::uint32_t customer, TimeMs from_ms, TimeMs to_ms) const;

  // Runs the events up to and including `to` through the graph, timers between them, and judges every
  // customer who has bought at each of the dates (ascending, <= to). The graph needs one node of the operator
  // churn_risk. by: the key of the snapshots' segments; empty: none. visit: a date's place and all its
  // customers.
  Status run(const Topology& topology, const std::vector<TimeMs>& dates, TimeMs to_ms, std::string_view by,
             const OnAlert& on_alert, const OnProgress& on_progress,
             const std::function<void(std::size_t date, std::vector<Snapshot> customers)>& visit) const;

 private:
  struct Impl;
  explicit History(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::fit
