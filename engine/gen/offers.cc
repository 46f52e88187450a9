// Offers made: taken, put off, refused, forgotten.
#include "engine/gen/moment.h"

namespace ebb::gen {

bool Moment::offer() {
  head(Source::kFeedback);
  v1::Offer& offer = *event_.mutable_offer();
  offer.set_offer_id(name_ + "-f" + std::to_string(c_.events));
  offer.set_category(std::string(kCategories[draw_category(false)]));
  offer.set_channel(rng_.chance(0.7) ? "mail" : "web");
  set_money(share_of(static_cast<std::int64_t>(c_.basket_minor),
                     rng_.between(0.6, 1.1) * static_cast<double>(c_.price_level)),
            offer.mutable_price());
  offer.set_new_kind(rng_.chance(0.3));
  if (rng_.chance(0.3)) {
    offer.mutable_promotion()->set_kind(v1::PROMOTION_KIND_DATE);
    offer.mutable_promotion()->set_name("mailing");
  }
  const double u = rng_.uniform();
  if (left()) {
    offer.set_outcome(v1::OFFER_OUTCOME_EXPIRED);
    return true;
  }
  const double keen = static_cast<double>(c_.need) * (1 - 0.8 * std::min(strain_, 1.0));
  if (u < 0.3 * keen) {
    offer.set_outcome(v1::OFFER_OUTCOME_TAKEN);
  } else if (u < 0.3 * keen + 0.25 * std::min(strain_ + 0.2, 1.0)) {
    offer.set_outcome(v1::OFFER_OUTCOME_HESITATED);
  } else if (u < 0.3 * keen + 0.7 * std::min(strain_ + 0.2, 1.0)) {
    offer.set_outcome(v1::OFFER_OUTCOME_DECLINED);
    if (under(Reason::kPrice) || under(Reason::kPromotionEnded)) offer.set_reason("price");
    if (under(Reason::kCompetitor)) offer.set_reason("competitor");
    if (under(Reason::kUnmetNeed)) offer.set_reason("no_fit");
    if (under(Reason::kFadedInterest)) offer.set_reason("no_need");
  } else {
    offer.set_outcome(v1::OFFER_OUTCOME_EXPIRED);
  }
  return true;
}

}  // namespace ebb::gen
