#include "operators/alert_message.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "operators/next_action.h"
#include "operators/words.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::size_t kMaxEvidence = 20;
constexpr std::size_t kMaxEvidencePerReason = 10;

double value_or_zero(const Signals& signals, Measure measure) {
  return signals.get(measure).value_or(0);
}

TimeMs before(TimeMs at_ms, double days) {
  return at_ms - std::llround(days * static_cast<double>(kDayMs));
}

}  // namespace

std::string_view level_word(v1::RiskLevel level) {
  switch (level) {
    case v1::RISK_LEVEL_WATCH:
      return "watch";
    case v1::RISK_LEVEL_WARNING:
      return "warning";
    case v1::RISK_LEVEL_CRITICAL:
      return "critical";
    default:
      return "none";
  }
}

namespace {

double weighted(const Contribution& contribution, const Lens* lens) {
  if (lens == nullptr) return contribution.points;
  for (const auto& [name, weight] : lens->weights) {
    if (name == contribution.name) return weight * contribution.points;
  }
  return contribution.points;
}

// The strongest first; among equals by name, so that the order never depends on the graph's.
std::vector<const Contribution*> by_weight(const Signals& risk, const Lens* lens) {
  std::vector<const Contribution*> sorted;
  for (const Contribution& contribution : risk.contributions()) sorted.push_back(&contribution);
  std::sort(sorted.begin(), sorted.end(), [lens](const Contribution* a, const Contribution* b) {
    return std::make_tuple(-weighted(*a, lens), a->name) < std::make_tuple(-weighted(*b, lens), b->name);
  });
  return sorted;
}

// What the customer did or didn't do, which `base` and `pace` are not.
const Contribution* main_reason(const Signals& risk, const Lens* lens) {
  for (const Contribution* contribution : by_weight(risk, lens)) {
    if (contribution->name != "base" && contribution->name != "pace" && contribution->points > 0) {
      return contribution;
    }
  }
  return nullptr;
}

// With a blank before it; empty if there is none.
std::string sentence_of(const Signals& risk, std::string_view name) {
  for (const Contribution& contribution : risk.contributions()) {
    if (contribution.name == name) return " " + contribution.sentence;
  }
  return "";
}

// Calls visit(name) for each flag that is raised.
template <typename Visit>
void visit_flags(const Signals& risk, const Visit& visit) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Flag::kCount_); ++i) {
    const auto flag = static_cast<Flag>(i);
    if (risk.has(flag)) visit(std::string(flag_name(flag)));
  }
}

template <typename Map>
void put_segments(std::span<const Signals* const> inputs, Map* out) {
  for (const Signals* input : inputs) {
    for (const auto& [key, value] : input->labels()) (*out)[std::string(key)] = std::string(value);
  }
}

}  // namespace

std::string alert_id_text(std::uint64_t id) {
  return fmt::format("{:016x}", id);
}

std::string AlertWriter::summary(const Finding& finding) const {
  const Signals& risk = *finding.risk;
  const Contribution* reason = main_reason(risk, finding.lens);
  const std::string why = reason == nullptr ? "" : " " + reason->sentence;
  const double probability = value_or_zero(risk, Measure::kRiskProbability);
  switch (finding.kind) {
    case v1::ALERT_KIND_RETRACTION:
      // The customer's usual level of risk may be high: what has gone is the reason.
      return fmt::format(
          "{} customer {} ({} likely to buy nothing within {}).",
          probability < 0.5 ? "No longer at risk:" : "Nothing recent speaks any more for losing",
          finding.customer, percent_text(probability), days_text(value_or_zero(risk, Measure::kHorizonDays)));
    case v1::ALERT_KIND_COMPLAINT_OVERDUE:
      return fmt::format("Customer {} waits for an answer longer than promised or usual.{}", finding.customer,
                         sentence_of(risk, "open_complaints"));
    case v1::ALERT_KIND_SURVEY_REQUEST:
      return fmt::format("How satisfied customer {} is, nobody knows any more: ask.", finding.customer);
    default:
      break;
  }
  const auto at_risk = risk.get(Measure::kValueAtRiskMinor);
  const std::string money =
      at_risk.has_value() ? fmt::format(" {} at risk.", exchange_.text(std::llround(*at_risk))) : "";
  return fmt::format("Customer {} may leave ({}: {} likely to buy nothing within {}).{}{}", finding.customer,
                     level_word(finding.level), percent_text(probability),
                     days_text(value_or_zero(risk, Measure::kHorizonDays)), why, money);
}

