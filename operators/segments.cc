// segments: what the customers of a segment have in common, and the tier of each by profit.
//
// A segment is a key of `by` with a value: what profiles say under that key, or `region`, `loyalty_tier`,
// `acquisition_channel` from the profile's own fields. Customers without the key are the segment "(none)";
// beyond `max_segments` new values go to "(other)" of their key. All customers together are a segment too.
//
// Totals: each customer's share (bought, satisfaction, quadrant, profit ...) as of their own last event or
// timer; what changed is taken out and put in again, in whole numbers, so the totals never drift. Answers
// (by dimension: perceived, expected, best competitor, importance; by touchpoint; worth, cost and net value
// of the best alternative) are sums that halve in `half_life`, faded at the end of each day.
//
// Tiers: the day's end takes from all customers' profit the bounds of the next day: `top` is the best share
// of the customers by profit, `middle` those below it; then `low`, and `loss` for a profit below zero.
//
// With other keys in `by` all of it begins anew: each customer counts again from their next event on.
//
// Shared by the customers of one task; reports add up over tasks. At the end of each day (`publish`: of every
// so many) one record of each segment that has changed since goes to sinks of segments. Feed it by `dedupe`
// (or sources) and by churn_risk.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/segments_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "ebb/v1/segment.pb.h"
#include "engine/base/hash.h"
#include "operators/answers.h"
#include "operators/log_buckets.h"
#include "operators/models/satisfaction.h"
#include "operators/money.h"
#include "operators/profile_value.h"
#include "operators/registry.h"
#include "operators/segment_share.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;
using state::v1::MeasureTotals;
using state::v1::SegmentsShared;
using state::v1::SegmentsSlice;
using state::v1::SegmentTotals;

constexpr std::string_view kNoValue = "(none)";
constexpr std::string_view kOtherValues = "(other)";
constexpr std::size_t kMaxValueBytes = 64;
constexpr std::size_t kMaxKeys = 4;
constexpr int kPlaceBits = 12;  // in the slice: kMaxKeys of them in 64
constexpr std::uint64_t kPlaceMask = (1U << kPlaceBits) - 1;
constexpr int kMaxMeasures = 4000;  // 140 bytes each at most
// Sums with less left than this much of one answer are forgotten.
constexpr float kLeastWeight = 0.01F;

struct Params {
  std::vector<std::string> by = {"region", "acquisition_channel"};
  int max_segments = 8;
  int max_dimensions = 10;
  int max_touchpoints = 6;
  DurationMs half_life_ms = 180 * kDayMs;
  DurationMs publish_ms = kDayMs;
  double top = 0.2;
  double middle = 0.3;
};

using MeasureList = google::protobuf::RepeatedPtrField<MeasureTotals>;

// Those for which there is no room share the last place. Null: none at all are kept.
MeasureTotals* find_totals(std::string_view name, int max, MeasureList* list) {
  if (name.size() > kMaxValueBytes) name = kOtherValues;
  for (MeasureTotals& totals : *list) {
    if (totals.name() == name) return &totals;
  }
  if (max == 0) return nullptr;
  if (list->size() >= max - 1 && name != kOtherValues) return find_totals(kOtherValues, max, list);
  MeasureTotals* totals = list->Add();
  totals->set_name(std::string(name));
  return totals;
}

void add_pair(double x, double y, MeasureTotals* to) {
  const auto plus = [](float sum, double value) { return sum + static_cast<float>(value); };
  to->set_pair_weight(to->pair_weight() + 1);
  to->set_pair_x(plus(to->pair_x(), x));
  to->set_pair_y(plus(to->pair_y(), y));
  to->set_pair_xx(plus(to->pair_xx(), x * x));
  to->set_pair_yy(plus(to->pair_yy(), y * y));
  to->set_pair_xy(plus(to->pair_xy(), x * y));
}

