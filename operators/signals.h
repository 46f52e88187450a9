// What one node says about one customer at one time: measures (numbers by name), flags, and contributions to
// the risk.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  kInputPoints,          // the part of the score that the inputs contribute, log-odds
  kGivenUpDays,          // from this silence on nobody expects the customer back
  kComplaints,           // cases known, open and closed, count
  kUtility,              // fitness for the goal, completeness: 0 (worst) to 1 (best)
  kWarranty,             // availability, capacity, continuity, security: 0 to 1
  kPerception,           // service, price, ease, emotion, appearance and the like: 0 to 1
  kDesired,              // what the customer would like, mean over the dimensions, 0 to 1
  kExpected,             // what the customer reckons to get, likewise
  kPerceived,            // what the customer feels to have got, likewise
  kSatisfactionShift,    // recent answers less all answers, -1 to 1; only once the two clearly differ
  kTrust,                // that promises are kept, 0 to 1
  kNetValueMinor,        // believed benefits less believed costs, minor units of the reporting currency
  kNetValueRatio,        // believed benefits / believed costs, >= 0
  kAlternativeNetMinor,  // net value of the best alternative, minor units of the reporting currency
  kQuality,              // perceived quality, 0 to 1
  kReferredValueMinor,   // worth of the customers whom this one brought, minor units
  kNetworkAtRiskMinor,   // the part of it that the customer's mood exposes, minor units
  kBarrierStrength,      // of the strongest barrier to leaving that stands, 0 to 1
  kBarrierEndDays,       // until the last barrier ends; absent: no barrier, or one without an end
  kEngagement,           // recent engagement / what is usual for this customer, >= 0
  kPromotionShare,       // of the recent purchases, those bought on promotion, 0 to 1
  kPremium,              // paid above the market price, share of it; < 0: below
  kCategories,           // categories bought from lately, an effective number, >= 0
  kNeedShare,            // of the spend on the needs served here, the share spent here, 0 to 1
  kOpenFaults,           // count
  kFeedbackPieces,       // things worth knowing that the customer told us, faded count
  kPurchaseDays,         // different days (UTC) with purchases, >= 1
  kLnGapSum,             // sum of ln(gap in days) over the gaps between these days
  kLongestGapDays,       // the longest of these gaps; absent: none
  kMonthMarginTrend,     // margin of the last three full months / that of the three before, >= 0
  kAcquisitionMinor,     // what winning the customer cost, minor units of the reporting currency
  kLifetimeValueMinor,   // margin to come if the customer stays as they are, discounted, minor units
  kKeepBudgetMinor,      // the most that keeping the customer may cost, minor units, >= 0
  kReplacementMinor,     // what winning a customer in their place would cost, minor units
  kProfitOfActingMinor,  // expected profit of acting now, minor units; below 0: it doesn't pay
  kExpectedLifetimeMinor,  // margin to come, discounted, leaving reckoned in, minor units; only when
                           // explaining
  kMarketLifetimeMinor,    // what a customer brings elsewhere on the market, minor units; absent: not known
  kRiskSegment,            // place in the model of the segment whose parameters judge; absent: those of all
  kNewKinds,               // novelties and complements tried lately, faded count; absent: none
  kProspectiveMinor,       // margin to come from new kinds of goods, discounted, minor units; only when
                           // explaining
  kCount_,
};

// The measure's name for people and scripts: "silence_days".
std::string_view measure_name(Measure m);

// Findings that are yes or no. Add at the end.
enum class Flag : std::uint8_t {
  // The quadrant, one at most: satisfied and staying; unhappy and tied; satisfied but also buying elsewhere;
  // unhappy and free.
  kLoyal,
  kCaptive,
  kBuyingAround,
  kLeaving,
  kSilentUnhappy,        // low satisfaction, and no complaint
  kContactWanted,        // an answer so bad, or so far below what was expected, that somebody should call
  kThankWanted,          // a very good answer that nobody has thanked for
  kReferralWanted,       // a promoter: may be asked to refer
  kConfirmWanted,        // a case is said to be resolved, and the customer hasn't said so
  kSatisfactionFell,     // recent answers are clearly worse than the earlier ones
  kNetValueNegative,     // believed to cost more than it is worth
  kQualityWithoutValue,  // good quality, poor value
  kTakesKnowledgeAway,   // tells us much; leaving would take that away
  kBarrierEnding,        // a barrier to leaving ends soon
  kTrialEnding,
  kPromotionEnding,
  kWarrantyEnding,
  kPointsUnredeemed,  // many points, hardly any redeemed: the scheme may be too complex
  kNoDiscount,        // price isn't what is wrong: a discount would not hold this customer
  kNonPaying,         // uses without paying, worth their network
  kCount_,
};

// The flag's name for people and scripts: "silent_unhappy".
std::string_view flag_name(Flag f);

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

class Signals;

// How a judgement moves on as silence lasts, if nothing else changes. Implemented by the node that judged;
// immutable, lives as long as the topology.
class RiskCurve {
 public:
  struct Point {
    double score = 0;   // as kRiskScore
    double reason = 0;  // as kRiskReason
  };
  virtual ~RiskCurve() = default;
  // After so many days more than when it was judged (Signals::judged_at_ms). REQUIRES: days >= 0.
  virtual Point after(const Signals& judged, double days) const = 0;
};

