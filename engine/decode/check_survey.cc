// Surveys.
#include <algorithm>
#include <string_view>
#include <vector>

#include "ebb/v1/event.pb.h"
#include "engine/decode/bodies.h"

namespace ebb {
namespace {

constexpr int kDimensionsMax = 200;
constexpr int kBenefitsMax = 100;
constexpr int kCostsMax = 100;
constexpr int kNpsMax = 10;

bool has_answer(const v1::DimensionAnswer& answer) {
  return answer.has_desired() || answer.has_expected() || answer.has_perceived() ||
         answer.has_best_competitor();
}

bool check_on_scale(Check& check, const Path& at, bool there, double value, const v1::Scale& scale) {
  return !there || (value >= scale.min() && value <= scale.max()) ||
         check.bad(at, "expected a value within the scale, from min to max");
}

bool check_answers(Check& check, const Path& at, const v1::DimensionAnswer& answer,
                   const v1::Survey& survey) {
  if (answer.not_applicable() || !has_answer(answer)) return true;
  if (!answer.has_scale() && !survey.has_scale()) {
    return check.missing(at("scale"), "expected a scale here or in the survey, since there is an answer");
  }
  const v1::Scale& scale = answer.has_scale() ? answer.scale() : survey.scale();
  return check_on_scale(check, at("desired"), answer.has_desired(), answer.desired(), scale) &&
         check_on_scale(check, at("expected"), answer.has_expected(), answer.expected(), scale) &&
         check_on_scale(check, at("perceived"), answer.has_perceived(), answer.perceived(), scale) &&
         check_on_scale(check, at("best_competitor"), answer.has_best_competitor(), answer.best_competitor(),
                        scale);
}

bool check_dimension(Check& check, const Path& at, const v1::DimensionAnswer& answer,
                     const v1::Survey& survey) {
  return check.name(at("name"), answer.name()) && check.not_negative(at("importance"), answer.importance()) &&
         check.known(at("level"), v1::ValueLevel_IsValid(answer.level())) &&
         check.scale(at("scale"), answer.has_scale(), answer.scale()) &&
         check_answers(check, at, answer, survey);
}

bool check_names_differ(Check& check, const Path& at, const v1::Survey& survey) {
  if (survey.dimensions_size() < 2) return true;
  std::vector<std::string_view> names;
  names.reserve(static_cast<std::size_t>(survey.dimensions_size()));
  for (const v1::DimensionAnswer& answer : survey.dimensions()) names.push_back(answer.name());
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end() || check.bad(at, "a dimension's name comes twice");
}

bool check_dimensions(Check& check, const Path& at, const v1::Survey& survey) {
  if (!check.at_most(at("dimensions"), survey.dimensions_size(), kDimensionsMax)) return false;
  for (int i = 0; i < survey.dimensions_size(); ++i) {
    if (!check_dimension(check, at("dimensions", i), survey.dimensions(i), survey)) return false;
  }
  return check_names_differ(check, at("dimensions"), survey);
}

// What Benefit and PerceivedCost have in common.
template <typename Message>
bool check_measure(Check& check, const Path& at, const Message& message) {
  return check.money(at("money"), message.has_money(), message.money()) &&
         check.count(at("duration_ms"), message.duration_ms()) &&
         check.rating(at("rating"), message.has_rating(), message.rating());
}

bool check_benefits(Check& check, const Path& at, const v1::Survey& survey) {
  if (!check.at_most(at("benefits"), survey.benefits_size(), kBenefitsMax)) return false;
  for (int i = 0; i < survey.benefits_size(); ++i) {
    const Path here = at("benefits", i);
    if (!check.known(here("kind"), v1::BenefitKind_IsValid(survey.benefits(i).kind())) ||
        !check_measure(check, here, survey.benefits(i))) {
      return false;
    }
  }
  return true;
}

bool check_costs(Check& check, const Path& at, const v1::Survey& survey) {
  if (!check.at_most(at("costs"), survey.costs_size(), kCostsMax)) return false;
  for (int i = 0; i < survey.costs_size(); ++i) {
    const Path here = at("costs", i);
    const v1::PerceivedCost& cost = survey.costs(i);
    if (!check.known(here("kind"), v1::CostKind_IsValid(cost.kind())) ||
        !check.known(here("transaction"), v1::TransactionCost_IsValid(cost.transaction())) ||
        !check_measure(check, here, cost)) {
      return false;
    }
  }
  return true;
}

bool check_scores(Check& check, const Path& at, const v1::Survey& s) {
  return check.range(at("nps"), s.nps(), 0, kNpsMax) && check.rating(at("csat"), s.has_csat(), s.csat()) &&
         check.rating(at("ces"), s.has_ces(), s.ces()) &&
         check.rating(at("quality"), s.has_quality(), s.quality()) &&
         check.rating(at("expectation_met"), s.has_expectation_met(), s.expectation_met()) &&
         check.rating(at("closeness_to_ideal"), s.has_closeness_to_ideal(), s.closeness_to_ideal()) &&
         check.share(at("repurchase_intent"), s.repurchase_intent()) &&
         check.scale(at("scale"), s.has_scale(), s.scale());
}

bool check_worth(Check& check, const Path& at, const v1::Survey& s) {
  return check.money(at("believed_worth"), s.has_believed_worth(), s.believed_worth()) &&
         check.money(at("believed_cost"), s.has_believed_cost(), s.believed_cost()) &&
         check.money(at("competitor_worth"), s.has_competitor_worth(), s.competitor_worth()) &&
         check.money(at("competitor_cost"), s.has_competitor_cost(), s.competitor_cost()) &&
         check.money(at("willing_to_pay"), s.has_willing_to_pay(), s.willing_to_pay());
}

bool check_context(Check& check, const Path& at, const v1::Survey& s) {
  return check.text(at("survey_id"), s.survey_id()) &&
         check.known(at("status"), v1::SurveyStatus_IsValid(s.status())) &&
         check.known(at("stage"), v1::SurveyStage_IsValid(s.stage())) &&
         check.text(at("touchpoint"), s.touchpoint()) && check.text(at("topic"), s.topic()) &&
         check.text(at("order_id"), s.order_id()) && check.text(at("competitor"), s.competitor()) &&
         check.text(at("kind"), s.kind()) && check.text(at("product_id"), s.product_id()) &&
         check.text(at("category"), s.category()) &&
         check.time(at("sent_time"), s.has_sent_time(), s.sent_time());
}

}  // namespace

bool check_survey(Check& check, const Path& at, const v1::Survey& survey) {
  return check_context(check, at, survey) && check_scores(check, at, survey) &&
         check_dimensions(check, at, survey) && check_benefits(check, at, survey) &&
         check_costs(check, at, survey) && check_worth(check, at, survey);
}

}  // namespace ebb