void add_dimension(const v1::DimensionAnswer& answer, const v1::Survey& survey, double importance_sum,
                   std::optional<double> overall, MeasureTotals* to) {
  const v1::Scale& scale = answer.has_scale() ? answer.scale() : survey.scale();
  if (answer.has_importance() && importance_sum > 0) {
    to->set_stated_weight(to->stated_weight() + 1);
    to->set_stated_sum(to->stated_sum() + static_cast<float>(answer.importance() / importance_sum));
  }
  if (!(scale.min() < scale.max())) return;
  const auto scaled = [&](double value) {
    return scaled_answer(value, scale.min(), scale.max(), scale.lower_is_better());
  };
  if (answer.has_perceived()) {
    const double x = scaled(answer.perceived());
    to->set_weight(to->weight() + 1);
    to->set_sum(to->sum() + static_cast<float>(x));
    if (overall) add_pair(x, *overall, to);
  }
  if (answer.has_expected()) {
    to->set_expected_weight(to->expected_weight() + 1);
    to->set_expected_sum(to->expected_sum() + static_cast<float>(scaled(answer.expected())));
  }
  if (answer.has_best_competitor()) {
    to->set_rival_weight(to->rival_weight() + 1);
    to->set_rival_sum(to->rival_sum() + static_cast<float>(scaled(answer.best_competitor())));
  }
}

// How satisfied the survey says the customer is, asked overall and not by dimension.
std::optional<double> overall_of(const v1::Survey& survey) {
  if (survey.has_csat() && survey.csat().min() < survey.csat().max()) {
    const v1::Rating& csat = survey.csat();
    return scaled_answer(csat.value(), csat.min(), csat.max(), csat.lower_is_better());
  }
  if (survey.has_nps()) return scaled_answer(survey.nps(), 0, 10, false);
  return std::nullopt;
}

template <typename List>
void fade_list(float keep, List* list) {
  for (int i = 0; i < list->size();) {
    MeasureTotals& m = (*list)[i];
    const auto fade = [&](float (MeasureTotals::*get)() const, void (MeasureTotals::*set)(float)) {
      (m.*set)((m.*get)() * keep);
    };
    fade(&MeasureTotals::weight, &MeasureTotals::set_weight);
    fade(&MeasureTotals::sum, &MeasureTotals::set_sum);
    fade(&MeasureTotals::expected_weight, &MeasureTotals::set_expected_weight);
    fade(&MeasureTotals::expected_sum, &MeasureTotals::set_expected_sum);
    fade(&MeasureTotals::rival_weight, &MeasureTotals::set_rival_weight);
    fade(&MeasureTotals::rival_sum, &MeasureTotals::set_rival_sum);
    fade(&MeasureTotals::stated_weight, &MeasureTotals::set_stated_weight);
    fade(&MeasureTotals::stated_sum, &MeasureTotals::set_stated_sum);
    fade(&MeasureTotals::pair_weight, &MeasureTotals::set_pair_weight);
    fade(&MeasureTotals::pair_x, &MeasureTotals::set_pair_x);
    fade(&MeasureTotals::pair_y, &MeasureTotals::set_pair_y);
    fade(&MeasureTotals::pair_xx, &MeasureTotals::set_pair_xx);
    fade(&MeasureTotals::pair_yy, &MeasureTotals::set_pair_yy);
    fade(&MeasureTotals::pair_xy, &MeasureTotals::set_pair_xy);
    if (m.weight() + m.stated_weight() + m.rival_weight() < kLeastWeight) {
      list->DeleteSubrange(i, 1);
    } else {
      ++i;
    }
  }
}

// Sums are floats; as doubles their noise would be written out too.
double thousandths(double sum) {
  return std::round(1000 * sum) / 1000;
}

void tell_measures(const MeasureList& from, google::protobuf::RepeatedPtrField<v1::SegmentMeasure>* to) {
  for (const MeasureTotals& m : from) {
    v1::SegmentMeasure& out = *to->Add();
    out.set_name(m.name());
    out.set_weight(thousandths(m.weight()));
    out.set_sum(thousandths(m.sum()));
    out.set_expected_weight(thousandths(m.expected_weight()));
    out.set_expected_sum(thousandths(m.expected_sum()));
    out.set_rival_weight(thousandths(m.rival_weight()));
    out.set_rival_sum(thousandths(m.rival_sum()));
    out.set_stated_weight(thousandths(m.stated_weight()));
    out.set_stated_sum(thousandths(m.stated_sum()));
    out.set_pair_weight(thousandths(m.pair_weight()));
    out.set_pair_x(thousandths(m.pair_x()));
    out.set_pair_y(thousandths(m.pair_y()));
    out.set_pair_xx(thousandths(m.pair_xx()));
    out.set_pair_yy(thousandths(m.pair_yy()));
    out.set_pair_xy(thousandths(m.pair_xy()));
  }
}

