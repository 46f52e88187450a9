// pricing: promotions, trials, prices and offers.
//
// Promotion: how much of the custom hangs on promotions (models/price.h), and the shock when the scheme ends
// (models/points.h, Deadline; from `window` before it). Who bought since the end has got over the most of it.
// Contributes `promotion`, at most `max_promotion`.
// Trial: the end of one that has not become paid contributes `trial`, at most `max_trial`.
// Price: paying more than the market (good or bad, by the satisfaction), more than one is used to, and
// trouble with the price contribute `price`, at most `max_price`. Offers made and not taken (refused 1,
// expired 0.5, hesitated over 0.4) contribute `offer_declined`, at most `max_offers`; each that is taken
// makes up for one.
//
// All but the promotions' count fades by `half_life`. Order of arrival plays no part. Feed it by `value` and
// `satisfaction` too: number of purchases, the last one, and how satisfied.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "config/node.h"
#include "ebb/state/v1/pricing_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/answers.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/models/points.h"
#include "operators/models/price.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;
using state::v1::PricingSlice;

constexpr std::string_view kPrice = "price";
constexpr std::size_t kMaxNameBytes = 64;
constexpr double kMostPaid = 1e6;  // of the list price
constexpr double kGotOver = 0.3;   // of the shock, for who bought since

// Places in the sums.
enum { kTrouble, kRefused, kTaken, kListed, kPaid, kMarketed, kMarketPaid };

struct Params {
  DurationMs half_life_ms = 120 * kDayMs;
  DurationMs window_ms = 30 * kDayMs;
  double max_promotion = 1.2;
  double max_trial = 0.9;
  double max_price = 0.9;
  double max_offers = 0.6;
};

