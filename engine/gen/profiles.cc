// What is known of customers beside what they do: who they are, what ties them, trials, moves, forgetting.
#include "engine/gen/moment.h"

namespace ebb::gen {
namespace {

constexpr std::array<std::string_view, 5> kRegions = {"north", "south", "east", "west", "centre"};
constexpr std::array<std::string_view, 3> kAcquisition = {"search", "partner", "store"};
constexpr std::array<std::string_view, 4> kAges = {"18-29", "30-44", "45-64", "65+"};
constexpr std::array<std::string_view, 3> kIncomes = {"low", "middle", "high"};

struct TieShare {
  Tie tie;
  double share;
  double weakest;
  double strongest;
};
constexpr std::array<TieShare, 6> kTies = {{{Tie::kContract, 0.14, 0.5, 1},
                                            {Tie::kPoints, 0.09, 0.2, 0.5},
                                            {Tie::kHabit, 0.06, 0.2, 0.4},
                                            {Tie::kNoAlternative, 0.04, 0.5, 1},
                                            {Tie::kStructural, 0.03, 0.4, 0.8},
                                            {Tie::kPersonal, 0.02, 0.2, 0.4}}};

v1::BarrierKind barrier_kind(Tie tie) {
  switch (tie) {
    case Tie::kContract:
      return v1::BARRIER_KIND_CONTRACT;
    case Tie::kPoints:
      return v1::BARRIER_KIND_POINTS;
    case Tie::kStructural:
      return v1::BARRIER_KIND_STRUCTURAL;
    case Tie::kHabit:
      return v1::BARRIER_KIND_HABIT;
    case Tie::kNoAlternative:
      return v1::BARRIER_KIND_NO_ALTERNATIVE;
    case Tie::kPersonal:
      return v1::BARRIER_KIND_PERSONAL;
    case Tie::kNone:
      break;
  }
  return v1::BARRIER_KIND_UNSPECIFIED;
}

}  // namespace

bool Moment::join() {
  head(Source::kProfiles);
  v1::Profile& p = *event_.mutable_profile();
  const std::string region = pick(kRegions);
  p.set_region(region);
  (*p.mutable_segments())["geo.region"] = region;
  (*p.mutable_segments())["behaviour"] = c_.gap_spread < 0.35F ? "regular" : "irregular";
  (*p.mutable_segments())["demo.age_band"] = pick(kAges);
  if (rng_.chance(0.4)) (*p.mutable_segments())["income"] = pick(kIncomes);
  if (c_.season > 0) (*p.mutable_segments())["season"] = c_.season_day > 300 ? "winter" : "summer";
  if (rng_.chance(0.4)) p.set_loyalty_tier(rng_.chance(0.3) ? "gold" : "silver");
  set_time(now_ - days(rng_.between(0, 700)), p.mutable_customer_since_time());
  if (c_.referrer >= 0) {
    const auto referrer = static_cast<std::uint32_t>(c_.referrer);
    p.set_acquisition_channel("referral");
    p.set_referrer_customer_id(world_.id(referrer));
    world_.plan({now_ + days(rng_.between(0.1, 5)), referrer, step_.customer, StepKind::kReferred});
    ponder_from_now();
  } else {
    p.set_acquisition_channel(c_.by_promotion ? "campaign" : pick(kAcquisition));
  }
  set_money(static_cast<std::int64_t>(rng_.between(300, 6000)), p.mutable_acquisition_cost());
  p.set_target_audience(rng_.chance(0.8));
  p.set_acquired_by_promotion(c_.by_promotion);
  if (!c_.pays) p.set_non_paying(true);
  if (rng_.chance(0.01)) p.set_no_contact(true);
  if (rng_.chance(0.08)) {
    set_money(static_cast<std::int64_t>(rng_.between(50, 900)), p.mutable_monthly_cost_to_serve());
  }
  if (rng_.chance(0.1)) {
    (*p.mutable_importance())["price"] = 1 + rng_.below(5);
    (*p.mutable_importance())["reliability"] = 1 + rng_.below(5);
  }
  if (c_.pays) fill_ties(&p);
  if (c_.pays) plan(hours(rng_.between(0.1, 10)), StepKind::kPurchase);
  plan_within(5, 95, StepKind::kNpsRound);
  plan(days(rng_.log_bell(220, 0.8)), StepKind::kMoodTurn);
  plan(days(rng_.log_bell(2.0 * static_cast<double>(c_.gap_days), 0.7)), StepKind::kEngagement);
  if (c_.pays) plan_within(8, 400, StepKind::kStress);
  if (c_.scheme_end_ms != kNever) plan_at(c_.scheme_end_ms, StepKind::kSchemeEnds);
  return true;
}

// What binds them from the start: a tie, or a trial, or neither.
void Moment::fill_ties(v1::Profile* p) {
  if (!c_.by_promotion && rng_.chance(0.04)) {
    c_.trial_end_ms = now_ + days(rng_.between(14, 35));
    const bool pleased = rng_.chance(0.6);  // the others hardly use it
    if (!pleased) c_.need = 0.55F;
    set_time(c_.trial_end_ms, p->mutable_trial()->mutable_end_time());
    plan_at(c_.trial_end_ms, StepKind::kTrialEnds);
    return;
  }
  draw_tie();
  if (c_.tie != Tie::kNone) fill_tie(p);
}

void Moment::draw_tie() {
  double u = rng_.uniform();
  for (const TieShare& t : kTies) {
    if (u < t.share) {
      c_.tie = t.tie;
      c_.tie_strength = static_cast<float>(round_off(10 * rng_.between(t.weakest, t.strongest)) / 10);
      break;
    }
    u -= t.share;
  }
  if (c_.tie == Tie::kContract) {
    c_.tie_end_ms = now_ + days(rng_.between(40, 360));
    plan_at(c_.tie_end_ms, StepKind::kTieEnds);
  }
}

void Moment::fill_tie(v1::Profile* p) const {
  v1::Barrier& barrier = *p->add_barriers();
  barrier.set_kind(barrier_kind(c_.tie));
  barrier.set_strength(static_cast<double>(static_cast<int>(c_.tie_strength * 10 + 0.5F)) / 10);
  if (c_.tie_end_ms != kNever) set_time(c_.tie_end_ms, barrier.mutable_end_time());
  if (c_.tie == Tie::kContract) {
    set_money(static_cast<std::int64_t>(c_.basket_minor) * 2, barrier.mutable_leaving_cost());
  }
}

bool Moment::profile(ProfileChange change) {
  if (left() && change != ProfileChange::kMoved) return false;
  if (change == ProfileChange::kTiesGone && c_.tie != Tie::kNoAlternative) return false;
  head(Source::kProfiles);
  v1::Profile& p = *event_.mutable_profile();
  switch (change) {
    case ProfileChange::kMoved:
      p.set_region("abroad");
      (*p.mutable_segments())["geo.region"] = "abroad";
      break;
    case ProfileChange::kTiesGone:
      c_.tie = Tie::kNone;
      c_.tie_strength = 0;
      p.set_barriers_cleared(true);
      ponder_from_now();
      break;
    case ProfileChange::kTrialPaid:
      set_time(c_.trial_end_ms, p.mutable_trial()->mutable_end_time());
      p.mutable_trial()->set_converted(true);
      break;
    case ProfileChange::kSpendElsewhere: {
      v1::NeedSpend& spend = *p.add_need_spends();
      spend.set_need(std::string(kCategories[draw_category(true)]));
      const double monthly = static_cast<double>(c_.basket_minor) * 30 / static_cast<double>(c_.gap_days);
      set_money(static_cast<std::int64_t>(monthly * rng_.between(1, 1.6)), spend.mutable_monthly_spend());
      spend.set_share(round_off(100 * std::clamp(0.9 - 0.6 * strain_, 0.05, 1.0)) / 100);
      break;
    }
  }
  return true;
}

// A contract runs out. Whom only that kept goes; most renew, a few stay without one.
bool Moment::tie_ends() {
  if (left() || now_ != c_.tie_end_ms) return false;
  if (c_.captive || strain(c_) >= 0.75) {
    c_.captive = true;
    leave(Reason::kContractEnded);
    return false;
  }
  head(Source::kProfiles);
  v1::Profile& p = *event_.mutable_profile();
  const bool renews = rng_.chance(0.88);
  if (renews) {
    c_.tie_end_ms = now_ + days(rng_.between(180, 365));
    plan_at(c_.tie_end_ms, StepKind::kTieEnds);
    fill_tie(&p);
  } else {
    c_.tie = Tie::kNone;
    c_.tie_strength = 0;
    p.set_barriers_cleared(true);
  }
  return true;
}

bool Moment::trial_ends() {
  if (left()) return false;
  const bool pays = c_.need >= 1 && mood() > 0.5;
  if (pays) {
    c_.converted = true;
    plan(kHourMs, StepKind::kProfile, static_cast<std::uint32_t>(ProfileChange::kTrialPaid));
    return false;
  }
  c_.signs_ms = std::min(c_.signs_ms, c_.joined_ms + (now_ - c_.joined_ms) / 2);
  leave(Reason::kPromotionEnded);
  head(Source::kProfiles);
  set_time(now_, event_.mutable_profile()->mutable_trial()->mutable_end_time());
  event_.mutable_profile()->mutable_trial()->set_converted(false);
  return true;
}

bool Moment::erasure() {
  head(Source::kProfiles);
  event_.mutable_erasure()->set_request_id("r-" + std::to_string(step_.customer));
  c_.gone = true;
  return true;
}

}  // namespace ebb::gen