class Segments final : public Operator {
 public:
  Segments(Params params, const MoneyConfig& money)
      : params_(std::move(params)),
        by_hash_(static_cast<std::uint32_t>(stable_hash(fmt::format("{}", fmt::join(params_.by, "\n"))))),
        exchange_(money) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &SegmentsSlice::default_instance();
  }
  const google::protobuf::Message* shared_prototype() const override {
    return &SegmentsShared::default_instance();
  }
  bool emits(SinkKind kind) const override { return kind == SinkKind::kSegments; }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    SegmentsSlice& slice = context.slice.edit<SegmentsSlice>();
    if (slice.by_hash() != by_hash_) {
      slice.Clear();
      slice.set_by_hash(by_hash_);
    }
    if (event.has_profile()) move_to(event.profile(), slice, context.shared);
    if (!is_settled(slice)) settle_in(slice, context.shared);
    if (event.has_survey()) add_survey(event.survey(), slice, context.shared);
    if (event.has_feedback() && !event.feedback().touchpoint().empty()) {
      const Answers answers = answers_of(event);
      if (answers.weight > 0) {
        add_touchpoint(event.feedback().touchpoint(), answers.value, answers.weight, slice, context.shared);
      }
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const SegmentsSlice* slice = slice_of(context.slice);
    const SegmentsShared* shared = shared_of(context.shared);
    if (slice == nullptr || shared == nullptr) return;
    for (std::size_t key = 0; key < params_.by.size(); ++key) {
      const std::string_view value = value_of(key, *slice, *shared);
      if (!value.empty()) context.out.label(params_.by[key], value);
    }
    const auto profit = find_measure(context.inputs, Measure::kProfitMinor);
    if (!profit || !shared->has_top_minor()) return;
    context.out.label("profit_tier", *profit < 0                         ? "loss"
                                     : *profit >= shared->top_minor()    ? "top"
                                     : *profit >= shared->middle_minor() ? "middle"
                                                                         : "low");
  }

  void decide(DecideContext& context) const override {
    const SegmentsSlice* old = slice_of(context.slice);
    if (old == nullptr || !is_settled(*old)) return;
    const SegmentShare share = share_of(context.inputs);
    if (old->has_share() && kept_share(*old) == share) return;
    SegmentsShared& shared = context.shared.edit<SegmentsShared>();
    SegmentsSlice& slice = context.slice.edit<SegmentsSlice>();
    if (slice.has_share()) count(slice, -1, shared);
    keep_share(share, &slice);
    count(slice, 1, shared);
  }

  void erase(EraseContext& context) const override {
    const SegmentsSlice* slice = slice_of(context.slice);
    if (slice == nullptr || !slice->has_share()) return;
    count(*slice, -1, context.shared.edit<SegmentsShared>());
  }

  void roll_over(RollOverContext& context) const override {
    if (shared_of(context.shared) == nullptr) return;
    SegmentsShared& shared = context.shared.edit<SegmentsShared>();
    if (total_of(shared.profit()) > 0) {
      shared.set_top_minor(std::max(0.0, quantile(shared.profit(), 1 - params_.top)));
      shared.set_middle_minor(std::max(0.0, quantile(shared.profit(), 1 - params_.top - params_.middle)));
    }
    fade(context.at_ms, shared);
    // A task that nothing came to for days rolls over once, at the end of the day of its last event.
    if (context.at_ms / params_.publish_ms == shared.told_ms() / params_.publish_ms) return;
    shared.set_told_ms(context.at_ms);
    for (SegmentTotals& segment : *shared.mutable_segments()) {
      if (!segment.changed()) continue;
      segment.set_changed(false);
      tell(segment, context);
    }
  }

 private:
  // Null too where it is of other keys.
  const SegmentsSlice* slice_of(const SliceRef& ref) const {
    const auto* slice = ref.get<SegmentsSlice>();
    return slice != nullptr && slice->by_hash() == by_hash_ ? slice : nullptr;
  }
  const SegmentsShared* shared_of(const SharedRef& ref) const {
    const auto* shared = ref.get<SegmentsShared>();
    return shared != nullptr && shared->by_hash() == by_hash_ ? shared : nullptr;
  }

  bool is_settled(const SegmentsSlice& slice) const {
    return slice.places() != 0 || (params_.by.empty() && slice.has_share());
  }

  static int place_in(std::uint64_t places, std::size_t key) {
    return static_cast<int>(places >> (kPlaceBits * key) & kPlaceMask);
  }

  // Calls f, which changes them, with the totals of each segment of the customer's.
  template <typename Function>
  void for_each(const SegmentsSlice& slice, SegmentsShared& shared, const Function& f) const {
    const auto call = [&](int place) {
      SegmentTotals& segment = *shared.mutable_segments(place);
      segment.set_changed(true);
      f(segment);
    };
    call(0);
    for (std::size_t key = 0; key < params_.by.size(); ++key) {
      call(place_in(slice.places(), key));
    }
  }

  // What is known of the customer under a key; empty: nothing.
  static std::string_view value_of(std::size_t key, const SegmentsSlice& slice,
                                   const SegmentsShared& shared) {
    const int place = place_in(slice.places(), key);
    if (place == 0 || place >= shared.segments_size()) return {};
    const std::string& value = shared.segments(place).value();
    if (value == kNoValue) return {};
    if (value != kOtherValues) return value;
    const auto i = static_cast<int>(key);
    return i < slice.others_size() ? std::string_view(slice.others(i)) : std::string_view();
  }

  // Finds the customer's segments: all customers, then one of each key. moved: null, or by key a value that
  // is news; empty: as it was.
  void settle_in(SegmentsSlice& slice, SharedRef& ref,
                 const std::vector<std::string>* moved = nullptr) const {
    SegmentsShared& shared = ref.edit<SegmentsShared>();
    if (shared.by_hash() != by_hash_) {
      shared.Clear();
      shared.set_by_hash(by_hash_);
    }
    place_of(-1, "", shared);  // the first of all
    if (slice.has_share()) count(slice, -1, shared);
    slice.clear_share();
    std::uint64_t places = 0;
    std::vector<std::string> others;
    for (std::size_t key = 0; key < params_.by.size(); ++key) {
      const bool is_news = moved != nullptr && !(*moved)[key].empty();
      const std::string value(is_news ? std::string_view((*moved)[key]) : value_of(key, slice, shared));
      const int place = place_of(static_cast<int>(key), value.empty() ? kNoValue : value, shared);
      places |= static_cast<std::uint64_t>(place) << (kPlaceBits * key);
      if (shared.segments(place).value() != kOtherValues || value.empty()) continue;
      others.resize(key + 1);
      others[key] = value;
    }
    slice.set_places(places);
    slice.clear_others();
    for (std::string& value : others) slice.add_others(std::move(value));
  }

  int place_of(int key, std::string_view value, SegmentsShared& shared) const {
    int of_key = 0;
    for (int i = 0; i < shared.segments_size(); ++i) {
      const SegmentTotals& segment = shared.segments(i);
      if (segment.key() != key) continue;
      if (segment.value() == value) return i;
      ++of_key;
    }
    // The last one of each key is "(other)": with it there are max_segments of the key at most.
    if (key >= 0 && of_key >= params_.max_segments - 1 && value != kOtherValues) {
      return place_of(key, kOtherValues, shared);
    }
    SegmentTotals* added = shared.add_segments();
    added->set_key(key);
    added->set_value(std::string(value));
    return shared.segments_size() - 1;
  }

  void move_to(const v1::Profile& profile, SegmentsSlice& slice, SharedRef& ref) const {
    const SegmentsShared* shared = shared_of(ref);
    std::vector<std::string> moved(params_.by.size());
    bool any = false;
    for (std::size_t key = 0; key < params_.by.size(); ++key) {
      const std::string* value = value_in(profile, params_.by[key]);
      if (value == nullptr) continue;
      const std::string_view now = value->size() <= kMaxValueBytes ? std::string_view(*value) : kOtherValues;
      if (shared != nullptr && now == value_of(key, slice, *shared)) continue;
      moved[key] = now;
      any = any || !now.empty();
    }
    if (any) settle_in(slice, ref, &moved);
  }

  void count(const SegmentsSlice& slice, int sign, SegmentsShared& shared) const {
    const SegmentShare share = kept_share(slice);
    for_each(slice, shared, [&](SegmentTotals& segment) { add_share(share, sign, &segment); });
    add_to_buckets(static_cast<double>(share.profit_minor), sign, shared.mutable_profit());
  }

  void add_touchpoint(const std::string& name, double value, double weight, const SegmentsSlice& slice,
                      SharedRef& ref) const {
    SegmentsShared& shared = ref.edit<SegmentsShared>();
    for_each(slice, shared, [&](SegmentTotals& segment) {
      MeasureTotals* to = find_totals(name, params_.max_touchpoints, segment.mutable_touchpoints());
      if (to == nullptr) return;
      to->set_weight(to->weight() + static_cast<float>(weight));
      to->set_sum(to->sum() + static_cast<float>(weight * value));
    });
  }

  void add_survey(const v1::Survey& survey, const SegmentsSlice& slice, SharedRef& ref) const {
    double importance_sum = 0;
    for (const v1::DimensionAnswer& answer : survey.dimensions()) {
      if (!answer.not_applicable()) importance_sum += answer.importance();
    }
    const std::optional<double> overall = overall_of(survey);
    if (overall && !survey.touchpoint().empty()) add_touchpoint(survey.touchpoint(), *overall, 1, slice, ref);
    SegmentsShared& shared = ref.edit<SegmentsShared>();
    for_each(slice, shared, [&](SegmentTotals& segment) {
      for (const v1::DimensionAnswer& answer : survey.dimensions()) {
        if (answer.not_applicable()) continue;
        MeasureTotals* to = find_totals(answer.name(), params_.max_dimensions, segment.mutable_dimensions());
        if (to != nullptr) add_dimension(answer, survey, importance_sum, overall, to);
      }
      add_worth(survey, segment);
    });
  }

  void add_worth(const v1::Survey& survey, SegmentTotals& segment) const {
    const auto minor = [&](const v1::Money& money) {
      return static_cast<double>(exchange_.to_reporting(money));
    };
    const auto known = [&](bool given, const v1::Money& money) {
      return given && exchange_.knows(money.currency_code());
    };
    if (known(survey.has_believed_worth(), survey.believed_worth())) {
      segment.set_worth_weight(segment.worth_weight() + 1);
      segment.set_worth_minor(segment.worth_minor() + minor(survey.believed_worth()));
    }
    if (known(survey.has_believed_cost(), survey.believed_cost())) {
      segment.set_cost_weight(segment.cost_weight() + 1);
      segment.set_cost_minor(segment.cost_minor() + minor(survey.believed_cost()));
    }
    if (known(survey.has_competitor_worth(), survey.competitor_worth()) &&
        known(survey.has_competitor_cost(), survey.competitor_cost())) {
      segment.set_rival_net_weight(segment.rival_net_weight() + 1);
      segment.set_rival_net_minor(segment.rival_net_minor() + minor(survey.competitor_worth()) -
                                  minor(survey.competitor_cost()));
    }
  }

  void fade(TimeMs at_ms, SegmentsShared& shared) const {
    const DurationMs age_ms = shared.faded_ms() == 0 ? kDayMs : at_ms - shared.faded_ms();
    shared.set_faded_ms(at_ms);
    const auto keep = static_cast<float>(
        std::exp2(-static_cast<double>(age_ms) / static_cast<double>(params_.half_life_ms)));
    for (SegmentTotals& segment : *shared.mutable_segments()) {
      fade_list(keep, segment.mutable_dimensions());
      fade_list(keep, segment.mutable_touchpoints());
      segment.set_worth_weight(segment.worth_weight() * keep);
      segment.set_worth_minor(segment.worth_minor() * keep);
      segment.set_cost_weight(segment.cost_weight() * keep);
      segment.set_cost_minor(segment.cost_minor() * keep);
      segment.set_rival_net_weight(segment.rival_net_weight() * keep);
      segment.set_rival_net_minor(segment.rival_net_minor() * keep);
    }
  }

  void tell(const SegmentTotals& from, RollOverContext& context) const {
    v1::SegmentDay out;
    if (from.key() >= 0) out.set_key(params_.by[static_cast<std::size_t>(from.key())]);
    out.set_value(from.value());
    out.set_task(context.shared.task());
    *out.mutable_day_end_time() = TimeUtil::MillisecondsToTimestamp(context.at_ms);
    out.set_customers(from.customers());
    out.set_buyers(from.buyers());
    out.set_rated(from.rated());
    out.set_satisfaction_milli(from.satisfaction_milli());
    out.set_at_risk(from.at_risk());
    out.set_given_up(from.given_up());
    if (from.quadrants_size() == 4) {
      out.set_loyal(from.quadrants(0));
      out.set_captive(from.quadrants(1));
      out.set_buying_around(from.quadrants(2));
      out.set_leaving(from.quadrants(3));
    }
    out.set_silent_unhappy(from.silent_unhappy());
    out.set_complaining(from.complaining());
    out.set_profit_minor(from.profit_minor());
    out.set_spend_minor(from.spend_minor());
    out.set_complaints(from.complaints());
    tell_measures(from.dimensions(), out.mutable_dimensions());
    tell_measures(from.touchpoints(), out.mutable_touchpoints());
    out.set_worth_weight(thousandths(from.worth_weight()));
    out.set_worth_minor(std::round(from.worth_minor()));
    out.set_cost_weight(thousandths(from.cost_weight()));
    out.set_cost_minor(std::round(from.cost_minor()));
    out.set_rival_net_weight(thousandths(from.rival_net_weight()));
    out.set_rival_net_minor(std::round(from.rival_net_minor()));
    out.set_currency_code(exchange_.currency());
    context.emit(fmt::format("{}/{}/{}", context.shared.task(), out.key(), out.value()), out);
  }

  Params params_;
  std::uint32_t by_hash_;
  Exchange exchange_;
};

}  // namespace

