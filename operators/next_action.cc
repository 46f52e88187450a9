#include "operators/next_action.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ebb {
namespace {

double value_or_zero(const Signals& risk, Measure measure) {
  return risk.get(measure).value_or(0);
}

bool is_dissatisfied(const Signals& risk) {
  return risk.get(Measure::kSatisfaction).value_or(1) < 0.5 || risk.has(Flag::kSilentUnhappy) ||
         risk.has(Flag::kContactWanted);
}

// Costs more than they bring, now and in what is to come.
bool is_loss(const Signals& risk) {
  return value_or_zero(risk, Measure::kProfitMinor) < 0 &&
         value_or_zero(risk, Measure::kExpectedMarginMinor) <= 0;
}

bool may_let_go(const Signals& risk) {
  return value_or_zero(risk, Measure::kPurchases) > 0 && !risk.has(Flag::kNonPaying) &&
         value_or_zero(risk, Measure::kReferredValueMinor) <= 0;
}

// The name of the strongest reason; empty: none.
std::string_view strongest_reason(const Signals& risk) {
  constexpr std::array<std::string_view, 5> kNoReason = {"base", "pace", "frequency", "tenure", "silence"};
  const Contribution* first = nullptr;
  for (const Contribution& c : risk.contributions()) {
    if (c.points <= 0 || std::find(kNoReason.begin(), kNoReason.end(), c.name) != kNoReason.end()) continue;
    if (first == nullptr || c.points > first->points) first = &c;
  }
  return first == nullptr ? std::string_view() : first->name;
}

bool is_about_price(const Signals& risk) {
  constexpr std::array<std::string_view, 4> kPrice = {"price", "net_value", "competitor", "promotion"};
  return std::find(kPrice.begin(), kPrice.end(), strongest_reason(risk)) != kPrice.end();
}

bool is_about_fault(const Signals& risk) {
  return strongest_reason(risk) == "fault";
}

}  // namespace

v1::SuggestedAction next_action(v1::AlertKind kind, v1::RiskLevel level, const Signals& risk) {
  if (kind == v1::ALERT_KIND_SURVEY_REQUEST) return v1::SUGGESTED_ACTION_ASK;
  if (kind == v1::ALERT_KIND_RETRACTION) return v1::SUGGESTED_ACTION_UNSPECIFIED;
  if (value_or_zero(risk, Measure::kOpenComplaints) > 0) return v1::SUGGESTED_ACTION_RECOVER;
  if (is_about_fault(risk)) return v1::SUGGESTED_ACTION_RECOVER;
  if (is_dissatisfied(risk)) return v1::SUGGESTED_ACTION_CONTACT;
  if (is_loss(risk) && level == v1::RISK_LEVEL_CRITICAL && may_let_go(risk)) {
    return v1::SUGGESTED_ACTION_LET_GO;
  }
  if (value_or_zero(risk, Measure::kProfitMinor) < 0) {
    // Who pays less than the market asks can pay more; for the others only the cost can change.
    return value_or_zero(risk, Measure::kPremium) < 0 ? v1::SUGGESTED_ACTION_REPRICE
                                                      : v1::SUGGESTED_ACTION_CUT_COST_TO_SERVE;
  }
  if (level <= v1::RISK_LEVEL_WATCH) return v1::SUGGESTED_ACTION_WATCH;
  if (is_about_price(risk) && !risk.has(Flag::kNoDiscount)) return v1::SUGGESTED_ACTION_REPRICE;
  if (level == v1::RISK_LEVEL_CRITICAL && value_or_zero(risk, Measure::kValueAtRiskMinor) > 0) {
    return v1::SUGGESTED_ACTION_KEEP;
  }
  return v1::SUGGESTED_ACTION_CONTACT;
}

std::string action_text(v1::SuggestedAction action, const Signals& risk) {
  switch (action) {
    case v1::SUGGESTED_ACTION_ASK:
      return "Send a short survey.";
    case v1::SUGGESTED_ACTION_RECOVER:
      if (value_or_zero(risk, Measure::kOpenComplaints) <= 0)
        return "Repair or replace what is faulty, and ask whether it works now.";
      return is_about_fault(risk)
                 ? "Repair or replace what is faulty, settle the open complaint and have the "
                   "customer confirm it."
                 : "Settle the open complaint and have the customer confirm it.";
    case v1::SUGGESTED_ACTION_CONTACT:
      return is_dissatisfied(risk)
                 ? "Get in touch, ask what is missing and put it right; a discount won't help."
                 : "Get in touch and ask what is missing.";
    case v1::SUGGESTED_ACTION_CUT_COST_TO_SERVE:
      return "Costs more than it brings: stay in touch, but serve more cheaply.";
    case v1::SUGGESTED_ACTION_REPRICE:
      return value_or_zero(risk, Measure::kProfitMinor) < 0
                 ? "Costs more than it brings and pays less than others do: look at the price."
             : strongest_reason(risk) == "competitor"
                 ? "Somebody else courts them: compare what they would get there, and for how much."
                 : "The price is what is wrong: look at it before they compare further.";
    case v1::SUGGESTED_ACTION_LET_GO:
      return "Costs more than it brings, and nothing says that this will change: no effort to keep.";
    case v1::SUGGESTED_ACTION_WATCH:
      return "Watch; nothing to do yet.";
    case v1::SUGGESTED_ACTION_KEEP:
      return risk.has(Flag::kNoDiscount)
                 ? "Give a reason to stay; not a discount, for price isn't what is wrong."
                 : "Make an offer to stay.";
    default:
      return "Nothing to do.";
  }
}

}  // namespace ebb
