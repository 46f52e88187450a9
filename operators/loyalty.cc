// loyalty: why a customer stays who may not be satisfied, and where they stand.
//
// Barriers (the latest profile's): while they stand they hold back (`captive`, down to -max_held), those who
// are unhappy or have reasons to leave most; an end that nears or has come sets free (`barrier_ending`, up to
// max_released): it rises from `barrier_window` before the end, and at the end what held falls away. A
// barrier that had ended when it was told holds nobody and frees nobody. models/loyalty.h has the formulas.
// Engagement: recent (30 days' half-life) against usual (180), once there is enough of it; unsubscribing;
// points earned and hardly redeemed. Contributes `engagement`. Unmet needs and suggestions that nobody took
// up contribute `unmet_need`. Season: a customer who buys at certain times of the year isn't missed at
// others; needs 4 purchases and 400 days. Contributes `season`. Circumstance: purchases for an occasion or
// under constraint are weaker evidence of loyalty. Contributes `circumstance`. Quadrant, once there is
// evidence of satisfaction: loyal, captive, buying around, leaving (after Dick & Basu 1994): flags.
//
// Order of arrival plays no part. Feed it by `value`, `satisfaction`, `breadth` and
// whatever else knows of reasons to leave.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include "config/node.h"
#include "ebb/state/v1/loyalty_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/models/loyalty.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;
using state::v1::LoyaltySlice;
using state::v1::Tie;

constexpr int kMaxTies = 8;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::string_view kNoFit = "no_fit";  // as an offer's reason
constexpr double kNoFitNeed = 0.5;             // as important as a need that is told without importance
constexpr float kUsualStrength = 0.5F;
constexpr double kSatisfied = 0.6;
constexpr double kUnhappy = 0.5;
constexpr double kTied = 0.3;
constexpr double kReasonsOfUnhappy =
    1.2;  // log-odds that the inputs contribute to somebody as unhappy as can be
constexpr DurationMs kRecentMs = 30 * kDayMs;
constexpr DurationMs kUsualMs = 180 * kDayMs;
constexpr double kEnoughEngagement = 3;
constexpr double kGone = 0.05;      // of the usual engagement: less than that makes no difference
constexpr double kMaxCount = 1000;  // of one event's engagement
constexpr double kSeasonPurchases = 4;
constexpr double kSeasonDays = 400;
constexpr int kSeasonBits = 5;
constexpr std::uint64_t kSeasonMax = (1u << kSeasonBits) - 1;

// Places in the sums.
enum { kEngaged, kEarned, kRedeemed };
enum { kUnmet, kSuggested, kFree, kForced };

struct Params {
  DurationMs half_life_ms = 120 * kDayMs;
  DurationMs barrier_window_ms = 150 * kDayMs;
  double max_held = 1;
  double max_released = 2.4;
  double max_engagement = 0.9;
  double max_unmet = 0.9;
  double max_circumstance = 0.4;
};

std::string_view tie_word(int kind) {
  switch (kind) {
    case v1::BARRIER_KIND_CONTRACT:
      return "a contract";
    case v1::BARRIER_KIND_POINTS:
      return "points or status";
    case v1::BARRIER_KIND_STRUCTURAL:
      return "systems and equipment";
    case v1::BARRIER_KIND_HABIT:
      return "habit";
    case v1::BARRIER_KIND_NO_ALTERNATIVE:
      return "no alternative within reach";
    case v1::BARRIER_KIND_PERSONAL:
      return "personal ties";
    default:
      return "a barrier";
  }
}

std::array<int, kTwelfths> season_counts(std::uint64_t packed) {
  std::array<int, kTwelfths> counts{};
  for (int& count : counts) {
    count = static_cast<int>(packed & kSeasonMax);
    packed >>= kSeasonBits;
  }
  return counts;
}

// What the barriers say at one time.
struct Hold {
  double strength = 0;
  double holding = 0;              // the same, where a barrier's end that nears has let go already
  const Tie* strongest = nullptr;  // of those that stand
  double lapsed = 0;
  const Tie* felt = nullptr;        // whose end is felt most
  bool endless = false;             // some stand without an end
  TimeMs last_end_ms = kBeginning;  // of those that stand
};

