// What customers say: ratings, reviews, referrals, wishes, and of competitors.
#include "engine/gen/moment.h"

namespace ebb::gen {
namespace {

constexpr std::array<std::string_view, 4> kTouchpoints = {"shop", "website", "hotline", "delivery"};
constexpr std::array<std::string_view, 5> kTopics = {"answers", "billing", "delivery", "quality", "booking"};
constexpr std::array<std::string_view, 4> kNeeds = {"larger packs", "evening delivery", "invoices by company",
                                                    "vegan range"};

// The dimension that somebody under this speaks about.
std::string_view dimension_of(Reason stress) {
  switch (stress) {
    case Reason::kBadService:
      return "responsiveness";
    case Reason::kPrice:
    case Reason::kPromotionEnded:
      return "price";
    case Reason::kFault:
      return "continuity";
    case Reason::kBrokenPromise:
      return "reliability";
    case Reason::kUnmetNeed:
      return "fitness";
    default:
      return "";
  }
}

}  // namespace

bool Moment::rate() {
  if (left()) return false;
  v1::Feedback& f = feedback();
  f.set_touchpoint(under(Reason::kBadService) ? "hotline" : pick(kTouchpoints));
  const std::string_view dimension = dimension_of(c_.stress);
  const bool of_it = !dimension.empty() && rng_.chance(0.5);
  if (of_it) f.set_dimension(std::string(dimension));
  f.set_topic(of_it && dimension == "price" ? "billing" : pick(kTopics));
  const double felt = mood() - (of_it ? 0.35 * std::min(strain_, 1.0) : 0);
  set_rating(round_off(1 + 4 * felt + 0.5 * rng_.bell()), 1, 5, f.mutable_rating());
  const double u = rng_.uniform();
  if (u < 0.15) {
    f.mutable_review()->set_is_public(true);
    f.mutable_review()->set_reach(1 + rng_.below(400));
    f.mutable_review()->set_recommends(mood() > 0.62);
  } else if (u < 0.2) {
    f.mutable_suggestion()->set_subject(pick(kTopics));
  } else if (u < 0.4) {
    f.set_sentiment(std::clamp(round_off(10 * (2 * felt - 1 + 0.2 * rng_.bell())) / 10, -1.0, 1.0));
  }
  return true;
}

bool Moment::word(Word word) {
  if (left()) return false;
  v1::Feedback& f = feedback();
  switch (word) {
    case Word::kReview:
      f.mutable_review()->set_is_public(true);
      f.mutable_review()->set_reach(1 + rng_.below(400));
      f.mutable_review()->set_recommends(true);
      set_rating(5, 1, 5, f.mutable_rating());
      break;
    case Word::kSuggestion:
      f.mutable_suggestion()->set_subject(pick(kTopics));
      break;
    case Word::kUnmetNeed: {
      v1::UnmetNeed& need = *f.mutable_unmet_need();
      need.set_need(pick(kNeeds));
      need.set_limit_reached(rng_.chance(0.3));
      need.set_importance(round_off(10 * std::clamp(0.3 + 0.4 * severity(), 0.1, 1.0)) / 10);
      const bool suggests = rng_.chance(0.3);
      if (suggests) plan_within(0.1, 5, StepKind::kWord, static_cast<std::uint32_t>(Word::kSuggestion));
      break;
    }
    case Word::kReferral:
      f.mutable_referral()->set_direction(v1::REFERRAL_DIRECTION_OF);
      f.mutable_referral()->set_converted(rng_.chance(0.3));
      break;
    case Word::kWarning:  // what the one who brought them tells them now
      f.set_touchpoint("word of mouth");
      f.mutable_review()->set_recommends(false);
      f.set_sentiment(-round_off(10 * rng_.between(0.2, 0.9)) / 10);
      break;
  }
  return true;
}

bool Moment::competitor() {
  if (left()) return false;
  v1::CompetitorMention& mention = *feedback().mutable_competitor();
  mention.set_name(rng_.chance(0.6) ? "rival" : "newcomer");
  const bool price = rng_.chance(0.5);
  mention.set_dimension(price ? "price" : "fitness");
  if (price) {
    set_money(share_of(static_cast<std::int64_t>(c_.basket_minor), rng_.between(0.7, 0.95)),
              mention.mutable_price());
  }
  mention.set_bought(rng_.chance(0.6 * strain_));
  return true;
}

// The one that they brought has joined.
bool Moment::referred() {
  if (left()) return false;
  v1::Referral& referral = *feedback().mutable_referral();
  referral.set_direction(v1::REFERRAL_DIRECTION_OF);
  referral.set_other_customer_id(world_.id(step_.number));
  referral.set_converted(true);
  return true;
}

}  // namespace ebb::gen
