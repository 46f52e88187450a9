// What the measures say of the rhythm of a customer's purchases, for the models.
#pragma once

#include <algorithm>
#include <optional>

#include "operators/models/risk_terms.h"
#include "operators/signals.h"

namespace ebb {

// nullopt: no purchase is known.
inline std::optional<RiskFacts> risk_facts(const Signals& known) {
  const auto silence = known.get(Measure::kSilenceDays);
  const auto gap = known.get(Measure::kGapDays);
  if (!silence.has_value() || !gap.has_value()) return std::nullopt;
  RiskFacts facts;
  facts.purchases = std::max(1.0, known.get(Measure::kPurchases).value_or(1));
  facts.purchase_days = std::max(1.0, known.get(Measure::kPurchaseDays).value_or(facts.purchases));
  facts.silence_days = *silence;
  facts.tenure_days = std::max(*silence, known.get(Measure::kTenureDays).value_or(0));
  facts.gap_days = *gap;
  facts.regularity = known.get(Measure::kRegularity).value_or(1);
  facts.ln_gap_sum = known.get(Measure::kLnGapSum).value_or(0);
  facts.longest_gap_days = known.get(Measure::kLongestGapDays).value_or(0);
  facts.spend_minor = known.get(Measure::kSpendLifeMinor).value_or(0);
  return facts;
}

}  // namespace ebb