class Loyalty final : public Operator {
 public:
  explicit Loyalty(const Params& params)
      : params_(params),
        fading_(params.half_life_ms),
        recent_(kRecentMs),
        usual_(kUsualMs),
        end_{.window_ms = params.barrier_window_ms,
             .before = 0.8,
             .after = 1,
             .half_life_ms = params.barrier_window_ms} {}

  const google::protobuf::Message* slice_prototype() const override {
    return &LoyaltySlice::default_instance();
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    switch (event.body_case()) {
      case v1::Event::kPurchase:
        add_purchase(event.purchase(), context);
        break;
      case v1::Event::kFeedback:
        add_feedback(event, context);
        break;
      case v1::Event::kProfile:
        add_profile(event, context);
        break;
      case v1::Event::kOffer:
        if (event.offer().outcome() == v1::OFFER_OUTCOME_DECLINED && event.offer().reason() == kNoFit)
          add_need(kUnmet, kNoFitNeed, event.offer().category(), event, context);
        break;
      default:
        break;
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const LoyaltySlice* slice = context.slice.get<LoyaltySlice>();
    const auto satisfaction = find_measure(context.inputs, Measure::kSatisfaction);
    if (slice == nullptr && !satisfaction.has_value()) return;
    if (slice == nullptr) slice = &LoyaltySlice::default_instance();
    if (slice->count() > 0) context.out.set(Measure::kEvidenceWeight, static_cast<double>(slice->count()));
    if (slice->non_paying()) context.out.raise(Flag::kNonPaying);
    const Hold hold = slice->ties_size() > 0 ? assess_ties(*slice, satisfaction, context) : Hold();
    if (satisfaction.has_value()) assess_quadrant(*satisfaction, hold.strength, context);
    if (slice->has_usual() || slice->has_disengaged()) assess_engagement(*slice, context);
    if (slice->has_sums()) assess_needs(*slice, context);
    if (slice->seasons() != 0) assess_season(*slice, context);
    if (slice->has_sums()) assess_circumstances(*slice, context);
  }

 private:
  void add_purchase(const v1::Purchase& purchase, ApplyContext& context) const {
    if (purchase.kind() == v1::PURCHASE_KIND_RETURN || purchase.kind() == v1::PURCHASE_KIND_CANCELLATION)
      return;
    LoyaltySlice& slice = context.slice.edit<LoyaltySlice>();
    const int shift = kSeasonBits * twelfth_of(context.event_ms);
    if ((slice.seasons() >> shift & kSeasonMax) < kSeasonMax)
      slice.set_seasons(slice.seasons() + (std::uint64_t{1} << shift));
    if (purchase.circumstance() == v1::CIRCUMSTANCE_UNSPECIFIED) return;
    const bool is_free = purchase.circumstance() == v1::CIRCUMSTANCE_FREE_CHOICE;
    fading_.add(context.event_ms, is_free ? kFree : kForced, 1, *slice.mutable_sums());
  }

  void add_feedback(const v1::Event& event, ApplyContext& context) const {
    const v1::Feedback& feedback = event.feedback();
    switch (feedback.detail_case()) {
      case v1::Feedback::kEngagement:
        return add_engagement(event, context);
      case v1::Feedback::kPoints:
        return add_points(feedback.points(), context);
      case v1::Feedback::kUnmetNeed: {
        const v1::UnmetNeed& need = feedback.unmet_need();
        return add_need(kUnmet, need.has_importance() ? need.importance() : 0.5, need.need(), event, context);
      }
      case v1::Feedback::kSuggestion:
        if (feedback.suggestion().taken_up()) return;
        return add_need(kSuggested, 1, feedback.suggestion().subject(), event, context);
      default:
        return;
    }
  }

  void add_engagement(const v1::Event& event, ApplyContext& context) const {
    const v1::Engagement& engagement = event.feedback().engagement();
    LoyaltySlice& slice = context.slice.edit<LoyaltySlice>();
    slice.set_count(slice.count() + 1);
    if (engagement.kind() == v1::ENGAGEMENT_KIND_DISENGAGED) {
      keep_latest(event.event_id(), context, slice.mutable_disengaged());
      return;
    }
    const double count =
        engagement.has_count() ? std::min(kMaxCount, static_cast<double>(engagement.count())) : 1;
    recent_.add(context.event_ms, kEngaged, count, *slice.mutable_engagement());
    usual_.add(context.event_ms, kEngaged, count, *slice.mutable_usual());
  }

  void add_points(const v1::Points& points, ApplyContext& context) const {
    LoyaltySlice& slice = context.slice.edit<LoyaltySlice>();
    if (points.earned() > 0) usual_.add(context.event_ms, kEarned, points.earned(), *slice.mutable_usual());
    if (points.redeemed() > 0)
      usual_.add(context.event_ms, kRedeemed, points.redeemed(), *slice.mutable_usual());
  }

  void add_need(int place, double weight, const std::string& name, const v1::Event& event,
                ApplyContext& context) const {
    LoyaltySlice& slice = context.slice.edit<LoyaltySlice>();
    slice.set_count(slice.count() + 1);
    fading_.add(context.event_ms, place, weight, *slice.mutable_sums());
    if (!keep_latest(event.event_id(), context, slice.mutable_told())) return;
    slice.mutable_last_need()->set_name(name.substr(0, kMaxNameBytes));
    slice.mutable_last_need()->set_suggestion(place == kSuggested);
  }

  static void add_profile(const v1::Event& event, ApplyContext& context) {
    const v1::Profile& profile = event.profile();
    if (profile.barriers_size() > 0 || profile.barriers_cleared()) keep_ties(event, context);
    if (profile.has_non_paying()) {
      LoyaltySlice& slice = context.slice.edit<LoyaltySlice>();
      if (slice.has_non_paying_ms() && slice.non_paying_ms() > context.event_ms) return;
      const bool same_time = slice.has_non_paying_ms() && slice.non_paying_ms() == context.event_ms;
      slice.set_non_paying(profile.non_paying() || (same_time && slice.non_paying()));
      slice.set_non_paying_ms(context.event_ms);
    }
  }

  static void keep_ties(const v1::Event& event, ApplyContext& context) {
    LoyaltySlice& slice = context.slice.edit<LoyaltySlice>();
    if (!keep_latest(event.event_id(), context, slice.mutable_tied())) return;
    slice.clear_ties();
    for (const v1::Barrier& barrier : event.profile().barriers()) {
      Tie tie;
      tie.set_kind(barrier.kind());
      tie.set_strength(barrier.has_strength() ? static_cast<float>(barrier.strength()) : kUsualStrength);
      if (barrier.has_end_time()) tie.set_end_ms(TimeUtil::TimestampToMilliseconds(barrier.end_time()));
      if (tie.has_end_ms() && tie.end_ms() <= context.event_ms) continue;
      *slice.add_ties() = tie;
    }
    std::stable_sort(
        slice.mutable_ties()->begin(), slice.mutable_ties()->end(), [](const Tie& a, const Tie& b) {
          return std::make_tuple(-a.strength(), a.kind()) < std::make_tuple(-b.strength(), b.kind());
        });
    while (slice.ties_size() > kMaxTies) slice.mutable_ties()->RemoveLast();
  }

  Hold hold_of(const LoyaltySlice& slice, AssessContext& context) const {
    Hold out;
    for (const Tie& tie : slice.ties()) {
      const auto strength = static_cast<double>(tie.strength());
      const bool stands = !tie.has_end_ms() || context.at_ms < tie.end_ms();
      if (stands && strength > out.strength) {
        out.strength = strength;
        out.strongest = &tie;
      }
      if (!tie.has_end_ms()) {
        out.endless = true;
        out.holding = std::max(out.holding, strength);
        continue;
      }
      const DurationMs until_ms = tie.end_ms() - context.at_ms;
      if (stands) {
        out.last_end_ms = std::max(out.last_end_ms, tie.end_ms());
        out.holding =
            std::max(out.holding, strength * std::min(1.0, days_of(until_ms) / days_of(end_.window_ms)));
      }
      const DurationMs step_ms = deadline_step_ms(end_, until_ms);
      if (step_ms != kNever) context.out.changes_at(context.at_ms + step_ms);
      const double lapsed = strength * deadline_level(end_, until_ms);
      if (lapsed > out.lapsed) {
        out.lapsed = lapsed;
        out.felt = &tie;
      }
    }
    return out;
  }

  // Who has reasons to leave is unhappy, whatever they answered.
  static double unhappiness_of(std::optional<double> satisfaction, const AssessContext& context) {
    double reasons = 0;
    for (const Signals* input : context.inputs) {
      for (const Contribution& c : input->contributions()) reasons += std::max(0.0, c.points);
    }
    return std::max(unhappiness(satisfaction), std::min(1.0, reasons / kReasonsOfUnhappy));
  }

  Hold assess_ties(const LoyaltySlice& slice, std::optional<double> satisfaction,
                   AssessContext& context) const {
    const Hold hold = hold_of(slice, context);
    if (hold.strength > 0) context.out.set(Measure::kBarrierStrength, hold.strength);
    if (!hold.endless && hold.last_end_ms > context.at_ms)
      context.out.set(Measure::kBarrierEndDays, days_of(hold.last_end_ms - context.at_ms));
    if (hold.felt != nullptr && hold.felt->end_ms() > context.at_ms) context.out.raise(Flag::kBarrierEnding);
    const Captivity c = captivity(hold.holding, hold.lapsed, unhappiness_of(satisfaction, context),
                                  params_.max_held, params_.max_released);
    contribute(context, "captive", c.held,
               [&] {
                 std::string text = fmt::format("Held by {}", tie_word(hold.strongest->kind()));
                 if (hold.strongest->has_end_ms()) {
                   text += fmt::format(" that ends in {}",
                                       days_text(days_of(hold.strongest->end_ms() - context.at_ms)));
                 }
                 return text + (satisfaction.value_or(1) < kUnhappy ? ", not by satisfaction." : ".");
               },
               {&slice.tied()});
    contribute(context, "barrier_ending", c.released,
               [&] {
                 const DurationMs until_ms = hold.felt->end_ms() - context.at_ms;
                 return until_ms > 0
                            ? fmt::format("What holds them ({}) ends in {}.", tie_word(hold.felt->kind()),
                                          days_text(days_of(until_ms)))
                            : fmt::format("What held them ({}) ended {} ago: free to leave.",
                                          tie_word(hold.felt->kind()), days_text(days_of(-until_ms)));
               },
               {&slice.tied()});
    return hold;
  }

  static void assess_quadrant(double satisfaction, double strength, AssessContext& context) {
    const double share = find_measure(context.inputs, Measure::kNeedShare).value_or(1);
    bool elsewhere = share < 0.5;
    for (const Signals* input : context.inputs) {
      for (const Contribution& c : input->contributions()) {
        elsewhere = elsewhere || (c.name == "substitution" && c.points >= kNoticeablePoints);
      }
    }
    if (satisfaction < kUnhappy) {
      context.out.raise(strength >= kTied ? Flag::kCaptive : Flag::kLeaving);
    } else if (elsewhere) {
      context.out.raise(Flag::kBuyingAround);
    } else if (satisfaction >= kSatisfied) {
      context.out.raise(Flag::kLoyal);
    }
  }

  void assess_engagement(const LoyaltySlice& slice, AssessContext& context) const {
    const TimeMs at_ms = context.at_ms;
    const double usual = usual_.at(at_ms, kEngaged, slice.usual());
    double points = 0;
    double ratio = 1;
    if (usual >= kEnoughEngagement) {
      // Sums of a steady stream are rate x half-life / ln 2.
      const double recent = recent_.at(at_ms, kEngaged, slice.engagement()) / static_cast<double>(kRecentMs);
      ratio = recent / (usual / static_cast<double>(kUsualMs));
      context.out.set(Measure::kEngagement, ratio);
      points = engagement_points(ratio, 1);
      if (ratio > kGone) context.out.changes_at(at_ms + kRecentMs / 2);
    }
    const bool turned_off = is_remembered(slice.disengaged());
    const double of_ratio = points;
    if (turned_off) {
      const double off = 0.6 * fading_.left(at_ms - slice.disengaged().event_ms());
      points += off;
      note_fading(fading_, off, context);
    }
    const double earned = usual_.at(at_ms, kEarned, slice.usual());
    const bool unredeemed = earned > 0 && usual_.at(at_ms, kRedeemed, slice.usual()) < 0.1 * earned &&
                            find_measure(context.inputs, Measure::kPurchases).value_or(0) >= 3;
    if (unredeemed) {
      context.out.raise(Flag::kPointsUnredeemed);
      points += 0.1;
    }
    contribute(context, "engagement", std::min(points, params_.max_engagement),
               [&] {
                 if (points < 0)
                   return ratio < 0.9
                              ? fmt::format("Still engages, {} of what is usual.", percent_text(ratio))
                              : std::string("Engages as much as usual, or more.");
                 const std::string down = percent_text(ratio) + " of what is usual";
                 if (turned_off) {
                   return fmt::format("Turned us off or unsubscribed {} ago{}.",
                                      days_text(days_of(at_ms - slice.disengaged().event_ms())),
                                      of_ratio > 0 ? "; engagement is down to " + down : "");
                 }
                 if (of_ratio > 0) return fmt::format("Engagement is down to {}.", down);
                 return std::string("Earns points and hardly redeems any: the scheme may be too complex.");
               },
               {&slice.disengaged()});
  }

  void assess_needs(const LoyaltySlice& slice, AssessContext& context) const {
    const double reason = fading_.at(context.at_ms, kUnmet, slice.sums()) +
                          0.15 * fading_.at(context.at_ms, kSuggested, slice.sums());
    const double points = bounded_points(reason, params_.max_unmet);
    note_fading(fading_, points, context);
    contribute(context, "unmet_need", points,
               [&] {
                 return fmt::format("{}{}, told {} ago.",
                                    slice.last_need().suggestion() ? "Suggested what nobody has taken up"
                                                                   : "Needs what is not there",
                                    slice.last_need().name().empty() ? "" : ": " + slice.last_need().name(),
                                    days_text(days_of(context.at_ms - slice.told().event_ms())));
               },
               {&slice.told()});
  }

  static void assess_season(const LoyaltySlice& slice, AssessContext& context) {
    const double tenure = find_measure(context.inputs, Measure::kTenureDays).value_or(0);
    const double purchases = find_measure(context.inputs, Measure::kPurchases).value_or(0);
    const auto silence = find_measure(context.inputs, Measure::kSilenceDays);
    const auto gap = find_measure(context.inputs, Measure::kGapDays);
    if (tenure < kSeasonDays || purchases < kSeasonPurchases || !silence || !gap) return;
    const double seasonal = seasonal_silence_days(season_counts(slice.seasons()), context.at_ms, *silence);
    const double points = season_points(1, *gap, *silence, seasonal);
    if (std::abs(points) > kNegligiblePoints) context.out.changes_at(next_twelfth_ms(context.at_ms));
    contribute(context, "season", points,
               [&] {
                 return std::string(points < 0 ? "Buys at other times of the year: not missed yet."
                                               : "This is the time of the year when they usually buy.");
               },
               {});
  }

  void assess_circumstances(const LoyaltySlice& slice, AssessContext& context) const {
    const double forced = fading_.at(context.at_ms, kForced, slice.sums());
    const double all = forced + fading_.at(context.at_ms, kFree, slice.sums());
    const double points = params_.max_circumstance * forced / (all + 1);
    note_fading(fading_, points, context);
    contribute(context, "circumstance", points,
               [&] {
                 return fmt::format("{} of the recent purchases were for an occasion or without a choice.",
                                    percent_text(all > 0 ? forced / all : 0));
               },
               {});
  }

  Params params_;
  Fading fading_, recent_, usual_;
  Deadline end_;
};

}  // namespace

std::unique_ptr<Operator> make_loyalty(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.barrier_window_ms =
      reader.duration("barrier_window", params.barrier_window_ms, kDayMs, 730 * kDayMs);
  params.max_held = reader.number("max_held", params.max_held, 0, 5);
  params.max_released = reader.number("max_released", params.max_released, 0.01, 5);
  params.max_engagement = reader.number("max_engagement", params.max_engagement, 0.01, 5);
  params.max_unmet = reader.number("max_unmet", params.max_unmet, 0.01, 5);
  params.max_circumstance = reader.number("max_circumstance", params.max_circumstance, 0, 5);
  reader.finish();
  return std::make_unique<Loyalty>(params);
}

}  // namespace ebb
