#include "engine/gen/life.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "google/protobuf/timestamp.pb.h"

namespace ebb::gen {
namespace {

constexpr std::array<std::string_view, 12> kCategories = {"coffee",  "tea",    "bakery", "dairy",
                                                          "produce", "pantry", "garden", "books",
                                                          "toys",    "beauty", "travel", "tools"};
constexpr std::array<std::string_view, 5> kRegions = {"north", "south", "east", "west", "centre"};
constexpr std::array<std::string_view, 4> kAcquisition = {"search", "referral", "partner", "campaign"};
constexpr std::array<std::string_view, 4> kTouchpoints = {"shop", "website", "hotline", "delivery"};
constexpr std::array<std::string_view, 5> kTopics = {"answers", "billing", "delivery", "quality", "booking"};
constexpr std::uint32_t kFlag = 1U << 31;  // in a step's number: late (delivery), after a purchase (survey)

// How each reason shows while the customer is on the way out, at its full strength.
struct Symptoms {
  double worse_experience;  // off the quality of an experience
  double longer_gaps;       // 1 = twice as long
  double smaller_baskets;   // share that goes elsewhere
  double late_deliveries;   // added probability
};

Symptoms symptoms(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return {0, 0, 0, 0};
    case Reason::kBadService:
      return {0.55, 0.8, 0.1, 0.5};
    case Reason::kPrice:
      return {0.2, 1.2, 0.45, 0};
    case Reason::kCompetitor:
      return {0.15, 1.5, 0.6, 0};
    case Reason::kFadedInterest:
      return {0.1, 2.5, 0.2, 0};
    case Reason::kMovedAway:
      return {0, 0.1, 0, 0};
    case Reason::kComplaintUnresolved:
      return {0.35, 1.0, 0.2, 0.1};
    case Reason::kPromotionEnded:
      return {0.15, 3.0, 0.3, 0};
  }
  return {0, 0, 0, 0};
}

DurationMs days(double n) {
  return static_cast<DurationMs>(n * static_cast<double>(kDayMs));
}
DurationMs hours(double n) {
  return static_cast<DurationMs>(n * static_cast<double>(kHourMs));
}

void set_time(TimeMs at, google::protobuf::Timestamp* out) {
  out->set_seconds(at / kSecondMs);  // never before 1970 here
  out->set_nanos(static_cast<std::int32_t>(at % kSecondMs * 1'000'000));
}

void set_money(std::int64_t minor, v1::Money* out) {
  out->set_currency_code(std::string(kCurrency));
  out->set_minor_units(minor);
}

void set_rating(double value, double min, double max, v1::Rating* out) {
  out->set_value(std::clamp(value, min, max));
  out->set_min(min);
  out->set_max(max);
}

double round_off(double x) {
  return std::floor(x + 0.5);
}

// One step of one customer, with what it needs at hand. Draws stand in statements of their own: within one
// expression C++ leaves their order open, and the bytes would depend on the compiler.
class Moment {
 public:
  Moment(const Step& step, const std::string& name, Customer& customer, Planner& planner, v1::Event* event,
         Source* source)
      : step_(step),
        now_(step.at_ms),
        name_(name),
        c_(customer),
        rng_(customer.rng),
        decline_(customer.decline(step.at_ms)),
        symptoms_(symptoms(customer.reason)),
        planner_(planner),
        event_(*event),
        source_(*source) {}

  bool play();

 private:
  bool left() const { return now_ >= c_.left_ms; }
  // 0 to 1, how far the signs of this very reason have come.
  double decline_by(Reason reason) const { return c_.reason == reason ? decline_ : 0; }

  void plan_at(TimeMs at, StepKind kind, std::uint32_t number = 0) {
    planner_.plan({at, step_.customer, number, kind});
  }
  void plan(DurationMs after, StepKind kind, std::uint32_t number = 0) {
    plan_at(now_ + after, kind, number);
  }
  // Somewhere between the first sign (0) and leaving (1).
  void plan_on_the_way(double share, StepKind kind, std::uint32_t number = 0) {
    plan_at(c_.signs_ms + static_cast<TimeMs>(share * static_cast<double>(c_.left_ms - c_.signs_ms)), kind,
            number);
  }