std::unique_ptr<Operator> make_segments(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  if (reader.has("by")) {
    params.by.clear();
    for (const auto& [name, place] : reader.names("by")) params.by.push_back(name);
  }
  if (params.by.size() > kMaxKeys) reader.error("by", "at most 4 keys");
  params.max_segments = static_cast<int>(reader.integer("max_segments", params.max_segments, 2, 64));
  params.max_dimensions = static_cast<int>(reader.integer("max_dimensions", params.max_dimensions, 0, 32));
  params.max_touchpoints = static_cast<int>(reader.integer("max_touchpoints", params.max_touchpoints, 0, 32));
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.publish_ms = reader.duration("publish", params.publish_ms, kDayMs, 365 * kDayMs) / kDayMs * kDayMs;
  params.top = reader.number("top", params.top, 0.01, 0.5);
  params.middle = reader.number("middle", params.middle, 0.01, 0.5);
  // The whole is written with each epoch that changes it, as one record.
  const auto keys = static_cast<int>(params.by.size());
  if ((1 + keys * params.max_segments) * (params.max_dimensions + params.max_touchpoints) > kMaxMeasures) {
    reader.error(
        "max_segments",
        fmt::format("keys x max_segments x (max_dimensions + max_touchpoints) is above {}: ask for less",
                    kMaxMeasures));
  }
  reader.finish();
  return std::make_unique<Segments>(std::move(params), context.money);
}

}  // namespace ebb
