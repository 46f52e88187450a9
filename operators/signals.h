// What one node says about one customer at one time: measures (numbers by name) and contributions to the
// risk.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.h"

namespace ebb {

// A measure is left out when there is nothing to base it on: absent is not zero. Unit and range stand beside
// each. Add at the end.
enum class Measure : std::uint8_t {
  kPurchases,              // count of purchases, life-long
  kSilenceDays,            // days since the last purchase, >= 0
  kGapDays,                // typical days between purchases, shrunk to the prior; > 0
  kRegularity,             // Erlang shape of the gaps; 1 = random, larger = more regular
  kTenureDays,             // days since the first purchase, >= 0
  kSpendLifeMinor,         // minor units of the reporting currency, life-long
  kSpendRateMinorPerDay,   // expected spend a day while active, minor units of the reporting currency
  kMarginRateMinorPerDay,  // the same after costs
  kSatisfaction,           // 0 (worst) to 1 (best)
  kSatisfactionWeight,     // evidence behind it, in full answers, faded to now
  kOpenComplaints,         // count
  kEvidenceWeight,         // events that say anything about the customer, life-long
  kRiskProbability,        // of no purchase within the horizon, 0 to 1
  kRiskScore,              // log-odds of it: the sum of the contributions
  kRiskReason,           // the part of the score that speaks of late: silence and what the inputs contribute
  kHorizonDays,          // the horizon that the probability speaks of
  kValueAtRiskMinor,     // minor units of the reporting currency
  kExpectedMarginMinor,  // in the horizon if the customer stays, minor units of the reporting currency
  kProfitMinor,          // margin so far less all known costs, minor units of the reporting currency
  kAnswerWanted,         // 1: evidence of satisfaction is thin or stale, and asking is welcome; else 0
  kOverdueComplaints,    // count, among the open ones
  kSilenceSlope,         // the score rises with silence by this x ln(gap + silence), both in days
  kGivenUpDays,          // from this silence on nobody expects the customer back
  kCount_,
};

// The measure's name for people and scripts: "silence_days".
std::string_view measure_name(Measure m);

struct EvidenceRef {
  SourceId source = 0;
  TaskId partition = 0;
  Offset offset = 0;
  TimeMs event_ms = 0;
  std::string event_id;
};

// One named term of the score. Points are log-odds; positive raises the risk.
struct Contribution {
  std::string_view name;  // static, snake_case, stable: it is an API
  double points = 0;
  std::string sentence;               // only when explaining
  std::vector<EvidenceRef> evidence;  // only when explaining
};

// Reused from call to call; clear() keeps the memory.
class Signals {
 public:
  void clear() {
    present_.reset();
    contributions_.clear();
    next_change_ms_ = kNever;
    model_version_ = {};
    cited_.clear();
  }

  void set(Measure m, double value) {
    values_[index(m)] = value;
    present_.set(index(m));
  }
  std::optional<double> get(Measure m) const {
    if (!present_.test(index(m))) return std::nullopt;
    return values_[index(m)];
  }

  void contribute(std::string_view name, double points) { contributions_.push_back({name, points, {}, {}}); }
  void contribute(Contribution c) { contributions_.push_back(std::move(c)); }
  const std::vector<Contribution>& contributions() const { return contributions_; }

  // The next time at which what this node says may change although no event comes (a deadline, a crossing,
  // evidence gone stale). Those who decide turn it into a timer.
  void changes_at(TimeMs at) { next_change_ms_ = at < next_change_ms_ ? at : next_change_ms_; }
  TimeMs next_change_ms() const { return next_change_ms_; }

  // Events that the measures rest on; only when explaining.
  void cite(EvidenceRef evidence) { cited_.push_back(std::move(evidence)); }
  const std::vector<EvidenceRef>& cited() const { return cited_; }

  // The model behind the risk; static.
  void set_model_version(std::string_view version) { model_version_ = version; }
  std::string_view model_version() const { return model_version_; }

  // Takes over the measures that are not set here yet, and the next change. Contributions stay behind: they
  // are taken one by one by whoever sums them.
  void inherit(const Signals& input) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!present_.test(i) && input.present_.test(i)) {
        values_[i] = input.values_[i];
        present_.set(i);
      }
    }
    changes_at(input.next_change_ms_);
    if (model_version_.empty()) model_version_ = input.model_version_;
  }

 private:
  static constexpr std::size_t index(Measure m) { return static_cast<std::size_t>(m); }
  std::array<double, static_cast<std::size_t>(Measure::kCount_)> values_{};
  std::bitset<static_cast<std::size_t>(Measure::kCount_)> present_;
  std::vector<Contribution> contributions_;
  TimeMs next_change_ms_ = kNever;
  std::string_view model_version_;
  std::vector<EvidenceRef> cited_;
};

// The measure from the first of the inputs that has it.
inline std::optional<double> find_measure(std::span<const Signals* const> inputs, Measure m) {
  for (const Signals* s : inputs) {
    if (auto v = s->get(m)) return v;
  }
  return std::nullopt;
}

}  // namespace ebb
