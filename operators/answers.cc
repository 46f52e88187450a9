#include "operators/answers.h"

#include "ebb/v1/event.pb.h"
#include "engine/base/types.h"
#include "operators/models/satisfaction.h"

namespace ebb {
namespace {

constexpr double kLongWaitMs = 10 * kMinuteMs;

// Rating and Scale name their ends alike. A scale without width says nothing.
template <typename WithScale>
bool is_scale(const WithScale& scale) {
  return scale.min() < scale.max();
}

class Mean {
 public:
  void add(double value, double weight) {
    sum_ += weight * value;
    weight_ += weight;
  }
  void add(bool given, const v1::Rating& rating) {
    if (given && is_scale(rating)) {
      add(scaled_answer(rating.value(), rating.min(), rating.max(), rating.lower_is_better()), 1);
    }
  }
  bool empty() const { return weight_ <= 0; }
  double value() const { return sum_ / weight_; }
  double weight() const { return weight_; }

 private:
  double sum_ = 0;
  double weight_ = 0;
};

void add_dimension(const v1::DimensionAnswer& answer, const v1::Survey& survey, Answers& out, Mean& mean) {
  const v1::Scale& scale = answer.has_scale() ? answer.scale() : survey.scale();
  if (answer.not_applicable() || !answer.has_perceived() || !is_scale(scale)) return;
  const auto scaled = [&](double value) {
    return scaled_answer(value, scale.min(), scale.max(), scale.lower_is_better());
  };
  double value = scaled(answer.perceived());
  if (answer.has_expected()) value = against_expectation(value, scaled(answer.expected()));
  out.dimensions.push_back({.dimension = answer.name(), .value = value, .weight = 1});
  mean.add(value, answer.has_importance() ? answer.importance() : 1);
}

Answers of_survey(const v1::Survey& survey) {
  Answers out;
  if (survey.status() == v1::SURVEY_STATUS_NOT_ANSWERED)
    return {.value = kNoAnswer, .weight = kNoAnswerWeight, .dimensions = {}, .of_dimensions = false};
  if (survey.status() != v1::SURVEY_STATUS_ANSWERED && survey.status() != v1::SURVEY_STATUS_UNSPECIFIED)
    return out;
  Mean overall;
  if (survey.has_nps()) overall.add(scaled_answer(survey.nps(), 0, 10, false), 1);
  overall.add(survey.has_csat(), survey.csat());
  overall.add(survey.has_ces(), survey.ces());
  overall.add(survey.has_expectation_met(), survey.expectation_met());
  overall.add(survey.has_closeness_to_ideal(), survey.closeness_to_ideal());
  Mean of_dimensions;
  for (const v1::DimensionAnswer& answer : survey.dimensions())
    add_dimension(answer, survey, out, of_dimensions);
  // Importance that sums to nothing says nothing: then all weigh the same.
  if (of_dimensions.empty()) {
    for (const Answer& answer : out.dimensions) of_dimensions.add(answer.value, answer.weight);
  }
  const Mean& mean = overall.empty() ? of_dimensions : overall;
  out.of_dimensions = overall.empty();
  if (!mean.empty()) {
    out.value = mean.value();
    out.weight = 1;
  }
  return out;
}

void of_contact(const v1::Contact& contact, Answers& out) {
  if (contact.abandoned()) {
    out.value = 0.2;
    out.weight = 0.5;
  } else if (static_cast<double>(contact.wait_ms()) >= kLongWaitMs) {
    out.value = 0.4;
    out.weight = 0.3;
  }
}

Answers of_feedback(const v1::Feedback& feedback) {
  Answers out;
  Mean rating;
  rating.add(feedback.has_rating(), feedback.rating());
  if (!rating.empty()) {
    out.value = rating.value();
    out.weight = 1;
  } else if (feedback.has_sentiment()) {
    out.value = scaled_answer(feedback.sentiment(), -1, 1, false);
    out.weight = 0.5;
  } else if (feedback.has_contact()) {
    of_contact(feedback.contact(), out);
  } else if (feedback.review().has_recommends()) {
    out.value = feedback.review().recommends() ? 1 : 0;
    out.weight = 0.5;
  }
  if (out.weight > 0 && !feedback.dimension().empty()) {
    out.of_dimensions = true;
    out.dimensions.push_back({.dimension = feedback.dimension(), .value = out.value, .weight = out.weight});
  }
  return out;
}

}  // namespace

std::optional<double> rating_share(const v1::Rating& rating) {
  if (!is_scale(rating)) return std::nullopt;
  return scaled_answer(rating.value(), rating.min(), rating.max(), rating.lower_is_better());
}

Answers answers_of(const v1::Event& event) {
  if (event.has_survey()) return of_survey(event.survey());
  if (event.has_feedback()) return of_feedback(event.feedback());
  return {};
}

bool got_in_touch(const v1::Event& event) {
  const v1::Feedback& feedback = event.feedback();
  return feedback.has_gesture() || (feedback.has_outreach() && !feedback.outreach().control_group());
}

}  // namespace ebb
