// What may end in leaving: something begins, incidents belong to it, week by week it is pondered, and it
// ends, in most cases with the customer still there.
#include <iterator>

#include "engine/gen/moment.h"

namespace ebb::gen {
namespace {

constexpr double kQuietDays = 280;   // between two stresses, in the mean
constexpr double kFadedNeed = 0.12;  // below nobody comes for it any more
// What a week under it, and one incident, add to the grudge at severity 1.
constexpr double kWeekly = 0.075;
constexpr double kPerIncident = 0.085;
constexpr double kNeglectedWeek = 0.13;  // of an open complaint that nobody cares about

struct Share {
  Reason reason;
  std::uint32_t weight;
};

// How often each begins, of 100. Promotions, contracts and neglected complaints come about by themselves.
constexpr Share kShares[] = {
    {Reason::kBadService, 21},    {Reason::kPrice, 17},        {Reason::kCompetitor, 14},
    {Reason::kFadedInterest, 17}, {Reason::kMovedAway, 7},     {Reason::kComplaintUnresolved, 7},
    {Reason::kFault, 6},          {Reason::kBrokenPromise, 6}, {Reason::kUnmetNeed, 5},
};

Reason draw_stress(Rng& rng) {
  std::uint32_t ticket = rng.below(100);
  for (const Share& share : kShares) {
    if (ticket < share.weight) return share.reason;
    ticket -= share.weight;
  }
  return Reason::kNone;
}

}  // namespace

bool Moment::stress() {
  if (left()) return false;
  const Reason reason = draw_stress(rng_);
  const double severity = rng_.between(0.35, 1.65);
  double long_days = rng_.between(35, 150);
  if (reason == Reason::kMovedAway) long_days = rng_.between(8, 45);
  if (reason == Reason::kFadedInterest) long_days = rng_.between(60, 200);
  if (c_.stress != Reason::kNone || reason == Reason::kNone) {  // one at a time
    plan(days(rng_.log_bell(kQuietDays, 0.7)), StepKind::kStress);
    return false;
  }
  begin_stress(reason, severity, long_days);
  return false;
}

void Moment::begin_stress(Reason reason, double severity, double days_long) {
  c_.stress = reason;
  c_.severity = static_cast<float>(severity);
  c_.stress_from_ms = now_;
  c_.stress_to_ms = now_ + days(days_long);
  if (!resented(reason) && c_.signs_ms == kNever) c_.signs_ms = now_;
  if (reason == Reason::kPrice) {
    c_.price_level = static_cast<float>(1 + 0.05 + 0.12 * severity);
  }
  if (reason == Reason::kCompetitor && c_.tie == Tie::kNoAlternative) {
    plan_within(1, 10, StepKind::kProfile, static_cast<std::uint32_t>(ProfileChange::kTiesGone));
  }
  if (reason == Reason::kMovedAway) {
    const bool tells = rng_.chance(0.4);
    if (tells) plan_within(2, 40, StepKind::kProfile, static_cast<std::uint32_t>(ProfileChange::kMoved));
    const bool asks = rng_.chance(0.3);
    if (asks) plan_within(1, 0.9 * days_long, StepKind::kContact, v1::CONTACT_KIND_CANCELLATION_ENQUIRY);
  }
  if (reason == Reason::kComplaintUnresolved) complain_after(0.2, 4, true);
  if (resented(reason)) plan_within(1, 10, StepKind::kIncident);
  if (reason == Reason::kFadedInterest) plan_within(10, 40, StepKind::kIncident);
  ponder_from_now();
  plan_at(c_.stress_to_ms, StepKind::kStressEnds);
}

bool Moment::stress_ends() {
  if (left() || now_ != c_.stress_to_ms) return false;
  if (under(Reason::kMovedAway)) {
    const bool stays = rng_.chance(0.25);  // and buys from afar
    if (!stays) {
      leave(Reason::kMovedAway);
      return false;
    }
    c_.signs_ms = kNever;
  }
  if (under(Reason::kFadedInterest)) {
    c_.need = 1;
    c_.signs_ms = kNever;
  }
  if (under(Reason::kPrice)) c_.price_sense *= 0.8F;  // who stays has got used to it
  c_.price_level = 1;
  c_.stress = Reason::kNone;
  plan(days(rng_.log_bell(kQuietDays, 0.7)), StepKind::kStress);
  return false;
}

void Moment::bad_service_incident() {
  const double u = rng_.uniform();
  if (u < 0.45) {
    plan(kMinuteMs, StepKind::kContact, v1::CONTACT_KIND_SUPPORT);
  } else if (u < 0.6) {
    plan(kMinuteMs, StepKind::kPromise, v1::PROMISE_KIND_SERVICE | kFlag);
  } else if (u < 0.75) {
    plan(kMinuteMs, StepKind::kContact, v1::CONTACT_KIND_BILLING);
  }
  feel(c_, 0.12, 0.22);
  const bool complains = rng_.chance(0.45 * static_cast<double>(c_.complains));
  const bool neglected = rng_.chance(0.35);
  if (complains) complain_after(0.1, 3, neglected);
}

// Something that belongs to what is going on; the next one follows.
bool Moment::incident() {
  if (left() || c_.stress == Reason::kNone) return false;
  const bool speaks = rng_.chance(0.15 + static_cast<double>(c_.talks));
  const bool offered = rng_.chance(0.35);
  switch (c_.stress) {
    case Reason::kBadService:
      bad_service_incident();
      break;
    case Reason::kPrice:
      if (offered) plan(hours(rng_.between(1, 30)), StepKind::kOffer);
      if (rng_.chance(0.15)) plan(kMinuteMs, StepKind::kContact, v1::CONTACT_KIND_BILLING);
      feel(c_, 0.45, 0.1);
      break;
    case Reason::kCompetitor:
      if (speaks) plan(kMinuteMs, StepKind::kCompetitor);
      if (offered) plan(hours(rng_.between(1, 30)), StepKind::kOffer);
      if (rng_.chance(0.12)) {
        plan(kMinuteMs, StepKind::kProfile, static_cast<std::uint32_t>(ProfileChange::kSpendElsewhere));
      }
      c_.expectation = std::min(0.95F, c_.expectation + 0.015F);
      break;
    case Reason::kFadedInterest:
      if (offered) plan(hours(rng_.between(1, 30)), StepKind::kOffer);
      if (rng_.chance(0.15)) plan(kMinuteMs, StepKind::kUnsubscribe);
      break;
    case Reason::kComplaintUnresolved:
      if (rng_.chance(0.5)) plan(kMinuteMs, StepKind::kContact, v1::CONTACT_KIND_SUPPORT);
      break;
    case Reason::kFault:
      plan(kMinuteMs, StepKind::kFault);
      feel(c_, 0.15, 0.18);
      break;
    case Reason::kBrokenPromise: {
      constexpr std::array<v1::PromiseKind, 4> kKinds = {v1::PROMISE_KIND_FEATURE, v1::PROMISE_KIND_SERVICE,
                                                         v1::PROMISE_KIND_AVAILABILITY,
                                                         v1::PROMISE_KIND_PRICE};
      const v1::PromiseKind kind = kKinds[rng_.below(kKinds.size())];
      plan(kMinuteMs, StepKind::kPromise, static_cast<std::uint32_t>(kind) | kFlag);
      feel(c_, 0.2, 0.15);
      break;
    }
    case Reason::kUnmetNeed:
      if (speaks) plan(kMinuteMs, StepKind::kWord, static_cast<std::uint32_t>(Word::kUnmetNeed));
      if (offered) plan(hours(rng_.between(1, 30)), StepKind::kOffer);
      feel(c_, 0.5, 0.08);
      break;
    default:
      break;
  }
  if (speaks && resented(c_.stress)) plan(hours(rng_.between(1, 40)), StepKind::kRate);
  if (resented(c_.stress) && !under(Reason::kComplaintUnresolved)) {
    hurt(c_, c_.stress, kPerIncident * severity(), now_);
  }
  if (!leave_if_enough()) plan_within(4, 16, StepKind::kIncident);
  return false;
}

void Moment::ponder_from_now() {
  if (c_.pondering) return;
  c_.pondering = true;
  plan_within(5, 9, StepKind::kPonder);
}

void Moment::ponder_need(double share) {
  const double depth = severity() > 0.65 ? 1 : 0.55;  // some fades turn again
  c_.need = static_cast<float>(std::max(0.05, 1 - depth * share));
  if (static_cast<double>(c_.need) <= kFadedNeed) leave(Reason::kFadedInterest);
}

bool Moment::ponder() {
  c_.pondering = false;
  if (left()) return false;
  if (resented(c_.stress) && !under(Reason::kComplaintUnresolved)) {
    const double sense = under(Reason::kPrice) ? 0.5 + 2 * static_cast<double>(c_.price_sense) : 1;
    hurt(c_, c_.stress, kWeekly * severity() * sense, now_);
  }
  if (c_.neglected_cases > 0) {
    hurt(c_, Reason::kComplaintUnresolved, kNeglectedWeek * std::max<int>(1, c_.neglected_cases), now_);
    feel(c_, 0.1, 0.08);
  }
  if (under(Reason::kFadedInterest)) {
    ponder_need(static_cast<double>(now_ - c_.stress_from_ms) /
                static_cast<double>(c_.stress_to_ms - c_.stress_from_ms));
    if (left()) return false;
  }
  if (c_.referrer >= 0) {
    const Customer& friend_of = world_.customer(static_cast<std::uint32_t>(c_.referrer));
    const bool angry = friend_of.left(now_) ? resented(friend_of.reason) : strain(friend_of) > 0.7;
    if (angry) {
      hurt(c_, Reason::kReferrerUnhappy, 0.09, now_);
      const bool hears = rng_.chance(0.25);
      if (hears) plan(kMinuteMs, StepKind::kWord, static_cast<std::uint32_t>(Word::kWarning));
    }
  }
  if (leave_if_enough()) return false;
  if (c_.captive && strain(c_) < 0.5) c_.captive = false;  // made up with
  if (c_.stress != Reason::kNone || c_.neglected_cases > 0 || c_.referrer >= 0 || strain(c_) > 0.3) {
    ponder_from_now();
  }
  return false;
}

bool Moment::leave_if_enough() {
  if (left()) return true;
  if (strain(c_) < 1) return false;
  if (held(c_, now_)) {
    if (!c_.captive && rng_.chance(0.35)) {
      plan_within(1, 30, StepKind::kContact, v1::CONTACT_KIND_CANCELLATION_ENQUIRY);
    }
    c_.captive = true;
    return false;
  }
  leave(worst_grudge(c_));
  return true;
}

void Moment::leave(Reason reason) {
  c_.reason = reason;
  c_.left_ms = now_;
  if (c_.signs_ms == kNever || c_.signs_ms > now_) c_.signs_ms = now_;
  if (c_.erases) plan_within(1, 30, StepKind::kErasure);
}

bool Moment::mood_turn() {
  c_.bad_patch = !c_.bad_patch;
  plan(c_.bad_patch ? days(rng_.between(15, 40)) : days(rng_.log_bell(220, 0.8)), StepKind::kMoodTurn);
  return false;
}

// The scheme that won them is over: what they buy costs its full price from now on.
bool Moment::scheme_ends() {
  if (left() || c_.stress != Reason::kNone) return false;
  const double dependence = rng_.between(0.2, 1.8);
  begin_stress(Reason::kPromotionEnded, dependence, rng_.between(50, 100));
  hurt(c_, Reason::kPromotionEnded, 0.25 * dependence, now_);
  return false;
}

}  // namespace ebb::gen
