// Feedback of all kinds.
#include "ebb/v1/event.pb.h"
#include "engine/decode/bodies.h"

namespace ebb {
namespace {

bool check_complaint(Check& check, const Path& at, const v1::Complaint& m) {
  return check.name(at("case_id"), m.case_id()) &&
         check.known(at("stage"), v1::ComplaintStage_IsValid(m.stage())) &&
         check.share(at("severity"), m.severity()) &&
         check.money(at("compensation"), m.has_compensation(), m.compensation()) &&
         check.time(at("promised_time"), m.has_promised_time(), m.promised_time());
}

bool check_contact(Check& check, const Path& at, const v1::Contact& m) {
  return check.known(at("kind"), v1::ContactKind_IsValid(m.kind())) &&
         check.count(at("wait_ms"), m.wait_ms());
}

bool check_review(Check& check, const Path& at, const v1::Review& m) {
  return check.count(at("reach"), m.reach()) &&
         check.text(at("reference"), m.reference(), kReferenceBytesMax);
}

bool check_referral(Check& check, const Path& at, const v1::Referral& m) {
  return check.known(at("direction"), v1::ReferralDirection_IsValid(m.direction())) &&
         check.text(at("other_customer_id"), m.other_customer_id()) &&
         check.money(at("other_value"), m.has_other_value(), m.other_value());
}

bool check_unmet_need(Check& check, const Path& at, const v1::UnmetNeed& m) {
  return check.text(at("need"), m.need()) && check.share(at("importance"), m.importance());
}

bool check_gesture(Check& check, const Path& at, const v1::Gesture& m) {
  return check.known(at("kind"), v1::GestureKind_IsValid(m.kind())) &&
         check.money(at("cost"), m.has_cost(), m.cost());
}

bool check_engagement(Check& check, const Path& at, const v1::Engagement& m) {
  return check.known(at("kind"), v1::EngagementKind_IsValid(m.kind())) &&
         check.count(at("count"), m.count()) && check.count(at("duration_ms"), m.duration_ms()) &&
         check.text(at("subject"), m.subject());
}

bool check_points(Check& check, const Path& at, const v1::Points& m) {
  return check.text(at("scheme"), m.scheme()) && check.not_negative(at("earned"), m.earned()) &&
         check.not_negative(at("redeemed"), m.redeemed()) && check.not_negative(at("expired"), m.expired()) &&
         check.not_negative(at("balance"), m.balance()) &&
         check.time(at("expiry_time"), m.has_expiry_time(), m.expiry_time()) &&
         check.count(at("value_micro_minor_units"), m.value_micro_minor_units());
}

bool check_fault(Check& check, const Path& at, const v1::Fault& m) {
  return check.share(at("severity"), m.severity()) && check.count(at("downtime_ms"), m.downtime_ms());
}

bool check_outreach(Check& check, const Path& at, const v1::Outreach& m) {
  return check.text(at("alert_id"), m.alert_id()) && check.text(at("action"), m.action()) &&
         check.known(at("reaction"), v1::OutreachReaction_IsValid(m.reaction())) &&
         check.money(at("cost"), m.has_cost(), m.cost());
}

bool check_competitor(Check& check, const Path& at, const v1::CompetitorMention& m) {
  return check.text(at("name"), m.name()) && check.money(at("price"), m.has_price(), m.price()) &&
         check.text(at("dimension"), m.dimension());
}

bool check_detail(Check& check, const Path& at, const v1::Feedback& feedback) {
  switch (feedback.detail_case()) {
    case v1::Feedback::kComplaint:
      return check_complaint(check, at("complaint"), feedback.complaint());
    case v1::Feedback::kContact:
      return check_contact(check, at("contact"), feedback.contact());
    case v1::Feedback::kReview:
      return check_review(check, at("review"), feedback.review());
    case v1::Feedback::kReferral:
      return check_referral(check, at("referral"), feedback.referral());
    case v1::Feedback::kSuggestion:
      return check.text(at("suggestion")("subject"), feedback.suggestion().subject());
    case v1::Feedback::kUnmetNeed:
      return check_unmet_need(check, at("unmet_need"), feedback.unmet_need());
    case v1::Feedback::kGesture:
      return check_gesture(check, at("gesture"), feedback.gesture());
    case v1::Feedback::kEngagement:
      return check_engagement(check, at("engagement"), feedback.engagement());
    case v1::Feedback::kPoints:
      return check_points(check, at("points"), feedback.points());
    case v1::Feedback::kFault:
      return check_fault(check, at("fault"), feedback.fault());
    case v1::Feedback::kOutreach:
      return check_outreach(check, at("outreach"), feedback.outreach());
    case v1::Feedback::kCompetitor:
      return check_competitor(check, at("competitor"), feedback.competitor());
    case v1::Feedback::DETAIL_NOT_SET:
      break;
  }
  return true;
}

}  // namespace

bool check_feedback(Check& check, const Path& at, const v1::Feedback& feedback) {
  return check.text(at("touchpoint"), feedback.touchpoint()) && check.text(at("topic"), feedback.topic()) &&
         check.rating(at("rating"), feedback.has_rating(), feedback.rating()) &&
         check_detail(check, at, feedback) && check.text(at("dimension"), feedback.dimension()) &&
         check.text(at("product_id"), feedback.product_id()) &&
         check.text(at("category"), feedback.category()) && check.text(at("order_id"), feedback.order_id()) &&
         check.range(at("sentiment"), feedback.sentiment(), -1, 1) &&
         check.text(at("channel"), feedback.channel()) &&
         check.money(at("cost_to_serve"), feedback.has_cost_to_serve(), feedback.cost_to_serve());
}

}  // namespace ebb
