#include "operators/views.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ebb/state/v1/satisfaction_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/answers.h"
#include "operators/dimensions.h"
#include "operators/models/satisfaction.h"
#include "operators/segment_importance.h"

namespace ebb {
namespace {

using state::v1::DimensionView;
using state::v1::SatisfactionSlice;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxImportance = 16;
constexpr double kLeastWeight = 0.05;  // of recent evidence, in full answers: less than that says nothing

// Places of a view in SatisfactionSlice.recent, from its first one on: a weight and a weight x value each.
enum {
  kPerceived = 0,
  kExpected = 2,
  kDesired = 4,
  kCompetitor = 6,
  kImportance = 8,
  kCovariance = 10,
  kVariance,
  kPlaces
};
std::int32_t minute_of(TimeMs at_ms) {
  return static_cast<std::int32_t>(at_ms / kMinuteMs);
}

int first_place(int view) {
  return 2 + kPlaces * view;  // before them stand those of all answers together
}

constexpr std::array<std::string_view, 4> kUtility = {"completeness", "correctness", "fitness", "utility"};
constexpr std::array<std::string_view, 4> kWarranty = {"availability", "capacity", "continuity", "security"};
constexpr std::array<std::string_view, 5> kService = {"assurance", "empathy", "reliability", "responsiveness",
                                                      "tangibles"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Its place among the views; -1: there is no room.
int view_of(const ViewRules& rules, std::string_view name, SatisfactionSlice& slice) {
  const DimensionKey key(name);
  for (int i = 0; i < slice.views_size(); ++i) {
    if (key.is(slice.views(i))) return i;
  }
  if (slice.views_size() >= rules.max_dimensions || name.size() > kMaxNameBytes) return -1;
  key.put(slice.add_views());
  return slice.views_size() - 1;
}

// One event's answers for one dimension.
class Adder {
 public:
  Adder(const ViewRules& rules, ApplyContext& context, int view, SatisfactionSlice& slice)
      : recent_(rules.recent_half_life_ms),
        used_to_(rules.used_to_half_life_ms),
        prior_(rules.prior),
        event_ms_(context.event_ms),
        context_(context),
        view_(view),
        slice_(slice) {}

  void add(int place, double value, double weight) {
    add_recent(place, weight);
    add_recent(place + 1, weight * value);
  }
  void importance(double value) {
    add(kImportance, value, 1);
    add_stated_importance(key(), value, slice_.segment(), context_);
  }
  void perceived(double value, double weight, std::optional<double> overall) {
    add(kPerceived, value, weight);
    used_to_.add(event_ms_, 2 * view_, weight, *slice_.mutable_used_to());
    used_to_.add(event_ms_, 2 * view_ + 1, weight * value, *slice_.mutable_used_to());
    if (overall.has_value()) {
      const double off = value - prior_;
      const double covariance = weight * off * (*overall - prior_);
      const double variance = weight * off * off;
      add_recent(kCovariance, covariance);
      add_recent(kVariance, variance);
      add_taught_importance(key(), covariance, variance, slice_.segment(), context_);
    }
    DimensionView& view = *slice_.mutable_views(view_);
    const std::int32_t minute = minute_of(event_ms_);
    if (!view.has_answered_minute() || minute > view.answered_minute()) view.set_answered_minute(minute);
  }

 private:
  DimensionKey key() const { return DimensionKey(dimension_of(slice_.views(view_))); }
  void add_recent(int place, double amount) {
    recent_.add(event_ms_, first_place(view_) + place, amount, *slice_.mutable_recent());
  }

  Fading recent_, used_to_;
  double prior_;
  TimeMs event_ms_;
  ApplyContext& context_;
  int view_;
  SatisfactionSlice& slice_;
};

// Only the ratios within one survey count: as a multiple of their mean; 0: none is stated, or they sum to 0.
double mean_importance(const v1::Survey& survey) {
  double sum = 0;
  int count = 0;
  for (const v1::DimensionAnswer& answer : survey.dimensions()) {
    if (!answer.has_importance() || answer.not_applicable()) continue;
    sum += answer.importance();
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

void add_survey(const ViewRules& rules, const v1::Event& event, std::optional<double> overall,
                ApplyContext& context, SatisfactionSlice& slice) {
  const v1::Survey& survey = event.survey();
  const double mean = mean_importance(survey);
  for (const v1::DimensionAnswer& answer : survey.dimensions()) {
    const int place = view_of(rules, answer.name(), slice);
    if (place < 0) continue;
    if (answer.not_applicable()) {
      DimensionView& view = *slice.mutable_views(place);
      const std::int32_t minute = minute_of(context.event_ms);
      if (!view.has_not_applicable_minute() || minute > view.not_applicable_minute())
        view.set_not_applicable_minute(minute);
      continue;
    }
    Adder adder(rules, context, place, slice);
    if (answer.has_importance() && mean > 0) adder.importance(answer.importance() / mean);
    const v1::Scale& scale = answer.has_scale() ? answer.scale() : survey.scale();
    if (!(scale.min() < scale.max())) continue;
    const auto scaled = [&](double value) {
      return scaled_answer(value, scale.min(), scale.max(), scale.lower_is_better());
    };
    if (answer.has_expected()) adder.add(kExpected, scaled(answer.expected()), 1);
    if (answer.has_desired()) adder.add(kDesired, scaled(answer.desired()), 1);
    if (answer.has_best_competitor()) adder.add(kCompetitor, scaled(answer.best_competitor()), 1);
    if (!answer.has_perceived()) continue;
    adder.perceived(scaled(answer.perceived()), 1, overall);
  }
}

std::optional<double> mean_at(const state::v1::FadedSums& sums, int place, double left) {
  const double weight = sum_at(place, sums);
  if (weight * left < kLeastWeight) return std::nullopt;
  return sum_at(place + 1, sums) / weight;
}

// The customer's own word, shrunk to that of their segment, times what their answers taught, shrunk likewise.
double importance_of(const ViewRules& rules, const ImportanceBaseline& baseline,
                     const SatisfactionSlice& slice, int place, double left) {
  const DimensionView& view = slice.views(place);
  const std::string_view name = dimension_of(view);
  const auto configured = rules.weights.find(name);
  double prior = is_in(kService, name) ? rules.service_weight : 1;
  if (configured != rules.weights.end()) prior = configured->second;
  const DimensionKey key(name);
  double weight = 1, sum = baseline.stated(key, prior);
  for (const auto& stated : slice.importance()) {
    if (stated.number() != view.number() || stated.name() != view.name()) continue;
    weight += 2;
    sum += 2e-3 * stated.weight_milli();
  }
  const auto now = [&](int of) { return sum_at(first_place(place) + of, slice.recent()) * left; };
  weight += now(kImportance);
  sum += now(kImportance + 1);
  const double learned = learned_importance(now(kCovariance), now(kVariance), baseline.taught(key));
  return sum / weight * learned;
}

class Mean {
 public:
  void add(std::optional<double> value, double weight) {
    if (!value.has_value() || weight <= 0) return;
    sum_ += weight * *value;
    weight_ += weight;
  }
  std::optional<double> value() const {
    if (weight_ <= 0) return std::nullopt;
    return sum_ / weight_;
  }

 private:
  double sum_ = 0, weight_ = 0;
};

double used_to(const ViewRules& rules, const SatisfactionSlice& slice, int place, double left) {
  const double weight = sum_at(2 * place, slice.used_to()) * left;
  return (rules.prior + sum_at(2 * place + 1, slice.used_to()) * left) / (1 + weight);
}

}  // namespace

void add_views(const ViewRules& rules, const v1::Event& event, const Answers& answers,
               std::optional<double> overall, ApplyContext& context, SatisfactionSlice& slice) {
  if (event.has_survey()) return add_survey(rules, event, overall, context, slice);
  for (const Answer& answer : answers.dimensions) {
    if (const int place = view_of(rules, answer.dimension, slice); place >= 0)
      Adder(rules, context, place, slice).perceived(answer.value, answer.weight, overall);
  }
}

void keep_importance(const v1::Profile& profile, ApplyContext& context, SatisfactionSlice& slice) {
  if (slice.has_importance_ms() && slice.importance_ms() >= context.event_ms) return;
  double sum = 0;
  for (const auto& [name, weight] : profile.importance()) sum += weight;
  slice.set_importance_ms(context.event_ms);
  slice.clear_importance();
  if (sum <= 0) return;  // says nothing: what is believed of everybody holds
  std::vector<std::pair<std::string, double>> stated(profile.importance().begin(),
                                                     profile.importance().end());
  std::sort(stated.begin(), stated.end(), [](const auto& a, const auto& b) {
    return std::make_pair(-a.second, a.first) < std::make_pair(-b.second, b.first);
  });
  const double mean = sum / static_cast<double>(stated.size());
  for (const auto& [name, weight] : stated) {
    if (slice.importance_size() >= static_cast<int>(kMaxImportance) || name.size() > kMaxNameBytes) continue;
    auto* out = slice.add_importance();
    const DimensionKey key(name);
    key.put(out);
    add_stated_importance(key, weight / mean, slice.segment(), context);
    out->set_weight_milli(static_cast<std::uint32_t>(std::lround(1000 * weight / mean)));
  }
}

ViewsNow views_now(const ViewRules& rules, const SatisfactionSlice& slice,
                   const state::v1::ImportanceShared* shared, TimeMs at_ms) {
  const ImportanceBaseline baseline(shared, slice.segment(), at_ms);
  ViewsNow out;
  const Fading recent(rules.recent_half_life_ms);
  Mean utility, warranty, perception, desired, expected_mean, perceived_mean;
  double importance_sum = 0, loss = 0, delight = 0, outside = 0, evidence = 0, worst_loss = 0;
  const double left = recent.left(at_ms, slice.recent());
  const double used_left = Fading(rules.used_to_half_life_ms).left(at_ms, slice.used_to());
  for (int i = 0; i < slice.views_size(); ++i) {
    const DimensionView& view = slice.views(i);
    const auto mean = [&](int place) { return mean_at(slice.recent(), first_place(i) + place, left); };
    const bool applies =
        !view.has_not_applicable_minute() ||
        (view.has_answered_minute() && view.answered_minute() > view.not_applicable_minute());
    if (!applies) continue;
    desired.add(mean(kDesired), 1);
    const auto stated = mean(kExpected);
    const auto perceived = mean(kPerceived);
    if (!perceived) {
      expected_mean.add(stated, 1);
      continue;
    }
    const double weight = std::max(0.0, importance_of(rules, baseline, slice, i, left));
    const double expected =
        expectation(stated, used_to(rules, slice, i, used_left), mean(kCompetitor), rules.prior);
    const double told = sum_at(first_place(i) + kPerceived, slice.recent()) * left;
    const std::string_view name = dimension_of(view);
    Mean& component = is_in(kUtility, name) ? utility : is_in(kWarranty, name) ? warranty : perception;
    component.add(perceived, weight);
    perceived_mean.add(perceived, weight);
    expected_mean.add(expected, weight);
    const Disconfirmation gap = disconfirmation(rules.zone, *perceived, expected);
    importance_sum += weight;
    out.evidence = std::max(out.evidence, told);
    loss += weight * gap.loss;
    delight += weight * gap.delight;
    if (gap.loss > 0 || gap.delight > 0) {
      outside += weight;
      evidence = std::max(evidence, told);
    }
    const TimeMs answered_ms = view.answered_minute() * kMinuteMs;
    const bool is_fresh = at_ms < answered_ms + rules.answer_within_ms;
    const bool is_answered = slice.has_reached_ms() && slice.reached_ms() >= answered_ms;
    if (expected - *perceived > rules.zone.intolerable && is_fresh && !is_answered) out.intolerable = true;
    if (gap.loss > worst_loss) {
      worst_loss = gap.loss;
      out.worst = &view;
      out.worst_perceived = *perceived;
      out.worst_expected = expected;
    }
  }
  if (importance_sum > 0 && outside > 0) {
    out.weight = evidence;
    out.shift = net_disconfirmation(rules.zone, loss / importance_sum, delight / importance_sum);
  }
  out.utility = utility.value();
  out.warranty = warranty.value();
  out.perception = perception.value();
  out.desired = desired.value();
  out.expected = expected_mean.value();
  out.perceived = perceived_mean.value();
  return out;
}

}  // namespace ebb
