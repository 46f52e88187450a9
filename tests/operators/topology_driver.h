// Drives a topology as the engine does, without logs or disk: feeds events, fires timers, keeps what comes
// out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "ebb/v1/alert.pb.h"
#include "ebb/v1/event.pb.h"
#include "ebb/v1/request.pb.h"
#include "ebb/v1/risk.pb.h"
#include "ebb/v1/segment.pb.h"
#include "operators/topology.h"

namespace ebb {

// 1 January 2024, 00:00 UTC, plus so many days.
TimeMs day(double days);

// Events with all that decode checks. Ids are made of what they say unless given.
v1::Event purchase(std::string_view customer, double at_day, std::int64_t minor_units,
                   std::string_view id = "");
v1::Event returned(std::string_view customer, double at_day, std::int64_t minor_units,
                   std::string_view id = "");
v1::Event rated(std::string_view customer, double at_day, double value, double min, double max);
v1::Event complained(std::string_view customer, double at_day, std::string_view case_id,
                     v1::ComplaintStage stage);
TimeMs event_ms(const v1::Event& event);

// Sources purchases (0), feedback (1), surveys (2), profiles (3) and the graph and money that the text gives;
// an empty text: the default graph.
std::string config_text(const std::string& rest);
// What Topology::build finds wrong, one a line; empty if nothing.
std::string build_errors(const std::string& rest);

class TopologyDriver {
 public:
  // Fails the test if the config is wrong.
  explicit TopologyDriver(const std::string& rest = "", OperatorFinder find = nullptr);
  ~TopologyDriver();

  // Applies the event to its customer's row.
  Verdict feed(const v1::Event& event);
  // Fires every timer up to the time, in order of time, then customer.
  void advance_to(TimeMs at_ms);
  // advance_to the event's time, then feed: what a task without late events does.
  Verdict live(const v1::Event& event);

  std::optional<Refusal> refuse(const v1::Event& event) const;
  Signals signals(const std::string& customer, std::string_view node, TimeMs at_ms);
  Row& row(const std::string& customer);
  // What the engine does when a customer is erased, but for the marker that it leaves.
  void erase(const std::string& customer);
  // The row's slices as bytes, to compare.
  std::string bytes(const std::string& customer);
  const Topology& topology() const { return *topology_; }
  int timers_fired() const { return timers_fired_; }

  std::vector<v1::Alert> alerts;
  std::vector<v1::Risk> risks;
  std::vector<v1::Request> requests;
  std::vector<v1::SegmentDay> segments;

 private:
  class Collector;

  std::unique_ptr<const Topology> topology_;
  std::unique_ptr<Topology::Scratch> scratch_;
  std::unique_ptr<Collector> collector_;
  std::map<std::string, Row> rows_;  // the shared one too
  SharedState shared_;
  Offset next_offset_ = 0;
  int timers_fired_ = 0;
};

}  // namespace ebb
