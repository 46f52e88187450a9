#include "engine/decode/validate.h"

#include "ebb/v1/event.pb.h"
#include "engine/decode/bodies.h"
#include "engine/decode/check.h"

namespace ebb {
namespace {

bool check_event_time(Check& check, const Path& at, const v1::Event& event) {
  if (!event.has_event_time()) return check.missing(at, "expected the time at which it happened");
  if (event.event_time().seconds() < 0) return check.bad(at, "expected a time from 1970-01-01T00:00:00Z on");
  return check.time(at, true, event.event_time());
}

bool check_body(Check& check, const v1::Event& event) {
  const Path root;
  switch (event.body_case()) {
    case v1::Event::kPurchase:
      return check_purchase(check, root("purchase"), event.purchase());
    case v1::Event::kFeedback:
      return check_feedback(check, root("feedback"), event.feedback());
    case v1::Event::kSurvey:
      return check_survey(check, root("survey"), event.survey());
    case v1::Event::kProfile:
      return check_profile(check, root("profile"), event.profile());
    case v1::Event::kErasure:
      return check_erasure(check, root("erasure"), event.erasure());
    case v1::Event::kOffer:
      return check_offer(check, root("offer"), event.offer());
    case v1::Event::kFulfilment:
      return check_fulfilment(check, root("fulfilment"), event.fulfilment());
    case v1::Event::BODY_NOT_SET:
      break;
  }
  return check.missing(root("body"),
                       "expected one of purchase, feedback, survey, profile, erasure, offer, "
                       "fulfilment");
}

}  // namespace

std::optional<DecodeRefusal> validate(const v1::Event& event) {
  const Path root;
  Check check;
  const bool good = check.id(root("event_id"), event.event_id()) &&
                    check.id(root("customer_id"), event.customer_id()) &&
                    check_event_time(check, root("event_time"), event) &&
                    check.text(root("source_system"), event.source_system()) && check_body(check, event);
  return good ? std::nullopt : check.take();
}

bool check_erasure(Check& check, const Path& at, const v1::Erasure& erasure) {
  return check.text(at("request_id"), erasure.request_id());
}

}  // namespace ebb
