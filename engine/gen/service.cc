// What is delivered, promised, asked for and broken.
#include "engine/gen/moment.h"

namespace ebb::gen {

bool Moment::delivery() {
  head(Source::kFeedback);
  v1::Fulfilment& f = *event_.mutable_fulfilment();
  f.set_order_id(order(step_.number & ~kFlag));
  v1::Promise& promise = *f.add_promises();
  promise.set_kind(v1::PROMISE_KIND_DELIVERY);
  const bool late = (step_.number & kFlag) != 0;
  promise.set_outcome(late ? v1::PROMISE_OUTCOME_LATE : v1::PROMISE_OUTCOME_KEPT);
  set_time(now_, promise.mutable_actual_time());
  if (late) set_time(now_ - days(rng_.between(1, 6)), promise.mutable_promised_time());
  feel(c_, late ? 0.25 : 0.85, 0.08);
  if (late && c_.stress != Reason::kNone) hurt(c_, Reason::kBrokenPromise, 0.04, now_);
  return true;
}

bool Moment::promise() {
  if (left()) return false;
  head(Source::kFeedback);
  v1::Fulfilment& f = *event_.mutable_fulfilment();
  f.set_order_id(order(std::max<std::uint32_t>(1, c_.purchases)));
  v1::Promise& promise = *f.add_promises();
  const auto kind = static_cast<v1::PromiseKind>(step_.number & ~kFlag);
  promise.set_kind(kind);
  constexpr std::array<std::string_view, 4> kFeatures = {"gift wrapping", "refill", "express", "customising"};
  if (kind == v1::PROMISE_KIND_FEATURE) promise.set_name(pick(kFeatures));
  if ((step_.number & kFlag) == 0) {
    promise.set_outcome(v1::PROMISE_OUTCOME_KEPT);
  } else {
    promise.set_outcome(rng_.chance(0.7) ? v1::PROMISE_OUTCOME_BROKEN : v1::PROMISE_OUTCOME_PARTLY_KEPT);
  }
  set_time(now_ - days(rng_.between(0.1, 5)), promise.mutable_promised_time());
  if (rng_.chance(0.3)) set_money(static_cast<std::int64_t>(rng_.between(100, 2000)), f.mutable_cost());
  return true;
}

bool Moment::contact(v1::ContactKind kind) {
  if (left()) return false;
  const bool asks = kind == v1::CONTACT_KIND_QUESTION || kind == v1::CONTACT_KIND_REQUEST;
  double trouble = 0;
  if (under(Reason::kBadService)) trouble = std::min(severity(), 1.2);
  if (c_.neglected_cases > 0) trouble = std::max(trouble, 0.6);
  v1::Feedback& f = feedback();
  f.set_touchpoint("hotline");
  f.set_channel(rng_.chance(0.7) ? "phone" : "web");
  v1::Contact& contact = *f.mutable_contact();
  contact.set_kind(kind);
  const double usual_wait_s = rng_.between(10, 240);
  const double wait_s = usual_wait_s + trouble * rng_.between(200, 2000);
  contact.set_wait_ms(static_cast<std::int64_t>(wait_s) * kSecondMs);
  const bool abandoned = rng_.chance(0.03 + 0.3 * trouble);
  contact.set_abandoned(abandoned);
  const bool settled = !abandoned && rng_.chance(0.88 - 0.45 * trouble);
  contact.set_settled(settled);
  set_money(static_cast<std::int64_t>(rng_.between(150, 900)), f.mutable_cost_to_serve());
  if (kind == v1::CONTACT_KIND_BILLING) f.set_topic("billing");
  if (!asks) feel(c_, settled ? 0.75 : 0.2, 0.08);
  if (!asks && !settled && c_.stress != Reason::kNone) hurt(c_, Reason::kBadService, 0.05, now_);
  return true;
}

bool Moment::fault() {
  if (left()) return false;
  v1::Feedback& f = feedback();
  f.set_touchpoint("product");
  f.set_dimension("continuity");
  const std::string category(kCategories[draw_category(true)]);
  f.set_category(category);
  f.set_product_id(category + "-" + std::to_string(rng_.below(40)));
  v1::Fault& fault = *f.mutable_fault();
  const double bad = under(Reason::kFault) ? 0.3 + 0.4 * severity() : rng_.between(0.1, 0.6);
  fault.set_severity(round_off(10 * std::clamp(bad + rng_.between(-0.15, 0.15), 0.1, 1.0)) / 10);
  const bool covered = rng_.chance(0.65);
  fault.set_in_warranty(covered);
  fault.set_downtime_ms(hours(rng_.between(1, 100)));
  if (!under(Reason::kFault)) feel(c_, 0.3, 0.1);
  if (!covered && under(Reason::kFault)) hurt(c_, Reason::kFault, 0.04 * severity(), now_);
  const bool repairs = rng_.chance(under(Reason::kFault) ? 0.5 : 0.9);
  if (repairs) plan_within(1, 9, StepKind::kRepair);
  if (!repairs && covered) {
    plan_within(6, 12, StepKind::kPromise, static_cast<std::uint32_t>(v1::PROMISE_KIND_WARRANTY) | kFlag);
  }
  const bool complains = rng_.chance(0.5 * static_cast<double>(c_.complains));
  const bool neglected = rng_.chance(0.1);
  if (complains) complain_after(0.1, 4, neglected);
  return true;
}

bool Moment::repair() {
  v1::Feedback& f = feedback();
  f.set_touchpoint("product");
  f.set_dimension("continuity");
  f.mutable_fault()->set_repaired(true);
  f.mutable_fault()->set_severity(0.1);
  heal(c_, Reason::kFault, 0.1);
  return true;
}

}  // namespace ebb::gen
