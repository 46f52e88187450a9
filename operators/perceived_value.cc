// perceived_value: what it is worth to the customer, against what it costs them and against alternatives.
//
// Net value: believed worth less believed cost, both in money, of the latest survey that gives both (a survey
// that lists benefits and costs in money or time instead is summed up, an hour being worth `hour_value`).
// Where nothing is known in money: benefits rated by kind against costs rated by kind, with transaction costs
// that weigh differently early and late. Contributes `net_value`.
// Alternatives: the best competitor's net value by the latest survey that gives it, else the config's: that
// of the customer's segment in `alternative_by`, else `alternative_net`; what the customer said of
// competitors, purchases there counting most; being asked to pay more than one would. Contributes
// `competitor`. Quality is not value: good quality at a poor value contributes `quality_without_value`.
//
// Statements lose half of their weight each `half_life`. Formulas: models/perceived_value.h. Order of arrival
// plays no part. Feed it by `value` too: the tenure. An event with an amount in a currency without a rate is
// refused.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/perceived_value_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/answers.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/models/perceived_value.h"
#include "operators/models/points.h"
#include "operators/money.h"
#include "operators/profile_value.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using state::v1::BelievedValue;
using state::v1::PerceivedValueSlice;

constexpr std::size_t kMaxNameBytes = 64;

// Places in the sums, see the slice; of what was rated, the first of two.
enum { kQuality, kMentions = 2, kBought, kBetter };
constexpr int kBenefitKinds = v1::BenefitKind_MAX + 1;
constexpr int kCostKinds = v1::CostKind_MAX + 1;
constexpr int kStarting = kBenefitKinds + kCostKinds;
constexpr int kWatching = kStarting + 1;
int place_of_kind(int kind) {
  return 2 * kind;
}
constexpr std::string_view kCompetitor = "competitor";  // as an offer's reason

struct Params {
  DurationMs half_life_ms = 365 * kDayMs;
  std::int64_t hour_value_minor = 1500;
  std::optional<double> alternative_net_minor;
  std::string segment;  // key whose value chooses the alternative
  std::map<std::string, double, std::less<>> alternative_by;
  double max_net_value = 1.2;
  double max_competitor = 1.2;
  double max_quality = 0.5;
};

// What one survey says in money.
struct Believed {
  std::optional<std::int64_t> worth_minor, cost_minor;
};