bool is_sale(const v1::Purchase& purchase) {
  return purchase.kind() != v1::PURCHASE_KIND_RETURN && purchase.kind() != v1::PURCHASE_KIND_CANCELLATION;
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

bool is_price_trouble(const v1::Feedback& feedback) {
  if (feedback.dimension() != kPrice && feedback.topic() != kPrice) return false;
  if (feedback.has_complaint()) {
    const v1::ComplaintStage stage = feedback.complaint().stage();
    return stage == v1::COMPLAINT_STAGE_UNSPECIFIED || stage == v1::COMPLAINT_STAGE_OPENED ||
           stage == v1::COMPLAINT_STAGE_REOPENED;
  }
  return feedback.sentiment() < 0 ||
         (feedback.has_rating() && rating_share(feedback.rating()).value_or(1) < 0.5);
}

// How much of an offer was not taken.
double refused_share(v1::OfferOutcome outcome) {
  switch (outcome) {
    case v1::OFFER_OUTCOME_DECLINED:
      return 1;
    case v1::OFFER_OUTCOME_EXPIRED:
      return 0.5;
    case v1::OFFER_OUTCOME_HESITATED:
      return 0.4;
    default:
      return 0;
  }
}

class Pricing final : public Operator {
 public:
  explicit Pricing(const Params& params)
      : params_(params),
        fading_(params.half_life_ms),
        end_{.window_ms = params.window_ms, .before = 0.5, .after = 1, .half_life_ms = 2 * params.window_ms} {
  }

  const google::protobuf::Message* slice_prototype() const override {
    return &PricingSlice::default_instance();
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    switch (event.body_case()) {
      case v1::Event::kPurchase:
        if (is_sale(event.purchase())) add_purchase(event, context);
        break;
      case v1::Event::kOffer:
        add_offer(event, context);
        break;
      case v1::Event::kProfile:
        add_profile(event, context);
        break;
      case v1::Event::kFeedback:
        if (is_price_trouble(event.feedback())) add_trouble(1, event, context);
        break;
      default:
        break;
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const PricingSlice* slice = context.slice.get<PricingSlice>();
    if (slice == nullptr) return;
    context.out.set(Measure::kEvidenceWeight, static_cast<double>(slice->count()));
    assess_promotions(*slice, context);
    if (slice->has_trial_end_ms()) assess_trial(*slice, context);
    assess_price(*slice, context);
    assess_offers(*slice, context);
  }

 private:
  void add_purchase(const v1::Event& event, ApplyContext& context) const {
    const v1::Purchase& purchase = event.purchase();
    if (purchase.promotions_size() > 0) add_promotions(event, context);
    if (purchase.converted_from_trial()) {
      PricingSlice& slice = context.slice.edit<PricingSlice>();
      slice.set_converted_ms(
          std::max(slice.has_converted_ms() ? slice.converted_ms() : kBeginning, context.event_ms));
    }
    if (purchase.list_price_minor_units() > 0) {
      PricingSlice& slice = context.slice.edit<PricingSlice>();
      const double paid = share(purchase.amount().minor_units(), purchase.list_price_minor_units());
      fading_.add(context.event_ms, kListed, 1, *slice.mutable_sums());
      fading_.add(context.event_ms, kPaid, paid, *slice.mutable_sums());
      if (keep_latest(event.event_id(), context, slice.mutable_last_priced()))
        slice.set_last_paid_milli(
            static_cast<std::uint32_t>(std::lround(1000 * std::clamp(paid, 0.0, kMostPaid))));
    }
    for (const v1::PurchaseItem& item : purchase.items()) {
      if (!item.has_amount_minor_units() || item.market_price_minor_units() <= 0) continue;
      PricingSlice& slice = context.slice.edit<PricingSlice>();
      fading_.add(context.event_ms, kMarketed, 1, *slice.mutable_sums());
      fading_.add(context.event_ms, kMarketPaid,
                  share(item.amount_minor_units(), item.market_price_minor_units()), *slice.mutable_sums());
    }
  }

  void add_promotions(const v1::Event& event, ApplyContext& context) const {
    PricingSlice& slice = context.slice.edit<PricingSlice>();
    bool promoted = false;
    for (const v1::Promotion& promotion : event.purchase().promotions()) {
      const bool timed = promotion.has_end_time();
      const TimeMs end_ms = timed ? TimeUtil::TimestampToMilliseconds(promotion.end_time()) : 0;
      if (promotion.kind() == v1::PROMOTION_KIND_TRIAL) {
        if (timed) set_trial_end(end_ms, event, context);
        continue;
      }
      promoted = true;
      if (!timed) continue;
      const auto known = std::make_pair(slice.scheme_end_ms(), std::string_view(slice.scheme()));
      if (slice.has_scheme_end_ms() && std::make_pair(end_ms, std::string_view(promotion.name())) <= known)
        continue;
      slice.set_scheme_end_ms(end_ms);
      slice.set_scheme(promotion.name().substr(0, kMaxNameBytes));
    }
    if (!promoted) return;
    slice.set_promoted(slice.promoted() + 1);
    keep_latest(event.event_id(), context, slice.mutable_last_promoted());
  }

  // The latest word counts: a trial may be made longer or cut short.
  static void set_trial_end(TimeMs end_ms, const v1::Event& event, ApplyContext& context) {
    PricingSlice& slice = context.slice.edit<PricingSlice>();
    if (keep_latest(event.event_id(), context, slice.mutable_trial())) slice.set_trial_end_ms(end_ms);
  }

  static void add_profile(const v1::Event& event, ApplyContext& context) {
    const v1::Profile& profile = event.profile();
    if (profile.trial().has_end_time())
      set_trial_end(TimeUtil::TimestampToMilliseconds(profile.trial().end_time()), event, context);
    if (profile.trial().converted()) {
      PricingSlice& slice = context.slice.edit<PricingSlice>();
      slice.set_converted_ms(
          std::max(slice.has_converted_ms() ? slice.converted_ms() : kBeginning, context.event_ms));
    }
    if (profile.has_acquired_by_promotion()) {
      PricingSlice& slice = context.slice.edit<PricingSlice>();
      if (slice.has_acquired_ms() && slice.acquired_ms() > context.event_ms) return;
      const bool same_time = slice.has_acquired_ms() && slice.acquired_ms() == context.event_ms;
      slice.set_acquired_by_promotion(profile.acquired_by_promotion() ||
                                      (same_time && slice.acquired_by_promotion()));
      slice.set_acquired_ms(context.event_ms);
    }
  }

  void add_trouble(double weight, const v1::Event& event, ApplyContext& context) const {
    PricingSlice& slice = context.slice.edit<PricingSlice>();
    slice.set_count(slice.count() + 1);
    fading_.add(context.event_ms, kTrouble, weight, *slice.mutable_sums());
    keep_latest(event.event_id(), context, slice.mutable_last_trouble());
  }

  void add_offer(const v1::Event& event, ApplyContext& context) const {
    const v1::Offer& offer = event.offer();
    const double refused = refused_share(offer.outcome());
    const bool taken = offer.outcome() == v1::OFFER_OUTCOME_TAKEN;
    if (refused <= 0 && !taken) return;
    PricingSlice& slice = context.slice.edit<PricingSlice>();
    slice.set_count(slice.count() + 1);
    fading_.add(context.event_ms, taken ? kTaken : kRefused, taken ? 1 : refused, *slice.mutable_sums());
    if (taken) return;
    keep_latest(event.event_id(), context, slice.mutable_last_refused());
    if (offer.reason() == kPrice) add_trouble(refused, event, context);
  }

  // Calls changes_at for an end.
  double felt(TimeMs end_ms, AssessContext& context) const {
    const DurationMs step_ms = deadline_step_ms(end_, end_ms - context.at_ms);
    if (step_ms != kNever) context.out.changes_at(context.at_ms + step_ms);
    return deadline_level(end_, end_ms - context.at_ms);
  }

  static std::string end_text(TimeMs end_ms, TimeMs at_ms) {
    return end_ms > at_ms ? fmt::format("ends in {}", days_text(days_of(end_ms - at_ms)))
                          : fmt::format("ended {} ago", days_text(days_of(at_ms - end_ms)));
  }

  void assess_promotions(const PricingSlice& slice, AssessContext& context) const {
    if (slice.promoted() == 0 && !slice.acquired_by_promotion()) return;
    const auto promoted = static_cast<double>(slice.promoted());
    const double purchases =
        std::max(promoted, find_measure(context.inputs, Measure::kPurchases).value_or(0));
    if (purchases > 0) context.out.set(Measure::kPromotionShare, promoted / purchases);
    const double dependence = promotion_dependence(promoted, purchases, slice.acquired_by_promotion());
    double level = 0.2;  // of whom price alone holds, another's price may take
    if (slice.has_scheme_end_ms()) {
      const TimeMs end_ms = slice.scheme_end_ms();
      const double silence = find_measure(context.inputs, Measure::kSilenceDays).value_or(0);
      const bool bought_since = silence < days_of(context.at_ms - end_ms);
      level += (bought_since ? kGotOver : 1) * felt(end_ms, context);
      if (end_ms > context.at_ms && end_ms - context.at_ms < end_.window_ms)
        context.out.raise(Flag::kPromotionEnding);
    }
    contribute(
        context, "promotion", std::min(params_.max_promotion, params_.max_promotion * dependence * level),
        [&] {
          std::string text = fmt::format("{} of {} bought on promotion", slice.promoted(),
                                         count_text(purchases, "purchase"));
          if (slice.acquired_by_promotion()) text += ", and was won by one";
          if (slice.has_scheme_end_ms()) {
            text += fmt::format("; the scheme {}{}", slice.scheme().empty() ? "" : slice.scheme() + " ",
                                end_text(slice.scheme_end_ms(), context.at_ms));
          }
          return text + ".";
        },
        {&slice.last_promoted()});
  }

  void assess_trial(const PricingSlice& slice, AssessContext& context) const {
    if (slice.has_converted_ms()) return;
    const double level = felt(slice.trial_end_ms(), context);
    if (level > 0 && slice.trial_end_ms() > context.at_ms) context.out.raise(Flag::kTrialEnding);
    contribute(context, "trial", params_.max_trial * level,
               [&] {
                 return fmt::format("The trial {} and has not become paid.",
                                    end_text(slice.trial_end_ms(), context.at_ms));
               },
               {&slice.trial()});
  }

  void assess_price(const PricingSlice& slice, AssessContext& context) const {
    const TimeMs at_ms = context.at_ms;
    double reason = 0.6 * fading_.at(at_ms, kTrouble, slice.sums());
    const double listed = fading_.at(at_ms, kListed, slice.sums());
    const double usual = listed > 0 ? fading_.at(at_ms, kPaid, slice.sums()) / listed : 0;
    const double last = 1e-3 * slice.last_paid_milli();
    double of_reference = 0;  // paid more than they are used to
    if (slice.has_last_priced() && listed > 0) {
      of_reference =
          reference_price_reason(usual, last) * fading_.left(at_ms - slice.last_priced().event_ms());
    }
    reason += of_reference;
    double premium = 0;
    const double marketed = fading_.at(at_ms, kMarketed, slice.sums());
    if (marketed > 0) {
      premium = fading_.at(at_ms, kMarketPaid, slice.sums()) / marketed - 1;
      context.out.set(Measure::kPremium, premium);
    }
    const auto satisfaction = find_measure(context.inputs, Measure::kSatisfaction);
    const double of_premium =
        satisfaction.has_value() ? premium_points(premium, *satisfaction) * std::min(1.0, marketed) : 0;
    const double points =
        bounded_points(reason + std::max(0.0, of_premium), params_.max_price) + std::min(0.0, of_premium);
    note_fading(fading_, points, context);
    contribute(context, "price", points,
               [&] {
                 if (points < 0)
                   return fmt::format("Pays {:.0f} % more than elsewhere and is satisfied.", 100 * premium);
                 std::string text = "The price is in question";
                 if (slice.has_last_trouble()) {
                   text += fmt::format(": trouble with it, the last {} ago",
                                       days_text(days_of(at_ms - slice.last_trouble().event_ms())));
                 }
                 if (of_reference >= kNegligiblePoints) {
                   text += fmt::format("{} paid {:.0f} % of the list price last time, {:.0f} % is usual",
                                       slice.has_last_trouble() ? ";" : ":", 100 * last, 100 * usual);
                 }
                 if (premium > 0.02)
                   text += fmt::format("; pays {:.0f} % more than elsewhere", 100 * premium);
                 return text + ".";
               },
               {points > 0 ? &slice.last_trouble() : nullptr, points > 0 ? &slice.last_priced() : nullptr});
  }

  void assess_offers(const PricingSlice& slice, AssessContext& context) const {
    const double open =
        fading_.at(context.at_ms, kRefused, slice.sums()) - fading_.at(context.at_ms, kTaken, slice.sums());
    const double points = bounded_points(0.3 * open, params_.max_offers);
    note_fading(fading_, points, context);
    contribute(context, "offer_declined", points,
               [&] {
                 return fmt::format("Did not take what was offered, the last time {} ago.",
                                    days_text(days_of(context.at_ms - slice.last_refused().event_ms())));
               },
               {&slice.last_refused()});
  }

  Params params_;
  Fading fading_;
  Deadline end_;
};

}  // namespace

std::unique_ptr<Operator> make_pricing(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.window_ms = reader.duration("window", params.window_ms, kDayMs, 365 * kDayMs);
  params.max_promotion = reader.number("max_promotion", params.max_promotion, 0.01, 5);
  params.max_trial = reader.number("max_trial", params.max_trial, 0.01, 5);
  params.max_price = reader.number("max_price", params.max_price, 0.01, 5);
  params.max_offers = reader.number("max_offers", params.max_offers, 0.01, 5);
  reader.finish();
  return std::make_unique<Pricing>(params);
}

}  // namespace ebb
