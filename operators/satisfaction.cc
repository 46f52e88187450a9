// satisfaction: how satisfied the customer says to be, and which complaints are open.
//
// An index from 0 to 1, overall and by dimension: faded sum over faded weight of the answers, with a prior.
// An answer's weight halves every `half_life`; one event is one answer at most (answers.h says which value
// and weight each kind has). At most `max_dimensions` dimensions are kept; answers about others count overall
// only. What index and complaints contribute to the risk is bounded: models/satisfaction.h has the formulas.
//
// Complaints are cases (cases.h): open until the customer confirms, or doesn't dispute a resolution for
// `claim`; overdue when not resolved by the time promised, or within `recovery`. A good recovery brings the
// risk back to where it was and no lower.
//
// An answer is wanted when the evidence has faded below `stale_weight` answers, unless the customer was asked
// within `ask_rest`, refused within a year, or wants no contact.
//
// Order of arrival plays no part (the sums but for rounding), but for which dimensions or cases find room.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include "config/node.h"
#include "ebb/state/v1/satisfaction_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/answers.h"
#include "operators/cases.h"
#include "operators/event_ref.h"
#include "operators/models/satisfaction.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using state::v1::BadAnswer;
using state::v1::Case;
using state::v1::DimensionSum;
using state::v1::Faded;
using state::v1::SatisfactionSlice;

constexpr int kMaxWorst = 3;
constexpr std::size_t kMaxNameBytes = 64;
constexpr double kUsualSeverity = 0.5;
constexpr double kNoticeablePoints = 0.15;  // wake those downstream when the contribution has moved by this
constexpr DurationMs kRefusalMs = 365 * kDayMs;

struct Params {
  DurationMs half_life_ms = 180 * kDayMs;
  SatisfactionPrior prior;
  int max_dimensions = 16;
  double stale_weight = 0.3;
  DurationMs ask_rest_ms = 30 * kDayMs;
  CaseRules cases;
};

// What the cases say at one time.
struct Complaints {
  int open = 0;
  int overdue = 0;
  double points = 0;
  TimeMs oldest_ms = kNever;
  std::vector<const Case*> cases;  // only when explaining
};

