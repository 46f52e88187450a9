// Purchases: when, what, at what price and under which promotion; and what is taken back.
#include "engine/gen/moment.h"

namespace ebb::gen {
namespace {

constexpr int kProductsACategory = 40;
constexpr double kDaysAYear = 365.25;

// 1 at the season's height, -1 half a year away, in straight lines between.
double season_wave(TimeMs at, std::uint16_t height_day) {
  const double day = static_cast<double>(at / kDayMs % 36525) - static_cast<double>(height_day);
  double part = day / kDaysAYear;
  part -= static_cast<double>(static_cast<std::int64_t>(part));
  if (part < 0) part += 1;
  const double away = part < 0.5 ? part : 1 - part;
  return 1 - 4 * away;
}

// How much worse a purchase goes while something is going on.
double worse_by(Reason stress) {
  switch (stress) {
    case Reason::kBadService:
      return 0.32;
    case Reason::kFault:
    case Reason::kBrokenPromise:
      return 0.2;
    case Reason::kPrice:
    case Reason::kPromotionEnded:
    case Reason::kUnmetNeed:
      return 0.1;
    default:
      return 0.03;
  }
}

// The share of the basket that goes elsewhere at full strain.
double lost_by(Reason stress) {
  switch (stress) {
    case Reason::kCompetitor:
      return 0.55;
    case Reason::kPrice:
    case Reason::kPromotionEnded:
      return 0.35;
    case Reason::kUnmetNeed:
      return 0.3;
    default:
      return 0.12;
  }
}

bool lasts(std::uint32_t category) {
  return category == 6 || category == 8 || category == 11;  // garden, toys, tools
}

}  // namespace

double Moment::season_factor(TimeMs at) const {
  if (c_.season <= 0) return 1;
  return 1 / (1 + static_cast<double>(c_.season) * season_wave(at, c_.season_day));
}

double Moment::experience() {
  double quality = static_cast<double>(c_.base_mood) + 0.14 * rng_.bell();
  if (c_.bad_patch) quality -= 0.25;
  if (c_.stress != Reason::kNone) quality -= worse_by(c_.stress) * std::min(severity(), 1.2);
  return std::clamp(quality, 0.0, 1.0);
}

bool Moment::purchase() {
  if (left() || leave_if_enough()) return false;
  const double quality = experience();
  feel(c_, quality, 0.22);
  head(Source::kPurchases);
  v1::Purchase* p = event_.mutable_purchase();
  ++c_.purchases;
  p->set_order_id(order(c_.purchases));
  p->set_kind(v1::PURCHASE_KIND_SALE);
  fill_prices(p);
  c_.last_purchase_ms = now_;
  if (c_.first_purchase_ms == kNever) c_.first_purchase_ms = now_;
  after_purchase(quality);
  plan_next_purchase();
  return true;
}

void Moment::fill_prices(v1::Purchase* p) {
  const bool web = rng_.chance(0.6);
  p->set_channel(web ? "web" : rng_.chance(0.9) ? "store" : "phone");
  double basket = rng_.log_bell(static_cast<double>(c_.basket_minor), 0.35);
  basket *= 1 - lost_by(c_.stress) * std::min(strain_, 1.0);
  basket *= 0.5 + 0.5 * static_cast<double>(c_.need);
  const auto list =
      std::max<std::int64_t>(100, static_cast<std::int64_t>(basket * static_cast<double>(c_.price_level)));
  const bool on_trial = c_.trial_end_ms != kNever && now_ < c_.trial_end_ms;
  const std::int64_t discount = on_trial ? share_of(list, 0.8) : promotions(list, p);
  if (on_trial) fill_trial(p);
  const std::int64_t paid = list - discount;
  set_money(paid, p->mutable_amount());
  p->set_list_price_minor_units(list);
  if (discount > 0) {
    p->set_discount_minor_units(discount);
    ++c_.promoted;
  }
  fill_items(list, paid, p);
  fill_circumstance(p);
  p->set_cost_of_goods_minor_units(
      share_of(list, rng_.between(0.5, 0.7) / static_cast<double>(c_.price_level)));
  p->set_cost_to_serve_minor_units(static_cast<std::int64_t>(rng_.between(30, web ? 600 : 250)));
  if (c_.tie == Tie::kContract)
    set_time(now_ + days(static_cast<double>(c_.gap_days)), p->mutable_paid_until_time());
  if (c_.converted) {
    p->set_converted_from_trial(true);
    c_.converted = false;
  }
  fill_delivery(web, p);
  c_.spend_minor += paid;
}

void Moment::fill_trial(v1::Purchase* p) {
  v1::Promotion& promotion = *p->add_promotions();
  promotion.set_kind(v1::PROMOTION_KIND_TRIAL);
  promotion.set_name("trial");
  set_time(c_.trial_end_ms, promotion.mutable_end_time());
}

// The discount in minor units, 0 if there is none.
std::int64_t Moment::promotions(std::int64_t list, v1::Purchase* p) {
  const bool scheme = c_.by_promotion && now_ < c_.scheme_end_ms;
  if (!rng_.chance(scheme ? 0.85 : 0.4 * static_cast<double>(c_.price_sense))) return 0;
  const std::int64_t discount = share_of(list, scheme ? rng_.between(0.15, 0.35) : rng_.between(0.05, 0.25));
  v1::Promotion& promotion = *p->add_promotions();
  promotion.set_discount_minor_units(discount);
  if (scheme) {
    promotion.set_kind(v1::PROMOTION_KIND_SPECIAL);
    promotion.set_name("welcome");
    if (c_.scheme_end_ms != kNever) set_time(c_.scheme_end_ms, promotion.mutable_end_time());
  } else if (rng_.chance(0.7)) {
    promotion.set_kind(v1::PROMOTION_KIND_DATE);
    promotion.set_name("weekend");
    set_time((now_ / kDayMs + 2) * kDayMs, promotion.mutable_end_time());
  } else {
    promotion.set_kind(v1::PROMOTION_KIND_AMOUNT);
    promotion.set_name("three-for-two");
  }
  return discount;
}

void Moment::fill_items(std::int64_t list, std::int64_t paid, v1::Purchase* p) {
  std::int64_t rest = paid;
  std::int64_t list_rest = list;
  const std::uint32_t lines = 1 + rng_.below(3);
  // Who is content looks around; who is on the way out, or loses interest, comes for the one thing.
  const double home = std::clamp(0.6 + 0.3 * strain_ + 0.35 * (1 - static_cast<double>(c_.need)), 0.0, 0.97);
  for (std::uint32_t i = 1; i <= lines; ++i) {
    v1::PurchaseItem& item = *p->add_items();
    const bool usual = rng_.chance(home);
    const std::uint32_t category = draw_category(usual);
    item.set_category(std::string(kCategories[category]));
    item.set_product_id(item.category() + "-" + std::to_string(rng_.below(kProductsACategory)));
    item.set_quantity(1 + rng_.below(3));
    const double share = i == lines ? 1 : rng_.between(0.3, 0.7);
    const std::int64_t amount = i == lines ? rest : share_of(rest, share);
    const std::int64_t list_amount = i == lines ? list_rest : share_of(list_rest, share);
    item.set_amount_minor_units(amount);
    item.set_list_price_minor_units(list_amount);
    item.set_cost_minor_units(share_of(list_amount, 0.6 / static_cast<double>(c_.price_level)));
    item.set_market_price_minor_units(
        share_of(list_amount, rng_.between(0.94, 1.06) / static_cast<double>(c_.price_level)));
    rest -= amount;
    list_rest -= list_amount;
    const auto bit = static_cast<std::uint16_t>(1U << category);
    if ((c_.categories & bit) == 0 && c_.purchases > 1) item.set_complement(rng_.chance(0.4));
    c_.categories = static_cast<std::uint16_t>(c_.categories | bit);
    if (mood() > 0.6 && rng_.chance(0.04)) item.set_novelty(true);
    if (lasts(category))
      set_time(now_ + days(rng_.chance(0.5) ? 180 : 365), item.mutable_warranty_end_time());
  }
}

void Moment::fill_circumstance(v1::Purchase* p) {
  const bool december = now_ / kDayMs % 365 > 330;
  if (c_.captive || rng_.chance(0.015)) {
    p->set_circumstance(v1::CIRCUMSTANCE_CONSTRAINT);
    p->set_occasion(c_.tie == Tie::kContract ? "contract" : "nothing else open");
  } else if (rng_.chance(december ? 0.3 : 0.05)) {
    p->set_circumstance(v1::CIRCUMSTANCE_OCCASION);
    p->set_occasion(december ? "christmas" : "present");
  } else if (rng_.chance(0.5)) {
    p->set_circumstance(v1::CIRCUMSTANCE_FREE_CHOICE);
  }
}

void Moment::fill_delivery(bool web, v1::Purchase* p) {
  if (!web) return;
  const DurationMs promised = days(rng_.between(1, 4));
  set_time(now_ + promised, p->mutable_promised_delivery_time());
  double late_share = 0.04;
  if (under(Reason::kBadService)) late_share += 0.25 * severity();
  if (under(Reason::kBrokenPromise)) late_share += 0.45 * severity();
  const bool late = rng_.chance(late_share);
  if (late || rng_.chance(0.2)) {
    plan(promised + (late ? days(rng_.between(1, 6)) : -hours(rng_.between(1, 20))), StepKind::kDelivery,
         late ? c_.purchases | kFlag : c_.purchases);
  }
}

void Moment::after_purchase(double quality) {
  const double gap = quality - static_cast<double>(c_.expectation);
  const double moved = gap < 0 ? -gap : gap;
  if (rng_.chance(static_cast<double>(c_.talks) * (0.3 + 1.5 * moved))) {
    plan(hours(rng_.between(1, 48)), StepKind::kRate);
  }
  if (rng_.chance(0.1)) plan(kDayMs, StepKind::kSurveySent, kFlag | ++c_.surveys);
  if (quality < 0.3 && rng_.chance(static_cast<double>(c_.complains))) {
    const bool neglected = rng_.chance(0.06);
    complain_after(0.1, 3, neglected);
  }
  if (quality < 0.35 && rng_.chance(0.12)) plan_within(2, 12, StepKind::kReturn, c_.purchases);
  if (rng_.chance(0.006)) plan(hours(rng_.between(1, 20)), StepKind::kCancellation, c_.purchases);
  if (rng_.chance(0.05)) {
    const auto kind = rng_.chance(0.6)   ? v1::CONTACT_KIND_QUESTION
                      : rng_.chance(0.5) ? v1::CONTACT_KIND_REQUEST
                                         : v1::CONTACT_KIND_SUPPORT;
    plan(hours(rng_.between(1, 72)), StepKind::kContact, kind);
  }
  if (rng_.chance(0.004)) plan_within(5, 90, StepKind::kFault);
  if (mood() > 0.75 && rng_.chance(0.02)) plan_within(1, 9, StepKind::kGesture);
  if (mood() > 0.8 && rng_.chance(0.02)) {
    const auto word = rng_.chance(0.5) ? Word::kReferral : Word::kReview;
    plan_within(1, 9, StepKind::kWord, static_cast<std::uint32_t>(word));
  }
  if (rng_.chance(0.05)) plan_within(1, 9, StepKind::kOffer);
  if (c_.points > 0 || rng_.chance(0.3)) {
    c_.points += static_cast<float>(event_.purchase().amount().minor_units()) / 100;
    if (rng_.chance(0.25))
      plan(kMinuteMs, StepKind::kPoints, static_cast<std::uint32_t>(PointsMove::kEarned));
  }
  // What costs more than it did is felt each time, by those who come often no more than by others.
  const double often = std::min(1.0, static_cast<double>(c_.gap_days) / 10);
  if (under(Reason::kPrice) || under(Reason::kPromotionEnded)) {
    hurt(c_, c_.stress, 0.06 * severity() * often * (0.5 + static_cast<double>(c_.price_sense)), now_);
  } else if (under(Reason::kBadService)) {
    hurt(c_, c_.stress, 0.03 * severity() * often, now_);
  } else if (gap > 0.15) {  // delight makes up for something
    heal(c_, worst_grudge(c_), 0.08);
  }
}

void Moment::plan_next_purchase() {
  // The habit wanders; it comes back to what it was, slowly.
  const double wander = rng_.bell();
  c_.pace =
      static_cast<float>(std::clamp(1 + 0.95 * (static_cast<double>(c_.pace) - 1) + 0.06 * wander, 0.6, 1.6));
  double gap_days = rng_.log_bell(static_cast<double>(c_.gap_days), static_cast<double>(c_.gap_spread));
  gap_days *= static_cast<double>(c_.pace) * season_factor(now_);
  const double strained = std::min(strain_, 1.0);
  gap_days *=
      1 + (under(Reason::kCompetitor) || under(Reason::kPromotionEnded) ? 1.3 : 0.9) * strained * strained;
  gap_days /= std::max(0.2, static_cast<double>(c_.need));
  if (rng_.chance(0.03)) gap_days *= 2.2;                    // for no reason
  if (rng_.chance(0.006)) gap_days += rng_.between(20, 60);  // away, and back
  TimeMs at = now_ + std::max<DurationMs>(days(gap_days), 5 * kMinuteMs);
  if (gap_days > 2) {  // people shop between 8 and 22, the regular ones on their day
    at = at / kDayMs * kDayMs + 8 * kHourMs + hours(rng_.between(0, 14));
    if (gap_days > 9 && c_.gap_spread < 0.35F)
      at += days(static_cast<double>((c_.weekday + 70 - at / kDayMs % 7) % 7 - 3));
    at = std::max(at, now_ + kDayMs);
  }
  c_.next_purchase_ms = at;
  plan_at(at, StepKind::kPurchase);
}

bool Moment::taken_back(bool cancelled) {
  if (left() && !cancelled) return false;
  head(Source::kPurchases);
  v1::Purchase& p = *event_.mutable_purchase();
  p.set_kind(cancelled ? v1::PURCHASE_KIND_CANCELLATION : v1::PURCHASE_KIND_RETURN);
  p.set_order_id(order(step_.number) + (cancelled ? "-c" : "-r"));
  p.set_returned_order_id(order(step_.number));
  const std::int64_t back = std::min<std::int64_t>(
      c_.spend_minor,
      std::max<std::int64_t>(
          100, static_cast<std::int64_t>(static_cast<double>(c_.basket_minor) * rng_.between(0.2, 0.6))));
  set_money(back, p.mutable_amount());
  p.set_cost_to_serve_minor_units(static_cast<std::int64_t>(rng_.between(200, 900)));
  p.set_channel("web");
  c_.spend_minor -= back;
  return true;
}

}  // namespace ebb::gen