  void head(Source source);
  std::string order(std::uint32_t number) const { return "o-" + name_ + "-" + std::to_string(number); }
  template <std::size_t N>
  std::string pick(const std::array<std::string_view, N>& words) {
    return std::string(words[rng_.below(N)]);
  }
  std::string category(bool home) {
    return std::string(kCategories[(home ? c_.home_category : rng_.below(256)) % kCategories.size()]);
  }
  void feel(double experience, double weight) {
    c_.mood = static_cast<float>(std::clamp(c_.mood + weight * (experience - c_.mood), 0.0, 1.0));
  }

  v1::Feedback& feedback();
  bool join();
  bool signs();
  bool mood_turn();
  bool purchase();
  void fill_purchase(v1::Purchase* p);
  void after_purchase(double experience);
  void plan_next_purchase();
  TimeMs promotion_end() const;
  bool delivery();
  bool rate();
  bool contact(v1::ContactKind kind);
  bool complaint(v1::ComplaintStage stage);
  void plan_complaint(v1::ComplaintStage stage);
  bool engagement();
  bool unsubscribe();
  bool gesture();
  bool offer();
  bool competitor();
  bool move();
  bool nps_round();
  bool survey_sent();
  v1::Survey& survey();
  bool survey_answered();
  void fill_dimensions(v1::Survey* s);
  bool survey_lapsed();
  bool erasure();

