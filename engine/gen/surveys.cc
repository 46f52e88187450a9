// Surveys sent, answered, and left without an answer.
#include "engine/gen/moment.h"

namespace ebb::gen {
namespace {

// How much worse one dimension is judged at full strain, by what strains.
struct Dimension {
  std::string_view name;
  double bad_service;
  double price;
  double fault;
  double promise;
  double unmet;
};

constexpr std::array<Dimension, 9> kDimensions = {{{"reliability", 0.25, 0, 0.2, 0.4, 0},
                                                   {"responsiveness", 0.4, 0, 0, 0.15, 0},
                                                   {"empathy", 0.35, 0, 0, 0, 0},
                                                   {"fitness", 0, 0, 0.1, 0, 0.45},
                                                   {"continuity", 0, 0, 0.45, 0, 0},
                                                   {"price", 0, 0.45, 0, 0, 0},
                                                   {"billing", 0.1, 0.2, 0, 0, 0},
                                                   {"truthfulness", 0.05, 0.05, 0, 0.35, 0},
                                                   {"ease", 0.2, 0, 0.1, 0, 0.15}}};

double worse(const Dimension& d, Reason stress) {
  switch (stress) {
    case Reason::kBadService:
    case Reason::kComplaintUnresolved:
      return d.bad_service;
    case Reason::kPrice:
    case Reason::kPromotionEnded:
      return d.price;
    case Reason::kFault:
      return d.fault;
    case Reason::kBrokenPromise:
      return d.promise;
    case Reason::kUnmetNeed:
      return d.unmet;
    default:
      return 0;
  }
}

}  // namespace

// A round plans the next, and a survey a little later: surveys go out in the morning.
bool Moment::nps_round() {
  plan(days(90), StepKind::kNpsRound);
  plan(kMinuteMs, StepKind::kSurveySent, ++c_.surveys);
  return false;
}

v1::Survey& Moment::survey() {
  head(Source::kSurveys);
  v1::Survey& s = *event_.mutable_survey();
  s.set_survey_id(name_ + "-s" + std::to_string(step_.number & ~kFlag));
  s.set_kind((step_.number & kFlag) != 0 ? "after_delivery" : "relationship");
  return s;
}

bool Moment::survey_sent() {
  survey().set_status(v1::SURVEY_STATUS_SENT);
  // The angry answer more often, those who lose interest hardly.
  const double eager =
      static_cast<double>(c_.answers) * (mood() < 0.4 ? 1.4 : 1) * (0.2 + 0.8 * static_cast<double>(c_.need));
  const bool answers = rng_.chance(eager);
  if (answers) {
    plan(hours(rng_.between(1, 120)), StepKind::kSurveyAnswered, step_.number);
  } else {
    plan(days(14), StepKind::kSurveyLapsed, step_.number);
  }
  return true;
}

bool Moment::survey_answered() {
  if (left()) return survey_lapsed();
  v1::Survey& s = survey();
  if (rng_.chance(0.01)) {
    s.set_status(v1::SURVEY_STATUS_DECLINED);
    return true;
  }
  s.set_status(v1::SURVEY_STATUS_ANSWERED);
  if ((step_.number & kFlag) != 0) {
    fill_after_purchase(&s);
  } else {
    fill_relationship(&s);
  }
  return true;
}

void Moment::fill_after_purchase(v1::Survey* s) {
  s->set_stage(v1::SURVEY_STAGE_AFTER_PURCHASE);
  s->set_touchpoint(rng_.chance(0.5) ? "delivery" : "shop");
  s->set_order_id(order(std::max<std::uint32_t>(1, c_.purchases)));
  s->set_category(std::string(kCategories[draw_category(true)]));
  set_rating(round_off(1 + 4 * mood() + 0.4 * rng_.bell()), 1, 5, s->mutable_csat());
  if (rng_.chance(0.4)) {
    set_rating(round_off(1 + 6 * (1 - mood()) + 0.6 * rng_.bell()), 1, 7, s->mutable_ces());
    s->mutable_ces()->set_lower_is_better(true);
  }
  if (rng_.chance(0.4)) {
    const double gap = mood() - static_cast<double>(c_.expectation);
    set_rating(round_off(5.5 + 7 * gap + 0.6 * rng_.bell()), 1, 10, s->mutable_expectation_met());
    set_rating(round_off(1 + 9 * mood() + 0.8 * rng_.bell()), 1, 10, s->mutable_closeness_to_ideal());
  }
}

void Moment::fill_relationship(v1::Survey* s) {
  if (rng_.chance(0.06)) {  // asked what they are looking for, not what they got
    s->set_stage(v1::SURVEY_STAGE_BEFORE_PURCHASE);
    s->mutable_scale()->set_min(0);
    s->mutable_scale()->set_max(10);
    v1::DimensionAnswer& a = *s->add_dimensions();
    a.set_name("fitness");
    a.set_level(v1::VALUE_LEVEL_GOAL);
    a.set_expected(round_off(10 * static_cast<double>(c_.expectation)));
    a.set_desired(std::min(10.0, a.expected() + rng_.below(3)));
    return;
  }
  s->set_stage(v1::SURVEY_STAGE_IN_USE);
  const double nps = round_off(10 * (mood() + 0.08) + 0.8 * rng_.bell());
  s->set_nps(static_cast<std::int32_t>(std::clamp(nps, 0.0, 10.0)));
  if (rng_.chance(0.5)) fill_dimensions(s);
  if (rng_.chance(0.45)) fill_worth(s);
  if (rng_.chance(0.3)) {
    s->set_repurchase_intent(
        round_off(10 * std::clamp(1.05 - 0.9 * strain_ - 0.5 * (1 - static_cast<double>(c_.need)) +
                                      0.1 * rng_.bell(),
                                  0.0, 1.0)) /
        10);
  }
}

void Moment::fill_dimensions(v1::Survey* s) {
  s->mutable_scale()->set_min(1);
  s->mutable_scale()->set_max(7);
  const double strained = std::min(strain_, 1.0);
  const double rival = under(Reason::kCompetitor) ? 0.3 * strained + 0.05 : 0;
  const auto answer = [this](double level) {
    return std::clamp(round_off(1 + 6 * level + 0.6 * rng_.bell()), 1.0, 7.0);
  };
  for (const Dimension& d : kDimensions) {
    if (rng_.chance(0.35)) continue;  // not everybody is asked everything
    v1::DimensionAnswer& a = *s->add_dimensions();
    a.set_name(std::string(d.name));
    if (rng_.chance(0.03)) {
      a.set_not_applicable(true);
      continue;
    }
    if (rng_.chance(0.4)) a.set_desired(answer(static_cast<double>(c_.expectation) + 0.12));
    a.set_expected(answer(static_cast<double>(c_.expectation)));
    a.set_perceived(answer(mood() - worse(d, c_.stress) * strained));
    a.set_importance(1 + rng_.below(5));
    if (rng_.chance(0.6)) a.set_best_competitor(answer(0.6 + rival));
  }
}

// What it is worth to them against what it costs, here and elsewhere.
void Moment::fill_worth(v1::Survey* s) {
  const double basket = static_cast<double>(c_.basket_minor);
  const double strained = std::min(strain_, 1.0);
  const bool unmet = under(Reason::kUnmetNeed);
  const double worth = basket * (0.75 + 0.8 * mood()) * (unmet ? 1 - 0.35 * strained : 1) *
                       (0.4 + 0.6 * static_cast<double>(c_.need));
  const bool dear = under(Reason::kPrice) || under(Reason::kPromotionEnded);
  const double cost = basket * static_cast<double>(c_.price_level) * (dear ? 1 + 0.3 * strained : 1);
  const auto about = [this](double amount) {
    return static_cast<std::int64_t>(amount * rng_.between(0.85, 1.15));
  };
  set_money(about(worth), s->mutable_believed_worth());
  set_money(about(cost), s->mutable_believed_cost());
  set_money(about(worth * 0.95), s->mutable_willing_to_pay());
  set_rating(round_off(1 + 6 * (unmet ? 0.8 : mood()) + 0.5 * rng_.bell()), 1, 7, s->mutable_quality());
  if (rng_.chance(0.5)) {
    const double rival = under(Reason::kCompetitor) ? 0.45 * strained : 0;
    set_money(about(basket * (1.15 + rival)), s->mutable_competitor_worth());
    set_money(about(basket * (1 - 0.3 * rival)), s->mutable_competitor_cost());
    s->set_competitor("rival");
  }
  const double u = rng_.uniform();
  v1::Benefit& benefit = *s->add_benefits();
  if (u < 0.3) {
    benefit.set_kind(v1::BENEFIT_KIND_TIME);
    benefit.set_duration_ms(static_cast<std::int64_t>(rng_.between(5, 120)) * kMinuteMs);
  } else if (u < 0.5) {
    benefit.set_kind(v1::BENEFIT_KIND_ECONOMIC);
    set_money(about(0.2 * worth), benefit.mutable_money());
  } else {
    benefit.set_kind(u < 0.8 ? v1::BENEFIT_KIND_QUALITY : v1::BENEFIT_KIND_PSYCHOLOGICAL);
    set_rating(round_off(1 + 6 * mood()), 1, 7, benefit.mutable_rating());
  }
  v1::PerceivedCost& burden = *s->add_costs();
  const double trouble = under(Reason::kBadService) ? 0.4 * strained : 0;
  burden.set_kind(rng_.chance(0.5) ? v1::COST_KIND_EFFORT : v1::COST_KIND_PSYCHOLOGICAL);
  burden.set_transaction(c_.purchases < 4 ? v1::TRANSACTION_COST_SETUP : v1::TRANSACTION_COST_MONITORING);
  set_rating(round_off(1 + 6 * std::clamp(0.9 - mood() + trouble, 0.0, 1.0)), 1, 7, burden.mutable_rating());
}

bool Moment::survey_lapsed() {
  survey().set_status(v1::SURVEY_STATUS_NOT_ANSWERED);
  return true;
}

}  // namespace ebb::gen