v1::Evidence AlertWriter::evidence(const EvidenceRef& ref) const {
  v1::Evidence out;
  const auto source = static_cast<std::size_t>(ref.source);
  if (source < topics_.size()) out.set_topic(topics_[source]);
  out.set_partition(ref.partition);
  out.set_offset(ref.offset);
  out.set_event_id(ref.event_id);
  *out.mutable_event_time() = TimeUtil::MillisecondsToTimestamp(ref.event_ms);
  return out;
}

v1::Money AlertWriter::money(double minor) const {
  return exchange_.money(std::llround(minor));
}

void AlertWriter::add_contributions(const Finding& finding, v1::Alert* out) const {
  for (const Contribution* from : by_weight(*finding.risk, finding.lens)) {
    v1::Contribution* to = out->add_contributions();
    to->set_name(std::string(from->name));
    to->set_points(from->points);
    to->set_sentence(from->sentence);
    for (const EvidenceRef& ref : from->evidence) {
      if (to->evidence_size() < static_cast<int>(kMaxEvidencePerReason)) *to->add_evidence() = evidence(ref);
    }
  }
}

void AlertWriter::add_evidence(const std::vector<EvidenceRef>& from, EvidenceList* out) const {
  std::vector<const EvidenceRef*> refs;
  for (const EvidenceRef& ref : from) refs.push_back(&ref);
  const auto key = [](const EvidenceRef* r) {
    return std::make_tuple(-r->event_ms, r->source, r->partition, -r->offset);
  };
  std::sort(refs.begin(), refs.end(), [&](auto* a, auto* b) { return key(a) < key(b); });
  refs.erase(std::unique(refs.begin(), refs.end(), [&](auto* a, auto* b) { return key(a) == key(b); }),
             refs.end());
  for (const EvidenceRef* ref : refs) {
    if (out->size() < static_cast<int>(kMaxEvidence)) *out->Add() = evidence(*ref);
  }
}

void AlertWriter::add_money(const Signals& risk, v1::Alert* out) const {
  const auto set = [&](Measure measure, v1::Money* (v1::Alert::*field)()) {
    if (const auto minor = risk.get(measure)) *(out->*field)() = exchange_.money(std::llround(*minor));
  };
  set(Measure::kKeepBudgetMinor, &v1::Alert::mutable_keep_budget);
  set(Measure::kReplacementMinor, &v1::Alert::mutable_replacement_cost);
  set(Measure::kProfitOfActingMinor, &v1::Alert::mutable_profit_of_acting);
  const auto term = [&](std::string_view name, Measure measure) {
    const auto minor = risk.get(measure);
    if (!minor.has_value()) return;
    v1::ValueTerm* to = out->add_value_terms();
    to->set_name(std::string(name));
    *to->mutable_money() = exchange_.money(std::llround(*minor));
  };
  term("repeat_purchases", Measure::kExpectedMarginMinor);
  term("lifetime", Measure::kLifetimeValueMinor);
  term("lifetime_expected", Measure::kExpectedLifetimeMinor);
  term("prospective", Measure::kProspectiveMinor);
  term("market", Measure::kMarketLifetimeMinor);
  term("referral", Measure::kReferredValueMinor);
  term("referral_exposed", Measure::kNetworkAtRiskMinor);
}