class Satisfaction final : public Operator {
 public:
  explicit Satisfaction(const Params& params) : params_(params) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &SatisfactionSlice::default_instance();
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    const Answers answers = answers_of(event);
    if (answers.weight > 0) add_answers(event, answers, context);
    if (event.feedback().has_complaint()) {
      take_step(params_.cases, event, context, context.slice.edit<SatisfactionSlice>());
    }
    if (event.has_survey()) note_asking(event.survey(), context);
    if (event.profile().has_no_contact()) note_contact(event.profile(), context);
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const SatisfactionSlice* slice = context.slice.get<SatisfactionSlice>();
    if (slice == nullptr) slice = &SatisfactionSlice::default_instance();
    const FadedAnswers answers = faded(slice->overall(), *slice, context.at_ms);
    context.out.set(Measure::kSatisfactionWeight, answers.weight);
    context.out.set(Measure::kAnswerWanted, answer_wanted(*slice, answers.weight, context.at_ms) ? 1 : 0);
    context.out.set(Measure::kEvidenceWeight,
                    static_cast<double>(slice->answers() + slice->cases_size() + slice->more_cases()));
    if (slice->answers() > 0) assess_index(*slice, answers, context);
    assess_complaints(*slice, context);
  }

 private:
  double half_lives(DurationMs ms) const {
    return static_cast<double>(ms) / static_cast<double>(params_.half_life_ms);
  }

  FadedAnswers faded(const Faded& sums, const SatisfactionSlice& slice, TimeMs at_ms) const {
    const double keep = std::exp2(-half_lives(at_ms - slice.faded_at_ms()));
    return {.weight = sums.weight() * keep, .sum = sums.sum() * keep};
  }

  // ---- apply

  // As in value: weights grow with time against a landmark that moves by whole half-lives.
  double weight_at(TimeMs at_ms, SatisfactionSlice& slice) const {
    const TimeMs landmark = at_ms - at_ms % params_.half_life_ms;
    if (landmark > slice.faded_at_ms()) {
      const double keep = std::exp2(-half_lives(landmark - slice.faded_at_ms()));
      const auto rescale = [&](Faded& sums) {
        sums.set_weight(sums.weight() * keep);
        sums.set_sum(sums.sum() * keep);
      };
      rescale(*slice.mutable_overall());
      for (DimensionSum& dimension : *slice.mutable_dimensions()) rescale(*dimension.mutable_faded());
      slice.set_faded_at_ms(landmark);
    }
    return std::exp2(half_lives(at_ms - slice.faded_at_ms()));
  }

  static void add(double value, double weight, Faded& sums) {
    sums.set_weight(sums.weight() + weight);
    sums.set_sum(sums.sum() + weight * value);
  }

  void add_answers(const v1::Event& event, const Answers& answers, ApplyContext& context) const {
    SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
    const double now = weight_at(context.event_ms, slice);
    add(answers.value, now * answers.weight, *slice.mutable_overall());
    for (const Answer& answer : answers.dimensions) {
      if (Faded* sums = find_dimension(answer.dimension, slice))
        add(answer.value, now * answer.weight, *sums);
    }
    slice.set_answered_ms(slice.answers() == 0 ? context.event_ms
                                               : std::max(slice.answered_ms(), context.event_ms));
    slice.set_answers(slice.answers() + 1);
    if (answers.value < params_.prior.mean) keep_bad(event, answers, context, slice);
  }

  Faded* find_dimension(std::string_view name, SatisfactionSlice& slice) const {
    for (DimensionSum& dimension : *slice.mutable_dimensions()) {
      if (dimension.name() == name) return dimension.mutable_faded();
    }
    if (slice.dimensions_size() >= params_.max_dimensions || name.size() > kMaxNameBytes) return nullptr;
    DimensionSum* dimension = slice.add_dimensions();
    dimension->set_name(name.data(), name.size());
    return dimension->mutable_faded();
  }

  // How bad an answer is, faded: an order that doesn't change with time. The event's id decides between
  // equals.
  auto badness(const BadAnswer& answer) const {
    const double bad =
        (params_.prior.mean - static_cast<double>(answer.value())) * static_cast<double>(answer.weight());
    return std::make_tuple(-(std::log2(std::max(bad, 1e-9)) + half_lives(answer.event().event_ms())),
                           std::string_view(answer.event().event_id()));
  }

  void keep_bad(const v1::Event& event, const Answers& answers, const ApplyContext& context,
                SatisfactionSlice& slice) const {
    BadAnswer* bad = slice.add_worst();
    remember(event.event_id(), context, bad->mutable_event());
    bad->set_value(static_cast<float>(answers.value));
    bad->set_weight(static_cast<float>(answers.weight));
    std::sort(slice.mutable_worst()->pointer_begin(), slice.mutable_worst()->pointer_end(),
              [&](const BadAnswer* a, const BadAnswer* b) { return badness(*a) < badness(*b); });
    if (slice.worst_size() > kMaxWorst) slice.mutable_worst()->RemoveLast();
  }

  static void note_asking(const v1::Survey& survey, ApplyContext& context) {
    if (survey.status() == v1::SURVEY_STATUS_SENT) {
      SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
      slice.set_asked_ms(slice.has_asked_ms() ? std::max(slice.asked_ms(), context.event_ms)
                                              : context.event_ms);
    }
    if (survey.status() == v1::SURVEY_STATUS_DECLINED) {
      SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
      slice.set_declined_ms(slice.has_declined_ms() ? std::max(slice.declined_ms(), context.event_ms)
                                                    : context.event_ms);
    }
  }

  // The latest word counts; of two at one time the refusal.
  static void note_contact(const v1::Profile& profile, ApplyContext& context) {
    SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
    if (slice.has_no_contact_ms() && slice.no_contact_ms() > context.event_ms) return;
    const bool same_time = slice.has_no_contact_ms() && slice.no_contact_ms() == context.event_ms;
    slice.set_no_contact(profile.no_contact() || (same_time && slice.no_contact()));
    slice.set_no_contact_ms(context.event_ms);
  }

  // ---- assess

  bool answer_wanted(const SatisfactionSlice& slice, double weight, TimeMs at_ms) const {
    return weight < params_.stale_weight && !slice.no_contact() &&
           !(slice.has_asked_ms() && at_ms - slice.asked_ms() < params_.ask_rest_ms) &&
           !(slice.has_declined_ms() && at_ms - slice.declined_ms() < kRefusalMs);
  }

  void assess_index(const SatisfactionSlice& slice, const FadedAnswers& answers,
                    AssessContext& context) const {
    Signals& out = context.out;
    const double index = satisfaction_index(params_.prior, answers);
    out.set(Measure::kSatisfaction, index);
    Contribution contribution{.name = "satisfaction",
                              .points = satisfaction_points(params_.prior, index),
                              .sentence = {},
                              .evidence = {}};
    if (context.explain) {
      contribution.sentence = sentence(slice, index, context.at_ms);
      for (const BadAnswer& bad : slice.worst()) contribution.evidence.push_back(evidence_of(bad.event()));
    }
    out.contribute(std::move(contribution));

    const auto after = [&](double half_lives) {
      return context.at_ms + 1 +
             static_cast<DurationMs>(std::ceil(half_lives * static_cast<double>(params_.half_life_ms)));
    };
    if (answers.weight >= params_.stale_weight)
      out.changes_at(after(std::log2(answers.weight / params_.stale_weight)));
    if (const auto moved = half_lives_until_moved(params_.prior, answers, kNoticeablePoints)) {
      out.changes_at(after(*moved));
    }
  }

  std::string sentence(const SatisfactionSlice& slice, double index, TimeMs at_ms) const {
    std::string text = fmt::format(
        "Satisfaction is {} of 100, from {}, the latest {} ago", std::llround(100 * index),
        count_text(static_cast<double>(slice.answers()), "answer"),
        days_text(static_cast<double>(at_ms - slice.answered_ms()) / static_cast<double>(kDayMs)));
    double lowest = params_.prior.mean;
    const DimensionSum* worst = nullptr;
    for (const DimensionSum& dimension : slice.dimensions()) {
      const double value = satisfaction_index(params_.prior, faded(dimension.faded(), slice, at_ms));
      if (value < lowest) {
        lowest = value;
        worst = &dimension;
      }
    }
    if (worst != nullptr)
      text += fmt::format("; the worst is {} ({})", worst->name(), std::llround(100 * lowest));
    return text + ".";
  }

  Complaints complaints(const SatisfactionSlice& slice, AssessContext& context) const {
    Complaints out;
    for (const Case& item : slice.cases()) {
      const CaseState state = state_of(params_.cases, item, context.at_ms);
      if (!state.open) continue;
      context.out.changes_at(state.changes_ms);
      ++out.open;
      out.overdue += state.overdue ? 1 : 0;
      out.oldest_ms = std::min(out.oldest_ms, item.opened_ms());
      const double severity = item.severity() < 0 ? kUsualSeverity : static_cast<double>(item.severity());
      out.points += complaint_points(severity, state.claimed, state.overdue);
      if (context.explain) out.cases.push_back(&item);
    }
    out.open += slice.more_cases();
    out.points += slice.more_cases() * complaint_points(kUsualSeverity, false, false);
    out.points = std::min(out.points, kMaxComplaintPoints);
    return out;
  }

  void assess_complaints(const SatisfactionSlice& slice, AssessContext& context) const {
    const Complaints found = complaints(slice, context);
    context.out.set(Measure::kOpenComplaints, found.open);
    context.out.set(Measure::kOverdueComplaints, found.overdue);
    if (found.open == 0) return;
    Contribution contribution{
        .name = "open_complaints", .points = found.points, .sentence = {}, .evidence = {}};
    if (context.explain) {
      contribution.sentence = fmt::format("{} open", count_text(found.open, "complaint"));
      if (found.oldest_ms != kNever) {
        contribution.sentence += fmt::format(
            ", the oldest for {}",
            days_text(static_cast<double>(context.at_ms - found.oldest_ms) / static_cast<double>(kDayMs)));
      }
      contribution.sentence += found.overdue > 0 ? fmt::format("; {} overdue.", found.overdue) : ".";
      for (const Case* item : found.cases) contribution.evidence.push_back(evidence_of(item->event()));
    }
    context.out.contribute(std::move(contribution));
  }

  Params params_;
};

}  // namespace

std::unique_ptr<Operator> make_satisfaction(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.prior.mean = reader.number("prior", params.prior.mean, 0.01, 0.99);
  params.prior.weight = reader.number("prior_weight", params.prior.weight, 0.01, 1000);
  params.max_dimensions = static_cast<int>(reader.integer("max_dimensions", params.max_dimensions, 0, 64));
  params.stale_weight = reader.number("stale_weight", params.stale_weight, 0.001, 100);
  params.ask_rest_ms = reader.duration("ask_rest", params.ask_rest_ms, 0, 3650 * kDayMs);
  params.cases.max_cases = static_cast<int>(reader.integer("max_cases", params.cases.max_cases, 1, 256));
  params.cases.recovery_ms = reader.duration("recovery", params.cases.recovery_ms, kHourMs, 365 * kDayMs);
  params.cases.claim_ms = reader.duration("claim", params.cases.claim_ms, kHourMs, 3650 * kDayMs);
  reader.finish();
  return std::make_unique<Satisfaction>(params);
}

}  // namespace ebb
