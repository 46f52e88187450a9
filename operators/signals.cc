#include "operators/signals.h"

namespace ebb {

std::string_view measure_name(Measure m) {
  switch (m) {
    case Measure::kPurchases:
      return "purchases";
    case Measure::kSilenceDays:
      return "silence_days";
    case Measure::kGapDays:
      return "gap_days";
    case Measure::kRegularity:
      return "regularity";
    case Measure::kTenureDays:
      return "tenure_days";
    case Measure::kSpendLifeMinor:
      return "spend_life_minor";
    case Measure::kSpendRateMinorPerDay:
      return "spend_rate_minor_per_day";
    case Measure::kMarginRateMinorPerDay:
      return "margin_rate_minor_per_day";
    case Measure::kSatisfaction:
      return "satisfaction";
    case Measure::kSatisfactionWeight:
      return "satisfaction_weight";
    case Measure::kOpenComplaints:
      return "open_complaints";
    case Measure::kEvidenceWeight:
      return "evidence_weight";
    case Measure::kRiskProbability:
      return "risk_probability";
    case Measure::kRiskScore:
      return "risk_score";
    case Measure::kRiskReason:
      return "risk_reason";
    case Measure::kHorizonDays:
      return "horizon_days";
    case Measure::kValueAtRiskMinor:
      return "value_at_risk_minor";
    case Measure::kExpectedMarginMinor:
      return "expected_margin_minor";
    case Measure::kProfitMinor:
      return "profit_minor";
    case Measure::kAnswerWanted:
      return "answer_wanted";
    case Measure::kOverdueComplaints:
      return "overdue_complaints";
    case Measure::kSilenceSlope:
      return "silence_slope";
    case Measure::kGivenUpDays:
      return "given_up_days";
    case Measure::kCount_:
      break;
  }
  return "unknown";
}

}  // namespace ebb