// Reused from call to call; clear() keeps the memory.
class Signals {
 public:
  void clear() {
    present_ = {};
    flags_ = 0;
    contributions_.clear();
    labels_.clear();
    next_change_ms_ = kNever;
    next_ease_ms_ = kNever;
    model_version_ = {};
    risk_curve_ = nullptr;
    judged_at_ms_ = 0;
    cited_.clear();
  }

  void set(Measure m, double value) {
    values_[index(m)] = value;
    present_[index(m) / 64] |= std::uint64_t{1} << index(m) % 64;
  }
  std::optional<double> get(Measure m) const {
    if ((present_[index(m) / 64] >> index(m) % 64 & 1) == 0) return std::nullopt;
    return values_[index(m)];
  }

  void raise(Flag f) { flags_ |= bit(f); }
  bool has(Flag f) const { return (flags_ & bit(f)) != 0; }

  void contribute(std::string_view name, double points) { contributions_.push_back({name, points, {}, {}}); }
  void contribute(Contribution c) { contributions_.push_back(std::move(c)); }
  const std::vector<Contribution>& contributions() const { return contributions_; }

  // What the customer is counted among: "geo.country", "de". Not inherited. Both live as long as the rows and
  // the operator are left alone.
  void label(std::string_view key, std::string_view value) { labels_.emplace_back(key, value); }
  const std::vector<std::pair<std::string_view, std::string_view>>& labels() const { return labels_; }

  // The next time at which what this node says may change although no event comes (a deadline, a crossing,
  // evidence gone stale). Those who decide turn it into a timer.
  void changes_at(TimeMs at) { next_change_ms_ = at < next_change_ms_ ? at : next_change_ms_; }
  TimeMs next_change_ms() const { return next_change_ms_; }

  // Events that the measures rest on; only when explaining.
  void cite(EvidenceRef evidence) { cited_.push_back(std::move(evidence)); }
  const std::vector<EvidenceRef>& cited() const { return cited_; }

  // The same where all that happens is that a reason to leave fades: the risk can only fall. Of interest to
  // those who have something to take back; for the others it isn't worth a timer.
  void eases_at(TimeMs at) { next_ease_ms_ = at < next_ease_ms_ ? at : next_ease_ms_; }
  TimeMs next_ease_ms() const { return next_ease_ms_; }

  // The model behind the risk; static.
  void set_model_version(std::string_view version) { model_version_ = version; }
  std::string_view model_version() const { return model_version_; }

  // Null: silence doesn't change the judgement. at_ms: the time that the judgement speaks for.
  void set_risk_curve(const RiskCurve* curve, TimeMs at_ms) {
    risk_curve_ = curve;
    judged_at_ms_ = at_ms;
  }
  const RiskCurve* risk_curve() const { return risk_curve_; }
  TimeMs judged_at_ms() const { return judged_at_ms_; }

  // Takes over the measures that are not set here yet, all flags, and the next changes. Contributions stay
  // behind: they are taken one by one by whoever sums them.
  void inherit(const Signals& input) {
    for (std::size_t word = 0; word < kWords; ++word) {
      std::uint64_t missing = input.present_[word] & ~present_[word];
      present_[word] |= missing;
      for (; missing != 0; missing &= missing - 1) {
        const std::size_t i = 64 * word + static_cast<std::size_t>(std::countr_zero(missing));
        values_[i] = input.values_[i];
      }
    }
    flags_ |= input.flags_;
    changes_at(input.next_change_ms_);
    eases_at(input.next_ease_ms_);
    if (model_version_.empty()) model_version_ = input.model_version_;
    if (risk_curve_ == nullptr) set_risk_curve(input.risk_curve_, input.judged_at_ms_);
  }

 private:
  static constexpr std::size_t index(Measure m) { return static_cast<std::size_t>(m); }
  static constexpr std::uint32_t bit(Flag f) { return std::uint32_t{1} << static_cast<unsigned>(f); }
  static constexpr std::size_t kMeasures = static_cast<std::size_t>(Measure::kCount_);
  static constexpr std::size_t kWords = (kMeasures + 63) / 64;
  static_assert(static_cast<std::size_t>(Flag::kCount_) <= 32);

  std::array<double, kMeasures> values_;  // of meaning where present_ says so
  std::array<std::uint64_t, kWords> present_{};
  std::uint32_t flags_ = 0;
  std::vector<Contribution> contributions_;
  TimeMs next_change_ms_ = kNever;
  TimeMs next_ease_ms_ = kNever;
  std::string_view model_version_;
  const RiskCurve* risk_curve_ = nullptr;
  TimeMs judged_at_ms_ = 0;
  std::vector<EvidenceRef> cited_;
  std::vector<std::pair<std::string_view, std::string_view>> labels_;
};

// The measure from the first of the inputs that has it.
inline std::optional<double> find_measure(std::span<const Signals* const> inputs, Measure m) {
  for (const Signals* s : inputs) {
    if (auto v = s->get(m)) return v;
  }
  return std::nullopt;
}

}  // namespace ebb
