// Use of what surrounds the product, loyalty points, and what is done for customers.
#include "engine/gen/moment.h"

namespace ebb::gen {
namespace {

constexpr std::array<v1::EngagementKind, 8> kKinds = {
    v1::ENGAGEMENT_KIND_VISIT, v1::ENGAGEMENT_KIND_VISIT,     v1::ENGAGEMENT_KIND_VISIT,
    v1::ENGAGEMENT_KIND_VISIT, v1::ENGAGEMENT_KIND_CONTENT,   v1::ENGAGEMENT_KIND_CONTENT,
    v1::ENGAGEMENT_KIND_USE,   v1::ENGAGEMENT_KIND_COMMUNITY,
};

}  // namespace

bool Moment::engagement() {
  if (left()) return false;
  const double slower = 1 / std::max(0.1, static_cast<double>(c_.need)) + 1.5 * std::min(strain_, 1.0);
  plan(days(rng_.log_bell(2.0 * static_cast<double>(c_.gap_days) * slower, 0.7)) + kHourMs,
       StepKind::kEngagement);
  v1::Engagement& engagement = *feedback().mutable_engagement();
  engagement.set_kind(rng_.chance(0.02) ? v1::ENGAGEMENT_KIND_TRAINING : kKinds[rng_.below(kKinds.size())]);
  engagement.set_count(1 + rng_.below(5));
  if (engagement.kind() == v1::ENGAGEMENT_KIND_USE) {
    engagement.set_duration_ms(static_cast<std::int64_t>(rng_.between(1, 90)) * kMinuteMs);
  }
  if (!c_.pays) {  // their worth is whom they bring
    const bool brings = rng_.chance(0.1);
    if (brings) plan_within(1, 9, StepKind::kWord, static_cast<std::uint32_t>(Word::kReferral));
  }
  return true;
}

bool Moment::points(PointsMove move) {
  if (left()) return false;
  v1::Points& points = *feedback().mutable_points();
  points.set_scheme("club");
  const double held = static_cast<double>(c_.points);
  const double moved = round_off(held * rng_.between(0.3, 1));
  switch (move) {
    case PointsMove::kEarned: {
      points.set_earned(round_off(held * rng_.between(0.05, 0.4)));
      points.set_balance(round_off(held));
      const bool redeems = rng_.chance(0.15);
      if (redeems) plan_within(3, 60, StepKind::kPoints, static_cast<std::uint32_t>(PointsMove::kRedeemed));
      const bool lapses = !redeems && rng_.chance(0.05);
      if (lapses) plan_within(60, 150, StepKind::kPoints, static_cast<std::uint32_t>(PointsMove::kExpired));
      break;
    }
    case PointsMove::kRedeemed:
      points.set_redeemed(moved);
      c_.points = static_cast<float>(held - moved);
      points.set_balance(round_off(static_cast<double>(c_.points)));
      feel(c_, 0.85, 0.05);
      break;
    case PointsMove::kExpired:
      points.set_expired(moved);
      c_.points = static_cast<float>(held - moved);
      points.set_balance(round_off(static_cast<double>(c_.points)));
      break;
  }
  points.set_value_micro_minor_units(500'000);
  if (rng_.chance(0.3)) set_time(now_ + days(rng_.between(60, 360)), points.mutable_expiry_time());
  return true;
}

bool Moment::unsubscribe() {
  if (left()) return false;
  v1::Engagement& engagement = *feedback().mutable_engagement();
  engagement.set_kind(v1::ENGAGEMENT_KIND_DISENGAGED);
  engagement.set_subject("newsletter");
  return true;
}

bool Moment::gesture() {
  if (left()) return false;
  v1::Gesture& gesture = *feedback().mutable_gesture();
  constexpr std::array<v1::GestureKind, 3> kGestures = {v1::GESTURE_KIND_THANKS, v1::GESTURE_KIND_GIFT,
                                                        v1::GESTURE_KIND_TRAINING};
  gesture.set_kind(kGestures[rng_.below(kGestures.size())]);
  set_money(static_cast<std::int64_t>(rng_.between(50, 1500)), gesture.mutable_cost());
  feel(c_, 0.92, 0.1);
  heal(c_, worst_grudge(c_), 0.1);
  return true;
}

}  // namespace ebb::gen
