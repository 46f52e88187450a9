#include "operators/views.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ebb/state/v1/satisfaction_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/answers.h"
#include "operators/event_ref.h"
#include "operators/models/satisfaction.h"

namespace ebb {
namespace {

using state::v1::DimensionView;
using state::v1::SatisfactionSlice;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxImportance = 16;
constexpr double kLeastWeight = 0.05;  // of recent evidence, in full answers: less than that says nothing

// Places in DimensionView.answers: a weight and a weight x value each.
enum {
  kPerceived = 0,
  kExpected = 2,
  kDesired = 4,
  kCompetitor = 6,
  kImportance = 8,
  kCovariance = 10,
  kVariance
};

constexpr std::array<std::string_view, 4> kUtility = {"completeness", "correctness", "fitness", "utility"};
constexpr std::array<std::string_view, 4> kWarranty = {"availability", "capacity", "continuity", "security"};
constexpr std::array<std::string_view, 5> kService = {"assurance", "empathy", "reliability", "responsiveness",
                                                      "tangibles"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

DimensionView* view_of(const ViewRules& rules, std::string_view name, SatisfactionSlice& slice) {
  for (DimensionView& view : *slice.mutable_views()) {
    if (view.name() == name) return &view;
  }
  if (slice.views_size() >= rules.max_dimensions || name.size() > kMaxNameBytes) return nullptr;
  DimensionView* view = slice.add_views();
  view->set_name(name.data(), name.size());
  return view;
}

// One event's answers for one dimension.
class Adder {
 public:
  Adder(const ViewRules& rules, const ApplyContext& context, DimensionView& view)
      : recent_(rules.recent_half_life_ms),
        used_to_(rules.used_to_half_life_ms),
        prior_(rules.prior),
        event_ms_(context.event_ms),
        view_(view) {}

  void add(int place, double value, double weight) {
    recent_.add(event_ms_, place, weight, *view_.mutable_answers());
    recent_.add(event_ms_, place + 1, weight * value, *view_.mutable_answers());
  }
  void perceived(double value, double weight, std::optional<double> overall) {
    add(kPerceived, value, weight);
    used_to_.add(event_ms_, 0, weight, *view_.mutable_used_to());
    used_to_.add(event_ms_, 1, weight * value, *view_.mutable_used_to());
    if (overall.has_value()) {
      const double off = value - prior_;
      recent_.add(event_ms_, kCovariance, weight * off * (*overall - prior_), *view_.mutable_answers());
      recent_.add(event_ms_, kVariance, weight * off * off, *view_.mutable_answers());
    }
    if (!view_.has_answered_ms() || event_ms_ > view_.answered_ms()) view_.set_answered_ms(event_ms_);
  }

 private:
  Fading recent_, used_to_;
  double prior_;
  TimeMs event_ms_;
  DimensionView& view_;
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
                const ApplyContext& context, SatisfactionSlice& slice) {
  const v1::Survey& survey = event.survey();
  const double mean = mean_importance(survey);
  for (const v1::DimensionAnswer& answer : survey.dimensions()) {
    DimensionView* view = view_of(rules, answer.name(), slice);
    if (view == nullptr) continue;
    if (answer.not_applicable()) {
      if (!view->has_not_applicable_ms() || context.event_ms > view->not_applicable_ms())
        view->set_not_applicable_ms(context.event_ms);
      continue;
    }
    Adder adder(rules, context, *view);
    if (answer.has_importance() && mean > 0) adder.add(kImportance, answer.importance() / mean, 1);
    const v1::Scale& scale = answer.has_scale() ? answer.scale() : survey.scale();
    if (!(scale.min() < scale.max())) continue;
    const auto scaled = [&](double value) {
      return scaled_answer(value, scale.min(), scale.max(), scale.lower_is_better());
    };
    if (answer.has_expected()) adder.add(kExpected, scaled(answer.expected()), 1);
    if (answer.has_desired()) adder.add(kDesired, scaled(answer.desired()), 1);
    if (answer.has_best_competitor()) adder.add(kCompetitor, scaled(answer.best_competitor()), 1);
    if (!answer.has_perceived()) continue;
    const double perceived = scaled(answer.perceived());
    adder.perceived(perceived, 1, overall);
    const double expected = answer.has_expected() ? scaled(answer.expected()) : rules.prior;
    if (disconfirmation(rules.zone, perceived, expected).loss > 0)
      keep_latest(event.event_id(), context, view->mutable_disappointed());
  }
}

std::optional<double> mean_at(const state::v1::FadedSums& sums, int place, double left) {
  if (place + 1 >= sums.sums_size() || sums.sums(place) * left < kLeastWeight) return std::nullopt;
  return sums.sums(place + 1) / sums.sums(place);
}

// The customer's own word, shrunk to what is believed of everybody, times what their answers taught.
double importance_of(const ViewRules& rules, const SatisfactionSlice& slice, const DimensionView& view,
                     double left) {
  const auto configured = rules.weights.find(view.name());
  double prior = is_in(kService, view.name()) ? rules.service_weight : 1;
  if (configured != rules.weights.end()) prior = configured->second;
  double weight = 1, sum = prior;
  for (const auto& stated : slice.importance()) {
    if (stated.name() != view.name()) continue;
    weight += 2;
    sum += 2 * static_cast<double>(stated.weight());
  }
  const auto& sums = view.answers();
  if (kImportance + 1 < sums.sums_size()) {
    weight += sums.sums(kImportance) * left;
    sum += sums.sums(kImportance + 1) * left;
  }
  const double learned = kVariance < sums.sums_size()
                             ? learned_importance(sums.sums(kCovariance) * left, sums.sums(kVariance) * left)
                             : 1;
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

double used_to(const ViewRules& rules, const DimensionView& view, TimeMs at_ms) {
  const Fading fading(rules.used_to_half_life_ms);
  const double weight = fading.at(at_ms, 0, view.used_to());
  return (rules.prior + fading.at(at_ms, 1, view.used_to())) / (1 + weight);
}

}  // namespace

void add_views(const ViewRules& rules, const v1::Event& event, const Answers& answers,
               std::optional<double> overall, const ApplyContext& context, SatisfactionSlice& slice) {
  if (event.has_survey()) return add_survey(rules, event, overall, context, slice);
  for (const Answer& answer : answers.dimensions) {
    DimensionView* view = view_of(rules, answer.dimension, slice);
    if (view == nullptr) continue;
    Adder(rules, context, *view).perceived(answer.value, answer.weight, overall);
    if (disconfirmation(rules.zone, answer.value, rules.prior).loss > 0)
      keep_latest(event.event_id(), context, view->mutable_disappointed());
  }
}

void keep_importance(const v1::Profile& profile, TimeMs event_ms, SatisfactionSlice& slice) {
  if (slice.has_importance_ms() && slice.importance_ms() >= event_ms) return;
  double sum = 0;
  for (const auto& [name, weight] : profile.importance()) sum += weight;
  slice.set_importance_ms(event_ms);
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
    out->set_name(name);
    out->set_weight(static_cast<float>(weight / mean));
  }
}

ViewsNow views_now(const ViewRules& rules, const SatisfactionSlice& slice, TimeMs at_ms) {
  ViewsNow out;
  const Fading recent(rules.recent_half_life_ms);
  Mean utility, warranty, perception, desired, expected_mean, perceived_mean;
  double importance_sum = 0, loss = 0, delight = 0, outside = 0, evidence = 0, worst_loss = 0;
  for (const DimensionView& view : slice.views()) {
    const bool applies = !view.has_not_applicable_ms() ||
                         (view.has_answered_ms() && view.answered_ms() > view.not_applicable_ms());
    if (!applies) continue;
    const double left = recent.left(at_ms - view.answers().at_ms());
    desired.add(mean_at(view.answers(), kDesired, left), 1);
    const auto stated = mean_at(view.answers(), kExpected, left);
    const auto perceived = mean_at(view.answers(), kPerceived, left);
    if (!perceived) {
      expected_mean.add(stated, 1);
      continue;
    }
    const double weight = std::max(0.0, importance_of(rules, slice, view, left));
    const double expected = expectation(stated, used_to(rules, view, at_ms),
                                        mean_at(view.answers(), kCompetitor, left), rules.prior);
    Mean& component = is_in(kUtility, view.name())    ? utility
                      : is_in(kWarranty, view.name()) ? warranty
                                                      : perception;
    component.add(perceived, weight);
    perceived_mean.add(perceived, weight);
    expected_mean.add(expected, weight);
    const Disconfirmation gap = disconfirmation(rules.zone, *perceived, expected);
    importance_sum += weight;
    out.evidence = std::max(out.evidence, view.answers().sums(kPerceived) * left);
    loss += weight * gap.loss;
    delight += weight * gap.delight;
    if (gap.loss > 0 || gap.delight > 0) {
      outside += weight;
      evidence = std::max(evidence, view.answers().sums(kPerceived) * left);
    }
    if (expected - *perceived > rules.zone.intolerable && at_ms < view.answered_ms() + rules.answer_within_ms)
      out.intolerable = true;
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
