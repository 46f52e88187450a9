// What the messages of alert_policy say: alerts and rows of the risk table from what the nodes upstream
// found.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebb/v1/alert.pb.h"
#include "ebb/v1/risk.pb.h"
#include "operators/money.h"
#include "operators/signals.h"

namespace ebb {

// A weighting for one kind of reader. The score stays as it is; what changes is which reason counts most, so
// which one leads the summary and the list.
struct Lens {
  std::string name;
  std::vector<std::pair<std::string, double>> weights;  // of contributions by name; others weigh 1
};

// What is told. Views and pointers live as long as the call.
struct Finding {
  std::string_view customer;
  std::string_view graph_version;
  v1::AlertKind kind = v1::ALERT_KIND_CHURN_RISK;
  v1::RiskLevel level = v1::RISK_LEVEL_UNSPECIFIED;
  v1::RiskLevel level_before = v1::RISK_LEVEL_NONE;
  TimeMs at_ms = 0;
  TimeMs episode_start_ms = 0;
  bool from_timer = false;
  std::uint64_t alert_id = 0;
  std::uint64_t retracted_id = 0;               // of a retraction
  const Signals* risk = nullptr;                // of the node that judged
  std::span<const Signals* const> inputs = {};  // all that the teller hears, for money and segments
  const Lens* lens = nullptr;                   // null: none
  bool held_back = false;                       // an alert waits for room in the day's capacity
};

// "warning"; "none" for whoever stands at no level.
std::string_view level_word(v1::RiskLevel level);
// 16 hex digits.
std::string alert_id_text(std::uint64_t id);

// Immutable; thread-safe.
class AlertWriter {
 public:
  // topics: by SourceId, for evidence.
  AlertWriter(const MoneyConfig& money, std::vector<std::string> topics)
      : exchange_(money), topics_(std::move(topics)) {}

  // REQUIRES: finding.risk is explained and has a probability.
  v1::Alert alert(const Finding& finding) const;
  // Contributions carry neither sentences nor evidence.
  void risk(const Finding& finding, v1::Risk* out) const;

  using EvidenceList = google::protobuf::RepeatedPtrField<v1::Evidence>;
  // The latest first, at most 20 with those that are there.
  void add_evidence(const std::vector<EvidenceRef>& refs, EvidenceList* out) const;
  v1::Money money(double minor) const;

 private:
  void add_contributions(const Finding& finding, v1::Alert* out) const;
  void add_money(const Signals& risk, v1::Alert* out) const;
  v1::Evidence evidence(const EvidenceRef& ref) const;
  std::string summary(const Finding& finding) const;

  Exchange exchange_;
  std::vector<std::string> topics_;
};

}  // namespace ebb