v1::Alert AlertWriter::alert(const Finding& finding) const {
  const Signals& risk = *finding.risk;
  v1::Alert out;
  out.set_alert_id(alert_id_text(finding.alert_id));
  out.set_customer_id(std::string(finding.customer));
  out.set_kind(finding.kind);
  out.set_level(finding.level);
  out.set_level_before(finding.level_before);
  out.set_probability(value_or_zero(risk, Measure::kRiskProbability));
  out.set_horizon_days(static_cast<std::int32_t>(value_or_zero(risk, Measure::kHorizonDays)));
  if (const auto minor = risk.get(Measure::kValueAtRiskMinor)) {
    *out.mutable_value_at_risk() = exchange_.money(std::llround(*minor));
  }
  out.set_score(value_or_zero(risk, Measure::kRiskScore));
  add_contributions(finding, &out);
  std::vector<EvidenceRef> evidence;
  for (const Contribution& c : risk.contributions()) {
    evidence.insert(evidence.end(), c.evidence.begin(), c.evidence.end());
  }
  add_evidence(evidence, out.mutable_evidence());
  const v1::SuggestedAction action = next_action(finding.kind, finding.level, risk);
  out.set_suggested_action(action);
  out.set_suggested_action_text(action_text(action, risk));
  if (finding.lens != nullptr) out.set_lens(finding.lens->name);
  visit_flags(risk, [&](std::string name) { out.add_flags(std::move(name)); });
  put_segments(finding.inputs, out.mutable_segments());
  out.set_summary(summary(finding));
  *out.mutable_event_time() = TimeUtil::MillisecondsToTimestamp(finding.at_ms);
  if (finding.kind == v1::ALERT_KIND_CHURN_RISK || finding.kind == v1::ALERT_KIND_RETRACTION) {
    *out.mutable_episode_start_time() = TimeUtil::MillisecondsToTimestamp(finding.episode_start_ms);
  }
  out.set_model_version(std::string(risk.model_version()));
  out.set_graph_version(std::string(finding.graph_version));
  out.set_from_timer(finding.from_timer);
  if (finding.kind == v1::ALERT_KIND_RETRACTION)
    out.set_retracted_alert_id(alert_id_text(finding.retracted_id));
  add_money(risk, &out);
  return out;
}

void AlertWriter::risk(const Finding& finding, v1::Risk* out) const {
  const Signals& risk = *finding.risk;
  out->set_customer_id(std::string(finding.customer));
  out->set_level(finding.level);
  out->set_probability(value_or_zero(risk, Measure::kRiskProbability));
  out->set_horizon_days(static_cast<std::int32_t>(value_or_zero(risk, Measure::kHorizonDays)));
  const auto set_money = [&](Measure measure, v1::Money* (v1::Risk::*field)()) {
    if (const auto minor = risk.get(measure)) *(out->*field)() = exchange_.money(std::llround(*minor));
  };
  set_money(Measure::kValueAtRiskMinor, &v1::Risk::mutable_value_at_risk);
  set_money(Measure::kSpendLifeMinor, &v1::Risk::mutable_spend);
  set_money(Measure::kProfitMinor, &v1::Risk::mutable_profit);
  set_money(Measure::kExpectedMarginMinor, &v1::Risk::mutable_expected_value);
  out->set_score(value_or_zero(risk, Measure::kRiskScore));
  for (const Contribution* from : by_weight(risk, nullptr)) {
    if (from->points == 0) continue;  // nearly each event writes a row here
    v1::Contribution* to = out->add_contributions();
    to->set_name(from->name.data(), from->name.size());
    to->set_points(from->points);
  }
  visit_flags(risk, [&](std::string name) { out->add_flags(std::move(name)); });
  if (finding.held_back) out->add_flags("alert_held_back");
  out->set_suggested_action(next_action(v1::ALERT_KIND_CHURN_RISK, finding.level, risk));
  put_segments(finding.inputs, out->mutable_segments());
  if (const auto days = risk.get(Measure::kBarrierEndDays)) {
    *out->mutable_barrier_end_time() = TimeUtil::MillisecondsToTimestamp(before(finding.at_ms, -*days));
  }
  *out->mutable_event_time() = TimeUtil::MillisecondsToTimestamp(finding.at_ms);
  out->set_purchases(std::llround(value_or_zero(risk, Measure::kPurchases)));
  if (const auto days = risk.get(Measure::kTenureDays)) {
    *out->mutable_first_purchase_time() = TimeUtil::MillisecondsToTimestamp(before(finding.at_ms, *days));
  }
  if (const auto days = risk.get(Measure::kSilenceDays)) {
    *out->mutable_last_purchase_time() = TimeUtil::MillisecondsToTimestamp(before(finding.at_ms, *days));
  }
  if (const auto index = risk.get(Measure::kSatisfaction)) out->set_satisfaction_index(100 * *index);
  if (const auto weight = risk.get(Measure::kSatisfactionWeight)) out->set_satisfaction_evidence(*weight);
  out->set_open_complaints(static_cast<std::int32_t>(value_or_zero(risk, Measure::kOpenComplaints)));
  if (finding.level >= v1::RISK_LEVEL_WATCH) {
    *out->mutable_episode_start_time() = TimeUtil::MillisecondsToTimestamp(finding.episode_start_ms);
  }
  out->set_model_version(std::string(risk.model_version()));
  out->set_graph_version(std::string(finding.graph_version));
  if (finding.alert_id != 0) out->set_last_alert_id(alert_id_text(finding.alert_id));
}

}  // namespace ebb