class PerceivedValue final : public Operator {
 public:
  PerceivedValue(const Params& params, const MoneyConfig& money)
      : params_(params), fading_(params.half_life_ms), exchange_(money) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &PerceivedValueSlice::default_instance();
  }

  std::optional<Refusal> refuse(const v1::Event& event) const override {
    std::optional<Refusal> refusal;
    const auto check = [&](bool there, const v1::Money& money, std::string_view path) {
      if (there && !refusal.has_value() && !exchange_.knows(money.currency_code()))
        refusal = exchange_.refusal(path);
    };
    if (!event.has_survey()) return refusal;
    const v1::Survey& s = event.survey();
    check(s.has_believed_worth(), s.believed_worth(), "survey.believed_worth");
    check(s.has_believed_cost(), s.believed_cost(), "survey.believed_cost");
    check(s.has_competitor_worth(), s.competitor_worth(), "survey.competitor_worth");
    check(s.has_competitor_cost(), s.competitor_cost(), "survey.competitor_cost");
    check(s.has_willing_to_pay(), s.willing_to_pay(), "survey.willing_to_pay");
    for (const v1::Benefit& benefit : s.benefits())
      check(benefit.has_money(), benefit.money(), "survey.benefits.money");
    for (const v1::PerceivedCost& cost : s.costs())
      check(cost.has_money(), cost.money(), "survey.costs.money");
    return refusal;
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    if (event.has_survey() && (event.survey().status() == v1::SURVEY_STATUS_ANSWERED ||
                               event.survey().status() == v1::SURVEY_STATUS_UNSPECIFIED)) {
      add_survey(event, context);
    }
    if (event.feedback().has_competitor()) add_mention(event, context);
    if (event.has_profile() && !params_.segment.empty()) note_segment(event.profile(), context);
    if (lost_to_competitor(event.offer())) add_lost_offer(event, context);
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const PerceivedValueSlice* slice = context.slice.get<PerceivedValueSlice>();
    if (slice == nullptr) return;
    context.out.set(Measure::kEvidenceWeight, static_cast<double>(slice->count()));
    const double net_share = assess_net(*slice, context);
    assess_quality(*slice, net_share, context);
    assess_competitor(*slice, context);
  }

 private:
  std::int64_t time_minor(std::int64_t ms) const {
    return std::llround(static_cast<double>(ms) / static_cast<double>(kHourMs) *
                        static_cast<double>(params_.hour_value_minor));
  }

  // Sum of what stands there in money or time; nullopt if nothing does.
  template <typename Parts>
  std::optional<std::int64_t> sum_of(const Parts& parts) const {
    std::optional<std::int64_t> out;
    for (const auto& part : parts) {
      if (part.has_money()) out = add_minor(out.value_or(0), exchange_.to_reporting(part.money()));
      if (part.has_duration_ms()) out = add_minor(out.value_or(0), time_minor(part.duration_ms()));
    }
    return out;
  }

  Believed believed_of(const v1::Survey& survey) const {
    Believed out;
    out.worth_minor = survey.has_believed_worth() ? exchange_.to_reporting(survey.believed_worth())
                                                  : sum_of(survey.benefits());
    out.cost_minor =
        survey.has_believed_cost() ? exchange_.to_reporting(survey.believed_cost()) : sum_of(survey.costs());
    return out;
  }

  void add_survey(const v1::Event& event, ApplyContext& context) const {
    const v1::Survey& survey = event.survey();
    bool spoke = false;
    const auto slice = [&]() -> PerceivedValueSlice& {
      spoke = true;
      return context.slice.edit<PerceivedValueSlice>();
    };
    const auto keep = [&](const Believed& believed, bool known, BelievedValue& value) {
      const bool is_news = rests_on(
          event, context, slice(), known, [&] { return value.mutable_event(); },
          [&] { value.clear_event(); });
      if (!is_news) return;
      value.set_worth_minor(*believed.worth_minor);
      value.set_cost_minor(*believed.cost_minor);
    };
    const Believed own = believed_of(survey);
    const bool gives_own = own.worth_minor && own.cost_minor;
    const bool gives_alternative = survey.has_competitor_worth() && survey.has_competitor_cost();
    const bool rates_quality = survey.has_quality() && rating_share(survey.quality()).has_value();
    if (gives_own || gives_alternative || rates_quality || survey.has_willing_to_pay())
      note_survey(event, context, slice());
    if (gives_own) keep(own, slice().has_own(), *slice().mutable_own());
    if (gives_alternative) {
      keep({exchange_.to_reporting(survey.competitor_worth()),
            exchange_.to_reporting(survey.competitor_cost())},
           slice().has_alternative(), *slice().mutable_alternative());
    }
    if (survey.has_willing_to_pay() &&
        rests_on(
            event, context, slice(), slice().has_willing_minor(), [&] { return slice().mutable_willing(); },
            [&] { slice().clear_willing(); })) {
      slice().set_willing_minor(exchange_.to_reporting(survey.willing_to_pay()));
    }
    if (rates_quality) {
      rests_on(
          event, context, slice(), is_rated(slice()), [&] { return slice().mutable_rated(); },
          [&] { slice().clear_rated(); });
      add_rating(*rating_share(survey.quality()), kQuality, context, *slice().mutable_sums());
    }
    for (const v1::Benefit& benefit : survey.benefits()) {
      if (!benefit.has_rating() || !rating_share(benefit.rating())) continue;
      add_rating(*rating_share(benefit.rating()), place_of_kind(benefit.kind()), context,
                 *slice().mutable_ratings());
    }
    for (const v1::PerceivedCost& cost : survey.costs()) {
      if (!cost.has_rating() || !rating_share(cost.rating())) continue;
      // A rating's good end is a light burden where low is better, and its high end a heavy one otherwise.
      const double share = *rating_share(cost.rating());
      const double burden = cost.rating().lower_is_better() ? 1 - share : share;
      add_rating(burden, place_of_kind(kind_of(cost)), context, *slice().mutable_ratings());
    }
    // Answers are counted by satisfaction.
    if (spoke && answers_of(event).weight <= 0) slice().set_count(slice().count() + 1);
  }

  static bool is_rated(const PerceivedValueSlice& slice) { return sum_at(kQuality, slice.sums()) > 0; }

  // The event behind a statement: the one that it names, else the latest survey.
  static const state::v1::EvidenceItem& event_of(const state::v1::EvidenceItem& named,
                                                 const PerceivedValueSlice& slice) {
    return is_remembered(named) ? named : slice.survey();
  }

  // A survey mostly states all at once, so that one event stands for several statements. Those that the
  // latest one was behind name it when a later one comes.
  static void note_survey(const v1::Event& event, const ApplyContext& context, PerceivedValueSlice& slice) {
    const state::v1::EvidenceItem before = slice.survey();
    if (!keep_latest(event.event_id(), context, slice.mutable_survey()) || !is_remembered(before)) return;
    if (slice.has_own() && !slice.own().has_event()) *slice.mutable_own()->mutable_event() = before;
    if (slice.has_alternative() && !slice.alternative().has_event())
      *slice.mutable_alternative()->mutable_event() = before;
    if (slice.has_willing_minor() && !slice.has_willing()) *slice.mutable_willing() = before;
    if (is_rated(slice) && !slice.has_rated()) *slice.mutable_rated() = before;
  }

  // Whether a statement is the latest of its kind; then this event is behind it. After note_survey.
  template <typename Name, typename Unname>
  static bool rests_on(const v1::Event& event, const ApplyContext& context, const PerceivedValueSlice& slice,
                       bool known, const Name& named, const Unname& unname) {
    const bool is_latest =
        slice.survey().event_ms() == context.event_ms && event_id_of(slice.survey()) == event.event_id();
    if (is_latest) {
      unname();
      return true;
    }
    if (known && !is_remembered(*named())) {  // it rests on the latest survey
      unname();
      return false;
    }
    return keep_latest(event.event_id(), context, named());
  }

  static int kind_of(const v1::PerceivedCost& cost) {
    switch (cost.transaction()) {
      case v1::TRANSACTION_COST_UNSPECIFIED:
        return kBenefitKinds + cost.kind();
      case v1::TRANSACTION_COST_MONITORING:
        return kWatching;
      default:
        return kStarting;
    }
  }

  void add_rating(double value, int place, const ApplyContext& context, state::v1::FadedSums& sums) const {
    fading_.add(context.event_ms, place, 1, sums);
    fading_.add(context.event_ms, place + 1, value, sums);
  }

  static bool lost_to_competitor(const v1::Offer& offer) {
    return offer.outcome() == v1::OFFER_OUTCOME_DECLINED && offer.reason() == kCompetitor;
  }

  void add_lost_offer(const v1::Event& event, ApplyContext& context) const {
    PerceivedValueSlice& slice = context.slice.edit<PerceivedValueSlice>();
    slice.set_count(slice.count() + 1);
    fading_.add(context.event_ms, kMentions, 1, *slice.mutable_sums());
    fading_.add(context.event_ms, kBetter, 1, *slice.mutable_sums());
    if (keep_latest(event.event_id(), context, slice.mutable_mention())) slice.clear_competitor();
  }

  void add_mention(const v1::Event& event, ApplyContext& context) const {
    const v1::CompetitorMention& mention = event.feedback().competitor();
    PerceivedValueSlice& slice = context.slice.edit<PerceivedValueSlice>();
    slice.set_count(slice.count() + 1);
    const auto add = [&](int place) { fading_.add(context.event_ms, place, 1, *slice.mutable_sums()); };
    add(kMentions);
    if (mention.bought()) add(kBought);
    if (mention.has_price() || !mention.dimension().empty()) add(kBetter);
    if (keep_latest(event.event_id(), context, slice.mutable_mention()))
      slice.set_competitor(mention.name().substr(0, kMaxNameBytes));
  }

  // Mean over kinds of the mean rating of each; nullopt if none was rated.
  std::optional<double> mean_rating(const PerceivedValueSlice& slice, int from, int to) const {
    double sum = 0;
    int kinds = 0;
    for (int kind = from; kind < to; ++kind) {
      const auto mean = rating_of(slice.ratings(), place_of_kind(kind));
      if (!mean) continue;
      sum += *mean;
      ++kinds;
    }
    if (kinds == 0) return std::nullopt;
    return sum / kinds;
  }

  // The fading cancels out.
  static std::optional<double> rating_of(const state::v1::FadedSums& sums, int place) {
    const double weight = sum_at(place, sums);
    if (weight <= 0) return std::nullopt;
    return sum_at(place + 1, sums) / weight;
  }

  // Ratings alone: benefits, and the burden with transaction costs by their weight now.
  std::optional<double> rated_reason(const PerceivedValueSlice& slice, double tenure, double* net) const {
    const auto benefits = mean_rating(slice, 0, kBenefitKinds);
    double sum = 0, weight = 0;
    const auto add = [&](std::optional<double> burden, double w) {
      if (!burden) return;
      sum += w * *burden;
      weight += w;
    };
    add(mean_rating(slice, kBenefitKinds, kStarting), 1);
    add(rating_of(slice.ratings(), place_of_kind(kStarting)), beginning_weight(tenure));
    add(rating_of(slice.ratings(), place_of_kind(kWatching)), watching_weight(tenure));
    if (!benefits || weight <= 0) return std::nullopt;
    *net = *benefits - sum / weight;
    return rated_value_reason(*benefits, sum / weight);
  }

  double capped(double reason, double max) const { return reason < 0 ? reason : bounded_points(reason, max); }

  // Returns net / costs, or its like from ratings; 1 if nothing is known.
  double assess_net(const PerceivedValueSlice& slice, AssessContext& context) const {
    const TimeMs at_ms = context.at_ms;
    if (slice.has_own()) {
      const auto worth = static_cast<double>(slice.own().worth_minor());
      const auto cost = static_cast<double>(slice.own().cost_minor());
      const NetValue value = net_value(worth, cost);
      context.out.set(Measure::kNetValueMinor, value.net);
      context.out.set(Measure::kNetValueRatio, value.ratio);
      if (value.net < 0) context.out.raise(Flag::kNetValueNegative);
      const double points = capped(net_value_reason(value, cost), params_.max_net_value) *
                            fading_.left(at_ms - event_of(slice.own().event(), slice).event_ms());
      note_fading(fading_, points, context);
      contribute(context, "net_value", points,
                 [&] {
                   return fmt::format("Believes it is worth {} and costs {}: a net value of {}.",
                                      exchange_.text(slice.own().worth_minor()),
                                      exchange_.text(slice.own().cost_minor()),
                                      exchange_.text(slice.own().worth_minor() - slice.own().cost_minor()));
                 },
                 {&event_of(slice.own().event(), slice)});
      return value.net / std::max(cost, 1.0);
    }
    double net = 1;
    const double tenure = find_measure(context.inputs, Measure::kTenureDays).value_or(0);
    if (const auto reason = rated_reason(slice, tenure, &net)) {
      if (net < 0) context.out.raise(Flag::kNetValueNegative);
      const double points = capped(*reason, params_.max_net_value) * fading_.left(at_ms, slice.ratings());
      note_fading(fading_, points, context);
      contribute(context, "net_value", points,
                 [&] {
                   return std::string(net < 0 ? "Rates the burden higher than the good it does."
                                              : "Rates the good it does higher than the burden.");
                 },
                 {});
    }
    return net;
  }

  void assess_quality(const PerceivedValueSlice& slice, double net_share, AssessContext& context) const {
    const auto quality = rating_of(slice.sums(), kQuality);
    if (!quality) return;
    context.out.set(Measure::kQuality, *quality);
    const double points = quality_without_value_points(*quality, net_share, params_.max_quality);
    if (points > 0) context.out.raise(Flag::kQualityWithoutValue);
    contribute(
        context, "quality_without_value", points,
        [&] {
          return fmt::format("Finds the quality good ({} of 100) and yet not worth it.",
                             std::llround(100 * *quality));
        },
        {&event_of(slice.rated(), slice), slice.has_own() ? &event_of(slice.own().event(), slice) : nullptr});
  }

  // The latest word counts; of two at one time the larger.
  void note_segment(const v1::Profile& profile, ApplyContext& context) const {
    const std::string* value = value_in(profile, params_.segment);
    if (value == nullptr || value->size() > kMaxNameBytes) return;
    PerceivedValueSlice& slice = context.slice.edit<PerceivedValueSlice>();
    const auto said = std::make_pair(context.event_ms, std::string_view(*value));
    if (slice.has_segment_ms() &&
        said <= std::make_pair(slice.segment_ms(), std::string_view(slice.segment())))
      return;
    slice.set_segment(*value);
    slice.set_segment_ms(context.event_ms);
  }

  double alternative_part(const PerceivedValueSlice& slice, AssessContext& context) const {
    const auto of_segment = params_.alternative_by.find(slice.segment());
    std::optional<double> net =
        of_segment != params_.alternative_by.end() ? of_segment->second : params_.alternative_net_minor;
    double left = 1;
    if (slice.has_alternative()) {
      net = static_cast<double>(slice.alternative().worth_minor() - slice.alternative().cost_minor());
      left = fading_.left(context.at_ms - event_of(slice.alternative().event(), slice).event_ms());
    }
    if (net) context.out.set(Measure::kAlternativeNetMinor, *net);
    if (!net || !slice.has_own()) return 0;
    const auto cost = static_cast<double>(slice.own().cost_minor());
    return left * alternative_reason(static_cast<double>(slice.own().worth_minor()) - cost, *net, cost);
  }

  void assess_competitor(const PerceivedValueSlice& slice, AssessContext& context) const {
    const TimeMs at_ms = context.at_ms;
    double reason = alternative_part(slice, context);
    reason += 0.25 * fading_.at(at_ms, kMentions, slice.sums()) +
              0.5 * fading_.at(at_ms, kBought, slice.sums()) +
              0.25 * fading_.at(at_ms, kBetter, slice.sums());
    const bool too_dear =
        slice.has_willing_minor() && slice.has_own() && slice.own().cost_minor() > slice.willing_minor();
    if (too_dear) {
      reason += 0.5 * static_cast<double>(slice.own().cost_minor() - slice.willing_minor()) /
                static_cast<double>(std::max<std::int64_t>(1, slice.own().cost_minor())) *
                fading_.left(at_ms - event_of(slice.willing(), slice).event_ms());
    }
    const double points = bounded_points(reason, params_.max_competitor);
    note_fading(fading_, points, context);
    contribute(
        context, "competitor", points, [&] { return competitor_text(slice, too_dear, at_ms); },
        {&slice.mention(), slice.has_alternative() ? &event_of(slice.alternative().event(), slice) : nullptr,
         too_dear ? &event_of(slice.willing(), slice) : nullptr});
  }

  std::string competitor_text(const PerceivedValueSlice& slice, bool too_dear, TimeMs at_ms) const {
    std::string text = "Somebody else is in play";
    if (is_remembered(slice.mention())) {
      text += fmt::format(": {}, mentioned {} ago",
                          slice.competitor().empty() ? "a competitor" : slice.competitor(),
                          days_text(days_of(at_ms - slice.mention().event_ms())));
    }
    if (slice.has_alternative()) {
      text +=
          fmt::format("; the best alternative is believed to be worth {} net",
                      exchange_.text(slice.alternative().worth_minor() - slice.alternative().cost_minor()));
    }
    if (too_dear) text += fmt::format("; would pay {} at most", exchange_.text(slice.willing_minor()));
    return text + ".";
  }

  Params params_;
  Fading fading_;
  Exchange exchange_;
};

}  // namespace

std::unique_ptr<Operator> make_perceived_value(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.hour_value_minor = reader.integer("hour_value", params.hour_value_minor, 0, 1'000'000'000);
  if (reader.has("alternative_net"))
    params.alternative_net_minor = reader.number("alternative_net", 0, -1e15, 1e15);
  params.segment = reader.text("segment", params.segment);
  const Node nets = reader.child("alternative_by");
  FieldReader by_value(nets, "graph." + context.node + ".alternative_by", context.diagnostics);
  for (const auto& [value, net] : nets.fields())
    params.alternative_by[value] = by_value.number(value, 0, -1e15, 1e15);
  by_value.finish();
  if (!params.alternative_by.empty() && params.segment.empty())
    reader.error("alternative_by", "needs segment: the key whose values these are");
  params.max_net_value = reader.number("max_net_value", params.max_net_value, 0.01, 5);
  params.max_competitor = reader.number("max_competitor", params.max_competitor, 0.01, 5);
  params.max_quality = reader.number("max_quality", params.max_quality, 0.01, 5);
  reader.finish();
  return std::make_unique<PerceivedValue>(params, context.money);
}

}  // namespace ebb
