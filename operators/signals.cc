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
    case Measure::kComplaints:
      return "complaints";
    case Measure::kUtility:
      return "utility";
    case Measure::kWarranty:
      return "warranty";
    case Measure::kPerception:
      return "perception";
    case Measure::kDesired:
      return "desired";
    case Measure::kExpected:
      return "expected";
    case Measure::kPerceived:
      return "perceived";
    case Measure::kSatisfactionShift:
      return "satisfaction_shift";
    case Measure::kTrust:
      return "trust";
    case Measure::kNetValueMinor:
      return "net_value_minor";
    case Measure::kNetValueRatio:
      return "net_value_ratio";
    case Measure::kAlternativeNetMinor:
      return "alternative_net_minor";
    case Measure::kQuality:
      return "quality";
    case Measure::kReferredValueMinor:
      return "referred_value_minor";
    case Measure::kNetworkAtRiskMinor:
      return "network_at_risk_minor";
    case Measure::kBarrierStrength:
      return "barrier_strength";
    case Measure::kBarrierEndDays:
      return "barrier_end_days";
    case Measure::kEngagement:
      return "engagement";
    case Measure::kPromotionShare:
      return "promotion_share";
    case Measure::kPremium:
      return "premium";
    case Measure::kCategories:
      return "categories";
    case Measure::kNeedShare:
      return "need_share";
    case Measure::kOpenFaults:
      return "open_faults";
    case Measure::kFeedbackPieces:
      return "feedback_pieces";
    case Measure::kCount_:
      break;
  }
  return "unknown";
}

std::string_view flag_name(Flag f) {
  switch (f) {
    case Flag::kLoyal:
      return "loyal";
    case Flag::kCaptive:
      return "captive";
    case Flag::kBuyingAround:
      return "buying_around";
    case Flag::kLeaving:
      return "leaving";
    case Flag::kSilentUnhappy:
      return "silent_unhappy";
    case Flag::kContactWanted:
      return "contact_wanted";
    case Flag::kThankWanted:
      return "thank_wanted";
    case Flag::kReferralWanted:
      return "referral_wanted";
    case Flag::kConfirmWanted:
      return "confirm_wanted";
    case Flag::kSatisfactionFell:
      return "satisfaction_fell";
    case Flag::kNetValueNegative:
      return "net_value_negative";
    case Flag::kQualityWithoutValue:
      return "quality_without_value";
    case Flag::kTakesKnowledgeAway:
      return "takes_knowledge_away";
    case Flag::kBarrierEnding:
      return "barrier_ending";
    case Flag::kTrialEnding:
      return "trial_ending";
    case Flag::kPromotionEnding:
      return "promotion_ending";
    case Flag::kWarrantyEnding:
      return "warranty_ending";
    case Flag::kPointsUnredeemed:
      return "points_unredeemed";
    case Flag::kNoDiscount:
      return "no_discount";
    case Flag::kNonPaying:
      return "non_paying";
    case Flag::kCount_:
      break;
  }
  return "unknown";
}

}  // namespace ebb