  const Step& step_;
  const TimeMs now_;
  const std::string& name_;
  Customer& c_;
  Rng& rng_;
  const double decline_;
  const Symptoms symptoms_;
  Planner& planner_;
  v1::Event& event_;
  Source& source_;
};

bool Moment::play() {
  if (c_.gone) return false;
  switch (step_.kind) {
    case StepKind::kJoin:
      return join();
    case StepKind::kSigns:
      return signs();
    case StepKind::kMoodTurn:
      return mood_turn();
    case StepKind::kPurchase:
      return purchase();
    case StepKind::kDelivery:
      return delivery();
    case StepKind::kRate:
      return rate();
    case StepKind::kContact:
      return contact(static_cast<v1::ContactKind>(step_.number));
    case StepKind::kComplaintOpened:
      return complaint(v1::COMPLAINT_STAGE_OPENED);
    case StepKind::kComplaintAnswered:
      return complaint(v1::COMPLAINT_STAGE_ANSWERED);
    case StepKind::kComplaintResolved:
      return complaint(v1::COMPLAINT_STAGE_RESOLVED);
    case StepKind::kComplaintConfirmed:
      return complaint(v1::COMPLAINT_STAGE_CONFIRMED);
    case StepKind::kComplaintReopened:
      return complaint(v1::COMPLAINT_STAGE_REOPENED);
    case StepKind::kEngagement:
      return engagement();
    case StepKind::kGesture:
      return gesture();
    case StepKind::kOffer:
      return offer();
    case StepKind::kCompetitor:
      return competitor();
    case StepKind::kUnsubscribe:
      return unsubscribe();
    case StepKind::kCancellation:
      return contact(v1::CONTACT_KIND_CANCELLATION_ENQUIRY);
    case StepKind::kMove:
      return move();
    case StepKind::kNpsRound:
      return nps_round();
    case StepKind::kSurveySent:
      return survey_sent();
    case StepKind::kSurveyAnswered:
      return survey_answered();
    case StepKind::kSurveyLapsed:
      return survey_lapsed();
    case StepKind::kErasure:
      return erasure();
  }
  return false;
}

void Moment::head(Source source) {
  source_ = source;
  event_.set_event_id(name_ + "-" + std::to_string(c_.events++));
  event_.set_customer_id(name_);
  set_time(now_, event_.mutable_event_time());
}

v1::Feedback& Moment::feedback() {
  return *event_.mutable_feedback();
}

bool Moment::join() {
  head(Source::kProfiles);
  v1::Profile& p = *event_.mutable_profile();
  const std::string region = pick(kRegions);
  p.set_region(region);
  (*p.mutable_segments())["geo.region"] = region;
  (*p.mutable_segments())["behaviour"] = c_.shape >= 4 ? "regular" : "irregular";
  if (rng_.chance(0.4)) p.set_loyalty_tier(rng_.chance(0.3) ? "gold" : "silver");
  set_time(now_ - days(rng_.between(0, 700)), p.mutable_customer_since_time());
  p.set_acquisition_channel(c_.by_promotion ? "campaign" : pick(kAcquisition));
  set_money(static_cast<std::int64_t>(rng_.between(300, 6000)), p.mutable_acquisition_cost());
  p.set_target_audience(rng_.chance(0.8));
  p.set_acquired_by_promotion(c_.by_promotion);
  if (rng_.chance(0.08)) {
    v1::Barrier& barrier = *p.add_barriers();
    barrier.set_kind(v1::BARRIER_KIND_CONTRACT);
    barrier.set_strength(round_off(rng_.between(3, 9)) / 10);
    set_time(now_ + days(rng_.between(60, 400)), barrier.mutable_end_time());
  }
  plan(hours(rng_.between(0.1, 10)), StepKind::kPurchase);
  plan(days(rng_.between(5, 95)), StepKind::kNpsRound);
  plan(days(rng_.erlang(1, 250)), StepKind::kMoodTurn);
  plan(days(rng_.erlang(1, 2.0 * c_.gap_days)), StepKind::kEngagement);
  if (c_.left_ms != kNever) plan_at(c_.signs_ms, StepKind::kSigns);
  return true;
}

bool Moment::signs() {
  switch (c_.reason) {
    case Reason::kBadService:
      for (double share : {0.1, 0.35, 0.6}) {
        plan_on_the_way(share, StepKind::kContact, v1::CONTACT_KIND_SUPPORT);
      }
      plan_on_the_way(0.25, StepKind::kComplaintOpened, ++c_.cases);
      if (rng_.chance(0.5)) plan_on_the_way(0.7, StepKind::kComplaintOpened, ++c_.cases);
      break;
    case Reason::kPrice:
      for (double share : {0.2, 0.5, 0.8}) plan_on_the_way(share, StepKind::kOffer);
      plan_on_the_way(0.4, StepKind::kRate);
      plan_on_the_way(0.6, StepKind::kContact, v1::CONTACT_KIND_BILLING);
      break;
    case Reason::kCompetitor:
      plan_on_the_way(0.3, StepKind::kCompetitor);
      plan_on_the_way(0.5, StepKind::kOffer);
      plan_on_the_way(0.7, StepKind::kCompetitor);
      break;
    case Reason::kFadedInterest:
      plan_on_the_way(0.5, StepKind::kOffer);
      if (rng_.chance(0.6)) plan_on_the_way(0.6, StepKind::kUnsubscribe);
      break;
    case Reason::kMovedAway:
      if (rng_.chance(0.4)) plan_on_the_way(0.7, StepKind::kCancellation);
      if (rng_.chance(0.6)) plan_on_the_way(0.9, StepKind::kMove);
      break;
    case Reason::kComplaintUnresolved:
      plan_on_the_way(0.05, StepKind::kComplaintOpened, ++c_.cases);
      plan_on_the_way(0.4, StepKind::kContact, v1::CONTACT_KIND_SUPPORT);
      plan_on_the_way(0.7, StepKind::kContact, v1::CONTACT_KIND_SUPPORT);
      break;
    case Reason::kNone:
    case Reason::kPromotionEnded:
      break;
  }
  if (c_.erases) plan_at(c_.left_ms + days(rng_.between(1, 30)), StepKind::kErasure);
  return false;
}

bool Moment::mood_turn() {
  c_.bad_patch = !c_.bad_patch;
  plan(days(c_.bad_patch ? rng_.between(15, 40) : rng_.erlang(1, 250)), StepKind::kMoodTurn);
  return false;
}

TimeMs Moment::promotion_end() const {
  if (c_.reason != Reason::kPromotionEnded) return kNever;
  return c_.signs_ms + (c_.left_ms - c_.signs_ms) / 4;
}

bool Moment::purchase() {
  if (left()) return false;
  const double experience =
      c_.base_mood + 0.14 * rng_.bell() - (c_.bad_patch ? 0.3 : 0) - symptoms_.worse_experience * decline_;
  feel(experience, 0.3);
  head(Source::kPurchases);
  fill_purchase(event_.mutable_purchase());
  c_.last_purchase_ms = now_;
  if (c_.first_purchase_ms == kNever) c_.first_purchase_ms = now_;
  after_purchase(experience);
  plan_next_purchase();
  return true;
}

void Moment::fill_purchase(v1::Purchase* p) {
  const std::uint32_t number = ++c_.purchases;
  p->set_order_id(order(number));
  p->set_kind(v1::PURCHASE_KIND_SALE);
  const bool web = rng_.chance(0.6);
  p->set_channel(web ? "web" : "store");
  const double basket = c_.basket_minor * rng_.between(0.6, 1.5) * (1 - symptoms_.smaller_baskets * decline_);
  const auto list = std::max<std::int64_t>(100, static_cast<std::int64_t>(basket));
  std::int64_t discount = 0;
  const bool may_promote = now_ < promotion_end();
  if (may_promote && rng_.chance(c_.by_promotion ? 0.85 : 0.4 * c_.price_sense)) {
    discount = static_cast<std::int64_t>(static_cast<double>(list) * rng_.between(0.1, 0.35));
    v1::Promotion& promotion = *p->add_promotions();
    promotion.set_kind(c_.by_promotion ? v1::PROMOTION_KIND_SPECIAL : v1::PROMOTION_KIND_DATE);
    promotion.set_name(c_.by_promotion ? "welcome" : "weekend");
    promotion.set_discount_minor_units(discount);
    if (c_.by_promotion && promotion_end() != kNever) set_time(promotion_end(), promotion.mutable_end_time());
  }
  const std::int64_t paid = list - discount;
  set_money(paid, p->mutable_amount());
  p->set_list_price_minor_units(list);
  if (discount > 0) p->set_discount_minor_units(discount);
  std::int64_t rest = paid;
  const std::uint32_t lines = 1 + rng_.below(3);
  for (std::uint32_t i = 1; i <= lines; ++i) {
    v1::PurchaseItem& item = *p->add_items();
    const bool home = rng_.chance(0.7 + 0.25 * decline_);
    item.set_category(category(home));
    item.set_product_id(item.category() + "-" + std::to_string(rng_.below(40)));
    item.set_quantity(1 + rng_.below(3));
    const std::int64_t amount =
        i == lines ? rest : static_cast<std::int64_t>(static_cast<double>(rest) * rng_.between(0.3, 0.7));
    item.set_amount_minor_units(amount);
    rest -= amount;
  }
  if (rng_.chance(0.06)) {
    p->set_circumstance(v1::CIRCUMSTANCE_OCCASION);
    p->set_occasion("present");
  }
  if (web) {
    const DurationMs promised = days(rng_.between(1, 4));
    set_time(now_ + promised, p->mutable_promised_delivery_time());
    const bool late = rng_.chance(0.04 + symptoms_.late_deliveries * decline_);
    if (late || rng_.chance(0.2)) {
      plan(promised + (late ? days(rng_.between(1, 6)) : -hours(rng_.between(1, 20))), StepKind::kDelivery,
           late ? number | kFlag : number);
    }
  }
  c_.spend_minor += paid;
}

void Moment::after_purchase(double experience) {
  const double moved = std::abs(experience - 0.7);
  if (rng_.chance(c_.talks * (0.4 + 1.5 * moved))) plan(hours(rng_.between(1, 48)), StepKind::kRate);
  if (rng_.chance(0.12)) plan(days(1), StepKind::kSurveySent, kFlag | ++c_.surveys);
  if (experience < 0.35 && rng_.chance(0.35)) {
    plan(hours(rng_.between(2, 72)), StepKind::kComplaintOpened, ++c_.cases);
  }
  if (rng_.chance(0.04)) {
    const auto kind = rng_.chance(0.6) ? v1::CONTACT_KIND_QUESTION : v1::CONTACT_KIND_SUPPORT;
    plan(hours(rng_.between(1, 72)), StepKind::kContact, kind);
  }
  if (c_.mood > 0.75 && rng_.chance(0.02)) plan(days(rng_.between(1, 9)), StepKind::kGesture);
  if (rng_.chance(0.05)) plan(days(rng_.between(1, 9)), StepKind::kOffer);
}

void Moment::plan_next_purchase() {
  double gap_days = rng_.erlang(c_.shape, c_.gap_days) * (1 + symptoms_.longer_gaps * decline_);
  if (rng_.chance(0.03)) gap_days *= 2.2;
  TimeMs at = now_ + std::max<DurationMs>(days(gap_days), 5 * kMinuteMs);
  if (gap_days > 2) {  // people shop between 8 and 22
    at = at / kDayMs * kDayMs + 8 * kHourMs + hours(rng_.between(0, 14));
  }
  plan_at(at, StepKind::kPurchase);
}

bool Moment::delivery() {
  head(Source::kFeedback);
  v1::Fulfilment& f = *event_.mutable_fulfilment();
  f.set_order_id(order(step_.number & ~kFlag));
  v1::Promise& promise = *f.add_promises();
  promise.set_kind(v1::PROMISE_KIND_DELIVERY);
  const bool late = (step_.number & kFlag) != 0;
  promise.set_outcome(late ? v1::PROMISE_OUTCOME_LATE : v1::PROMISE_OUTCOME_KEPT);
  set_time(now_, promise.mutable_actual_time());
  feel(late ? 0.2 : 0.85, 0.1);
  return true;
}

bool Moment::rate() {
  if (left()) return false;
  head(Source::kFeedback);
  v1::Feedback& f = feedback();
  f.set_touchpoint(pick(kTouchpoints));
  const bool price = rng_.chance(0.1 + 0.8 * decline_by(Reason::kPrice));
  f.set_topic(price ? "billing" : pick(kTopics));
  if (price) f.set_dimension("price");
  set_rating(round_off(1 + 4 * (c_.mood - 0.3 * decline_by(Reason::kPrice)) + 0.5 * rng_.bell()), 1, 5,
             f.mutable_rating());
  const double u = rng_.uniform();
  if (u < 0.15) {
    f.mutable_review()->set_is_public(true);
    f.mutable_review()->set_recommends(c_.mood > 0.65);
  } else if (u < 0.2) {
    f.mutable_suggestion()->set_subject(pick(kTopics));
  } else if (u < 0.24 && c_.mood > 0.8) {
    f.mutable_referral()->set_direction(v1::REFERRAL_DIRECTION_OF);
  }
  return true;
}

bool Moment::contact(v1::ContactKind kind) {
  if (left()) return false;
  const double trouble = std::max(decline_by(Reason::kBadService), decline_by(Reason::kComplaintUnresolved));
  head(Source::kFeedback);
  v1::Feedback& f = feedback();
  f.set_touchpoint("hotline");
  v1::Contact& contact = *f.mutable_contact();
  contact.set_kind(kind);
  const double usual_wait_s = rng_.between(10, 200);
  const double wait_s = usual_wait_s + trouble * rng_.between(300, 2400);
  contact.set_wait_ms(static_cast<std::int64_t>(wait_s) * kSecondMs);
  const bool abandoned = rng_.chance(0.03 + 0.4 * trouble);
  contact.set_abandoned(abandoned);
  const bool settled = !abandoned && rng_.chance(0.85 - 0.6 * trouble);
  contact.set_settled(settled);
  if (kind != v1::CONTACT_KIND_QUESTION) feel(settled ? 0.8 : 0.15, 0.12);
  return true;
}

bool Moment::complaint(v1::ComplaintStage stage) {
  const bool by_customer = stage != v1::COMPLAINT_STAGE_ANSWERED && stage != v1::COMPLAINT_STAGE_RESOLVED;
  if (by_customer && left()) return false;
  head(Source::kFeedback);
  v1::Feedback& f = feedback();
  f.set_touchpoint("hotline");
  v1::Complaint& complaint = *f.mutable_complaint();
  complaint.set_case_id(name_ + "-k" + std::to_string(step_.number));
  complaint.set_stage(stage);
  if (stage == v1::COMPLAINT_STAGE_OPENED) {
    f.set_topic(pick(kTopics));
    complaint.set_severity(round_off(rng_.between(2, 10)) / 10);
    feel(0.1, 0.15);
  } else if (stage == v1::COMPLAINT_STAGE_RESOLVED && rng_.chance(0.3)) {
    set_money(static_cast<std::int64_t>(rng_.between(200, 2000)), complaint.mutable_compensation());
  } else if (stage == v1::COMPLAINT_STAGE_CONFIRMED) {
    feel(0.95, 0.2);
  } else if (stage == v1::COMPLAINT_STAGE_REOPENED) {
    feel(0.0, 0.2);
  }
  plan_complaint(stage);
  return true;
}

// What follows in the case, and whether anybody takes care.
void Moment::plan_complaint(v1::ComplaintStage stage) {
  const bool neglected = c_.reason == Reason::kComplaintUnresolved
                             ? decline_ > 0
                             : decline_by(Reason::kBadService) > 0 && rng_.chance(0.6);
  const std::uint32_t number = step_.number;
  switch (stage) {
    case v1::COMPLAINT_STAGE_OPENED:
    case v1::COMPLAINT_STAGE_REOPENED:
      if (neglected && rng_.chance(0.5)) return;  // nobody ever answers
      plan(neglected ? days(rng_.between(5, 12)) : hours(rng_.between(4, 72)), StepKind::kComplaintAnswered,
           number);
      return;
    case v1::COMPLAINT_STAGE_ANSWERED:
      if (neglected && rng_.chance(0.6)) return;
      plan(days(rng_.between(0.5, 6)), StepKind::kComplaintResolved, number);
      return;
    case v1::COMPLAINT_STAGE_RESOLVED:
      if (neglected || rng_.chance(0.08)) {
        plan(days(rng_.between(1, 5)), StepKind::kComplaintReopened, number);
      } else if (rng_.chance(0.85)) {
        plan(days(rng_.between(0.2, 3)), StepKind::kComplaintConfirmed, number);
      }
      return;
    default:
      return;
  }
}

bool Moment::engagement() {
  if (left()) return false;
  plan(days(rng_.erlang(1, 2.0 * c_.gap_days) * (1 + 4 * decline_by(Reason::kFadedInterest))) + kHourMs,
       StepKind::kEngagement);
  head(Source::kFeedback);
  v1::Engagement& engagement = *feedback().mutable_engagement();
  engagement.set_kind(rng_.chance(0.7) ? v1::ENGAGEMENT_KIND_VISIT : v1::ENGAGEMENT_KIND_CONTENT);
  engagement.set_count(1 + rng_.below(5));
  return true;
}

bool Moment::unsubscribe() {
  head(Source::kFeedback);
  v1::Engagement& engagement = *feedback().mutable_engagement();
  engagement.set_kind(v1::ENGAGEMENT_KIND_DISENGAGED);
  engagement.set_subject("newsletter");
  return true;
}

bool Moment::gesture() {
  head(Source::kFeedback);
  v1::Gesture& gesture = *feedback().mutable_gesture();
  gesture.set_kind(rng_.chance(0.5) ? v1::GESTURE_KIND_THANKS : v1::GESTURE_KIND_GIFT);
  set_money(static_cast<std::int64_t>(rng_.between(50, 1500)), gesture.mutable_cost());
  feel(0.95, 0.1);
  return true;
}

bool Moment::offer() {
  head(Source::kFeedback);
  v1::Offer& offer = *event_.mutable_offer();
  offer.set_offer_id(name_ + "-f" + std::to_string(c_.events));
  offer.set_category(category(false));
  offer.set_channel("mail");
  set_money(static_cast<std::int64_t>(c_.basket_minor), offer.mutable_price());
  if (left() || rng_.chance(0.5 * decline_by(Reason::kFadedInterest))) {
    offer.set_outcome(v1::OFFER_OUTCOME_EXPIRED);
  } else if (decline_ > 0) {
    offer.set_outcome(rng_.chance(0.7) ? v1::OFFER_OUTCOME_DECLINED : v1::OFFER_OUTCOME_HESITATED);
    if (c_.reason == Reason::kPrice) offer.set_reason("price");
    if (c_.reason == Reason::kCompetitor) offer.set_reason("competitor");
  } else {
    offer.set_outcome(rng_.chance(0.3) ? v1::OFFER_OUTCOME_TAKEN : v1::OFFER_OUTCOME_EXPIRED);
  }
  return true;
}

bool Moment::competitor() {
  if (left()) return false;
  head(Source::kFeedback);
  v1::CompetitorMention& mention = *feedback().mutable_competitor();
  mention.set_name("rival");
  mention.set_dimension("price");
  set_money(static_cast<std::int64_t>(c_.basket_minor * rng_.between(0.7, 0.95)), mention.mutable_price());
  mention.set_bought(rng_.chance(decline_));
  return true;
}

bool Moment::move() {
  head(Source::kProfiles);
  v1::Profile& p = *event_.mutable_profile();
  p.set_region("abroad");
  (*p.mutable_segments())["geo.region"] = "abroad";
  return true;
}

// A round plans the next, and a survey a little later: surveys go out in the morning.
bool Moment::nps_round() {
  plan(days(90), StepKind::kNpsRound);
  plan(kMinuteMs, StepKind::kSurveySent, ++c_.surveys);
  return false;
}

v1::Survey& Moment::survey() {
  head(Source::kSurveys);
  v1::Survey& s = *event_.mutable_survey();
  s.set_survey_id(name_ + "-s" + std::to_string(step_.number & ~kFlag));
  s.set_kind((step_.number & kFlag) != 0 ? "after_delivery" : "relationship");
  return s;
}

bool Moment::survey_sent() {
  survey().set_status(v1::SURVEY_STATUS_SENT);
  // The angry answer more often, those who lose interest hardly.
  const double eager =
      c_.answers * (c_.mood < 0.4 ? 1.4 : 1) * (1 - 0.8 * decline_by(Reason::kFadedInterest));
  const bool answers = rng_.chance(eager);
  if (answers) {
    plan(hours(rng_.between(1, 120)), StepKind::kSurveyAnswered, step_.number);
  } else {
    plan(days(14), StepKind::kSurveyLapsed, step_.number);
  }
  return true;
}

bool Moment::survey_answered() {
  if (left()) return survey_lapsed();
  v1::Survey& s = survey();
  s.set_status(v1::SURVEY_STATUS_ANSWERED);
  if ((step_.number & kFlag) != 0) {
    set_rating(round_off(1 + 4 * c_.mood + 0.4 * rng_.bell()), 1, 5, s.mutable_csat());
    s.set_stage(v1::SURVEY_STAGE_AFTER_PURCHASE);
    return true;
  }
  const double nps = round_off(10 * (c_.mood + 0.08) + 0.8 * rng_.bell());
  s.set_nps(static_cast<std::int32_t>(std::clamp(nps, 0.0, 10.0)));
  s.set_stage(v1::SURVEY_STAGE_IN_USE);
  if (rng_.chance(0.5)) fill_dimensions(&s);
  return true;
}

void Moment::fill_dimensions(v1::Survey* s) {
  struct Dimension {
    const char* name;
    double worse;
  };
  const Dimension dimensions[] = {{"reliability", 0.3 * decline_by(Reason::kBadService)},
                                  {"responsiveness", 0.4 * decline_by(Reason::kBadService)},
                                  {"price", 0.45 * decline_by(Reason::kPrice)}};
  s->mutable_scale()->set_min(1);
  s->mutable_scale()->set_max(7);
  const auto answer = [this](double mood) {
    return std::clamp(round_off(1 + 6 * mood + 0.6 * rng_.bell()), 1.0, 7.0);
  };
  for (const Dimension& d : dimensions) {
    v1::DimensionAnswer& a = *s->add_dimensions();
    a.set_name(d.name);
    a.set_expected(answer(0.75));
    a.set_perceived(answer(c_.mood - d.worse));
    a.set_importance(1 + rng_.below(5));
    a.set_best_competitor(answer(0.6 + 0.3 * decline_by(Reason::kCompetitor)));
  }
}

bool Moment::survey_lapsed() {
  survey().set_status(v1::SURVEY_STATUS_NOT_ANSWERED);
  return true;
}

bool Moment::erasure() {
  head(Source::kProfiles);
  event_.mutable_erasure()->set_request_id("r-" + std::to_string(step_.customer));
  c_.gone = true;
  return true;
}

}  // namespace

bool play(const Step& step, const std::string& name, Customer& customer, Planner& planner, v1::Event* event,
          Source* source) {
  event->Clear();
  return Moment(step, name, customer, planner, event, source).play();
}

}  // namespace ebb::gen
