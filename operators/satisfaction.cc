// satisfaction: how satisfied the customer says to be, and which complaints are open.
//
// An index from 0 to 1, overall and by dimension: faded sum over faded weight of the answers, with a prior.
// An answer's weight halves every `half_life`; one event is one answer at most (answers.h says which value
// and weight each kind has). At most `max_dimensions` dimensions are kept; answers about others count overall
// only. What index and complaints contribute to the risk is bounded: models/satisfaction.h has the formulas.
//
// Complaints are cases (cases.h): open until the customer confirms, or doesn't dispute a resolution for
// `claim`; overdue when not resolved by the time promised, or within `recovery` (of a segment:
// `recovery_by`). A good recovery brings the risk back to where it was and no lower.
//
// An answer is wanted when the evidence has faded below `stale_weight` answers, unless the customer was asked
// within `ask_rest`, refused within a year, or wants no contact.
//
// `depth: full` adds:
// - Dimensions count by what was expected of them (views.h, models/expectation.h), not by themselves: inside
//   the zone of tolerance they move nothing.
// - How much a dimension counts is the customer's own word, shrunk to that of their segment (the value of
//   `segment`) and of all customers, by finished days (segment_importance.h).
// - A shift: where recent answers clearly differ from all, the old ones are let go.
// - A survey sent and unanswered for `ask_rest` is weak evidence, without an event.
// - Answers about how a complaint was handled lift the index and never the risk's floor; recoveries that
//   failed contribute `recovery`.
// - The silent unhappy contribute `silent_unhappy`.
// - Contact is wanted after an intolerable answer and by the silent unhappy, until somebody gets in touch.
// - Contacts are left to `support`.
//
// Order of arrival plays no part (the sums but for rounding), but for which dimensions or cases find room.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "config/node.h"
#include "ebb/state/v1/importance_slice.pb.h"
#include "ebb/state/v1/satisfaction_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/answers.h"
#include "operators/cases.h"
#include "operators/contribute.h"
#include "operators/dimensions.h"
#include "operators/event_ref.h"
#include "operators/models/points.h"
#include "operators/models/satisfaction.h"
#include "operators/registry.h"
#include "operators/segment_importance.h"
#include "operators/views.h"
#include "operators/words.h"

namespace ebb {
namespace {

using state::v1::BadAnswer;
using state::v1::Case;
using state::v1::Dimension;
using state::v1::SatisfactionSlice;

constexpr int kMaxWorst = 2;
constexpr double kMilli = 1e-3;

// Places in SatisfactionSlice.faded: a weight and a weight x value each.
constexpr int kOverall = 0;
constexpr int kRecovery = 2;
constexpr int kFirstDimension = 4;
constexpr std::size_t kMaxNameBytes = 64;
constexpr double kUsualSeverity = 0.5;
constexpr double kUnhappy = 0.45;
constexpr double kSureWeight = 0.5;   // of evidence, in full answers, before somebody is called unhappy
constexpr double kSilentShare = 0.5;  // of the points, for whoever is just below unhappy
constexpr double kPoor = 0.5;
// In depth, what makes unhappy has terms of its own (cases, promises, waits, faults, ...). The index that
// they bring down counts half then, or each would count twice, and those who grumble all their life would
// stand above those who have begun to.
constexpr double kShareInDepth = 0.5;
constexpr DurationMs kRefusalMs = 365 * kDayMs;

struct Params {
  DurationMs half_life_ms = 180 * kDayMs;
  SatisfactionPrior prior;
  int max_dimensions = 16;
  double stale_weight = 0.3;
  DurationMs ask_rest_ms = 30 * kDayMs;
  CaseRules cases;
  bool full = false;
  ViewRules views;
  double max_silent = 0.5;
  double max_recovery = 0.8;
  DurationMs recovery_half_life_ms = 90 * kDayMs;
  DurationMs quiet_ms = 180 * kDayMs;  // unhappy for so long without a complaint is silent
  std::string segment;                 // key whose value chooses the time to recover
  std::map<std::string, DurationMs, std::less<>> recovery_by;
};

// What the cases say at one time.
struct Complaints {
  int open = 0;
  int overdue = 0;
  bool claimed = false;  // some are said to be resolved
  double points = 0;
  TimeMs oldest_ms = kNever;
  std::vector<const Case*> cases;  // only when explaining
};

class Satisfaction final : public Operator {
 public:
  explicit Satisfaction(Params params)
      : params_(std::move(params)),
        fading_(params_.half_life_ms),
        recent_(params_.views.recent_half_life_ms),
        recovery_(params_.recovery_half_life_ms) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &SatisfactionSlice::default_instance();
  }

  const google::protobuf::Message* shared_prototype() const override {
    return params_.full ? &importance_prototype() : nullptr;
  }
  void roll_over(RollOverContext& context) const override { roll_over_importance(context); }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    const Answers answers = answers_of(event);
    if (params_.full) {
      add_full(event, answers, context);
    } else if (answers.weight > 0) {
      add_answers(event, answers, context);
    }
    if (event.feedback().has_complaint()) {
      take_step(params_.cases, event, context, context.slice.edit<SatisfactionSlice>());
    }
    if (event.has_survey()) note_asking(event.survey(), context);
    if (event.has_profile()) note_profile(event.profile(), context);
    if (params_.full && got_in_touch(event)) {
      SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
      slice.set_reached_ms(slice.has_reached_ms() ? std::max(slice.reached_ms(), context.event_ms)
                                                  : context.event_ms);
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const SatisfactionSlice* slice = context.slice.get<SatisfactionSlice>();
    if (slice == nullptr) slice = &SatisfactionSlice::default_instance();
    FadedAnswers answers = faded(*slice, kOverall, context.at_ms);
    const int cases = slice->cases_size() + slice->more_cases() + slice->past_cases();
    ViewsNow views;
    if (params_.full) {
      answers = in_full(answers, *slice, context);
      if (slice->views_size() > 0) {
        views = views_now(params_.views, *slice, context.shared.get<state::v1::ImportanceShared>(),
                          context.at_ms);
      }
    }
    const double evidence = answers.weight + views.evidence;
    context.out.set(Measure::kSatisfactionWeight, evidence);
    context.out.set(Measure::kAnswerWanted, answer_wanted(*slice, evidence, context.at_ms) ? 1 : 0);
    context.out.set(Measure::kEvidenceWeight, static_cast<double>(slice->answers() + cases));
    if (cases > 0) context.out.set(Measure::kComplaints, cases);
    if (params_.full) {
      assess_full(*slice, answers, views, context);
    } else if (slice->answers() > 0) {
      assess_index(*slice, answers, satisfaction_index(params_.prior, answers), nullptr, context);
    }
    assess_complaints(*slice, context);
  }

 private:
  double half_lives(DurationMs ms) const {
    return static_cast<double>(ms) / static_cast<double>(params_.half_life_ms);
  }

  FadedAnswers faded(const SatisfactionSlice& slice, int place, TimeMs at_ms) const {
    return {.weight = fading_.at(at_ms, place, slice.faded()),
            .sum = fading_.at(at_ms, place + 1, slice.faded())};
  }

  // ---- apply

  static void add(const Fading& fading, TimeMs at_ms, int place, double value, double weight,
                  state::v1::FadedSums& sums) {
    fading.add(at_ms, place, weight, sums);
    fading.add(at_ms, place + 1, weight * value, sums);
  }

  void add_answers(const v1::Event& event, const Answers& answers, ApplyContext& context) const {
    SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
    add(fading_, context.event_ms, kOverall, answers.value, answers.weight, *slice.mutable_faded());
    for (const Answer& answer : answers.dimensions) {
      const int place = place_of(answer.dimension, slice);
      if (place >= 0)
        add(fading_, context.event_ms, place, answer.value, answer.weight, *slice.mutable_faded());
    }
    count_answer(event, answers, context, slice);
  }

  void count_answer(const v1::Event& event, const Answers& answers, const ApplyContext& context,
                    SatisfactionSlice& slice) const {
    slice.set_answered_ms(slice.answers() == 0 ? context.event_ms
                                               : std::max(slice.answered_ms(), context.event_ms));
    slice.set_answers(slice.answers() + 1);
    if (answers.value < params_.prior.mean) keep_bad(event, answers, context, slice);
  }

  // Of the dimension's sums; -1: there is no room.
  int place_of(std::string_view name, SatisfactionSlice& slice) const {
    const DimensionKey key(name);
    for (int i = 0; i < slice.dimensions_size(); ++i) {
      if (key.is(slice.dimensions(i))) return kFirstDimension + 2 * i;
    }
    if (slice.dimensions_size() >= params_.max_dimensions || name.size() > kMaxNameBytes) return -1;
    key.put(slice.add_dimensions());
    return kFirstDimension + 2 * (slice.dimensions_size() - 1);
  }

  // How bad an answer is, faded: an order that doesn't change with time.
  double badness(const BadAnswer& answer) const {
    const double bad =
        (params_.prior.mean - kMilli * answer.value_milli()) * (1 - kMilli * answer.lack_milli());
    return std::log2(std::max(bad, 1e-9)) + half_lives(answer.event().event_ms());
  }

  // The event's id decides between equals.
  bool is_worse(const BadAnswer& a, const BadAnswer& b) const {
    const double by = badness(a) - badness(b);
    return by > 0 || (by == 0 && event_id_of(a.event()) < event_id_of(b.event()));
  }

  void keep_bad(const v1::Event& event, const Answers& answers, const ApplyContext& context,
                SatisfactionSlice& slice) const {
    BadAnswer* bad = slice.add_worst();
    remember(event.event_id(), context, bad->mutable_event());
    bad->set_value_milli(static_cast<std::uint32_t>(std::lround(answers.value / kMilli)));
    bad->set_lack_milli(static_cast<std::uint32_t>(std::lround((1 - answers.weight) / kMilli)));
    std::sort(slice.mutable_worst()->pointer_begin(), slice.mutable_worst()->pointer_end(),
              [&](const BadAnswer* a, const BadAnswer* b) { return is_worse(*a, *b); });
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

  void note_profile(const v1::Profile& profile, ApplyContext& context) const {
    if (profile.has_no_contact()) note_contact(profile.no_contact(), context);
    if (!params_.segment.empty()) note_segment(profile, context);
    if (params_.full && profile.importance_size() > 0)
      keep_importance(profile, context, context.slice.edit<SatisfactionSlice>());
  }

  // The latest word counts; of two at one time the larger.
  void note_segment(const v1::Profile& profile, ApplyContext& context) const {
    const auto found = profile.segments().find(params_.segment);
    if (found == profile.segments().end() || found->second.size() > kMaxNameBytes) return;
    SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
    const auto said = std::make_pair(context.event_ms, std::string_view(found->second));
    if (slice.has_segment_ms() &&
        said <= std::make_pair(slice.segment_ms(), std::string_view(slice.segment())))
      return;
    slice.set_segment(found->second);
    slice.set_segment_ms(context.event_ms);
  }

  // The latest word counts; of two at one time the refusal.
  static void note_contact(bool no_contact, ApplyContext& context) {
    SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
    if (slice.has_no_contact_ms() && slice.no_contact_ms() > context.event_ms) return;
    const bool same_time = slice.has_no_contact_ms() && slice.no_contact_ms() == context.event_ms;
    slice.set_no_contact(no_contact || (same_time && slice.no_contact()));
    slice.set_no_contact_ms(context.event_ms);
  }

  // ---- apply, in full

  // Whether an answer speaks of how a complaint was handled.
  static bool is_about_recovery(const v1::Event& event) {
    if (event.has_survey())
      return event.survey().topic() == "complaint" || event.survey().topic() == "recovery";
    switch (event.feedback().complaint().stage()) {
      case v1::COMPLAINT_STAGE_ANSWERED:
      case v1::COMPLAINT_STAGE_RESOLVED:
      case v1::COMPLAINT_STAGE_CONFIRMED:
        return true;
      default:
        return false;
    }
  }

  void add_full(const v1::Event& event, const Answers& answers, ApplyContext& context) const {
    const bool asked = event.has_survey() && event.survey().dimensions_size() > 0 &&
                       (event.survey().status() == v1::SURVEY_STATUS_ANSWERED ||
                        event.survey().status() == v1::SURVEY_STATUS_UNSPECIFIED);
    if (answers.weight <= 0 && !asked) return;
    const v1::Feedback& feedback = event.feedback();
    if (feedback.has_contact() && !feedback.has_rating() && !feedback.has_sentiment()) return;
    SatisfactionSlice& slice = context.slice.edit<SatisfactionSlice>();
    const bool overall = answers.weight > 0 && !answers.of_dimensions;
    if (asked || !answers.dimensions.empty()) {
      add_views(params_.views, event, answers, overall ? std::optional(answers.value) : std::nullopt, context,
                slice);
    }
    if (answers.weight <= 0) return;
    count_answer(event, answers, context, slice);
    if (!overall) return;
    if (is_about_recovery(event)) {
      add(fading_, context.event_ms, kRecovery, answers.value, answers.weight, *slice.mutable_faded());
      return;
    }
    add(fading_, context.event_ms, kOverall, answers.value, answers.weight, *slice.mutable_faded());
    add(recent_, context.event_ms, 0, answers.value, answers.weight, *slice.mutable_recent());
  }

  // ---- assess

  bool answer_wanted(const SatisfactionSlice& slice, double weight, TimeMs at_ms) const {
    return weight < params_.stale_weight && !slice.no_contact() &&
           !(slice.has_asked_ms() && at_ms - slice.asked_ms() < params_.ask_rest_ms) &&
           !(slice.has_declined_ms() && at_ms - slice.declined_ms() < kRefusalMs);
  }

  // index: as it is told; of the points those of the answers count if they are higher.
  void assess_index(const SatisfactionSlice& slice, const FadedAnswers& answers, double index,
                    const ViewsNow* views, AssessContext& context) const {
    Signals& out = context.out;
    out.set(Measure::kSatisfaction, index);
    const double floor = satisfaction_points(params_.prior, satisfaction_index(params_.prior, answers));
    double points = std::max(floor, satisfaction_points(params_.prior, index));
    if (params_.full && points > 0) points *= kShareInDepth;
    Contribution contribution{.name = "satisfaction", .points = points, .sentence = {}, .evidence = {}};
    if (context.explain) {
      contribution.sentence = sentence(slice, index, views, context.at_ms);
      for (const BadAnswer& bad : slice.worst())
        contribution.evidence.push_back(evidence_of(bad.event(), context.shared.task()));
    }
    out.contribute(std::move(contribution));

    const auto after = [&](double half_lives) {
      return context.at_ms + 1 +
             static_cast<DurationMs>(std::ceil(half_lives * static_cast<double>(params_.half_life_ms)));
    };
    if (answers.weight >= params_.stale_weight)
      out.changes_at(after(std::log2(answers.weight / params_.stale_weight)));
    if (const auto moved = half_lives_until_moved(params_.prior, answers, kNoticeablePoints)) {
      points > 0 ? out.eases_at(after(*moved)) : out.changes_at(after(*moved));
    }
  }

  std::string sentence(const SatisfactionSlice& slice, double index, const ViewsNow* views,
                       TimeMs at_ms) const {
    std::string text = fmt::format(
        "Satisfaction is {} of 100, from {}, the latest {} ago", std::llround(100 * index),
        count_text(static_cast<double>(slice.answers()), "answer"),
        days_text(static_cast<double>(at_ms - slice.answered_ms()) / static_cast<double>(kDayMs)));
    double lowest = params_.prior.mean;
    const Dimension* worst = nullptr;
    for (int i = 0; i < slice.dimensions_size(); ++i) {
      const double value = satisfaction_index(params_.prior, faded(slice, kFirstDimension + 2 * i, at_ms));
      if (value < lowest) {
        lowest = value;
        worst = &slice.dimensions(i);
      }
    }
    if (worst != nullptr)
      text += fmt::format("; the worst is {} ({})", dimension_of(*worst), std::llround(100 * lowest));
    if (views != nullptr && views->worst != nullptr) {
      text +=
          fmt::format("; {} disappoints most ({} where {} was expected)", dimension_of(*views->worst),
                      std::llround(100 * views->worst_perceived), std::llround(100 * views->worst_expected));
    }
    return text + ".";
  }

  // ---- assess, in full

  // The overall answers with the old ones let go after a shift, and a survey that nobody answered.
  FadedAnswers in_full(FadedAnswers all, const SatisfactionSlice& slice, AssessContext& context) const {
    const FadedAnswers recent{.weight = recent_.at(context.at_ms, 0, slice.recent()),
                              .sum = recent_.at(context.at_ms, 1, slice.recent())};
    if (recent.weight > 0 && all.weight > 0) {
      const double recent_mean = recent.sum / recent.weight;
      const double all_mean = all.sum / all.weight;
      const double share = shift_share(recent_mean, all_mean, recent.weight);
      if (share > 0) {
        context.out.set(Measure::kSatisfactionShift, recent_mean - all_mean);
        if (recent_mean < all_mean) context.out.raise(Flag::kSatisfactionFell);
        all.weight += share * (recent.weight - all.weight);
        all.sum += share * (recent.sum - all.sum);
      }
    }
    if (slice.has_asked_ms() && (slice.answers() == 0 || slice.answered_ms() < slice.asked_ms())) {
      const TimeMs given_up_ms = slice.asked_ms() + params_.ask_rest_ms;
      if (context.at_ms >= given_up_ms) {
        const double weight = kNoAnswerWeight * fading_.left(context.at_ms - given_up_ms);
        all.weight += weight;
        all.sum += weight * kNoAnswer;
      } else {
        context.out.changes_at(given_up_ms);
      }
    }
    return all;
  }

  static void set_if(const std::optional<double>& value, Measure measure, Signals& out) {
    if (value.has_value()) out.set(measure, *value);
  }

  void assess_full(const SatisfactionSlice& slice, FadedAnswers answers, const ViewsNow& views,
                   AssessContext& context) const {
    Signals& out = context.out;
    if (slice.views_size() > 0) {
      answers.weight += views.weight;
      answers.sum += views.weight * (params_.prior.mean + views.shift);
      set_if(views.utility, Measure::kUtility, out);
      set_if(views.warranty, Measure::kWarranty, out);
      set_if(views.perception, Measure::kPerception, out);
      set_if(views.desired, Measure::kDesired, out);
      set_if(views.expected, Measure::kExpected, out);
      set_if(views.perceived, Measure::kPerceived, out);
      if (views.weight > 0) note_fading(recent_, -4 * views.shift, context);
    }
    if (slice.answers() == 0 && answers.weight <= 0) return;
    FadedAnswers with_recovery = answers;
    const FadedAnswers recovery = faded(slice, kRecovery, context.at_ms);
    with_recovery.weight += recovery.weight;
    with_recovery.sum += recovery.sum;
    const double index = satisfaction_index(params_.prior, with_recovery);
    assess_index(slice, answers, index, &views, context);
    if (index < kPoor) out.raise(Flag::kNoDiscount);
    if (views.intolerable) out.raise(Flag::kContactWanted);
    const bool sure = with_recovery.weight >= kSureWeight;
    if (sure && index < kUnhappy && !complained_lately(slice, context)) {
      out.raise(Flag::kSilentUnhappy);
      if (!slice.has_reached_ms() || slice.reached_ms() < slice.answered_ms())
        out.raise(Flag::kContactWanted);
      contribute(context, "silent_unhappy",
                 params_.max_silent * std::min(1.0, (kUnhappy - index) / kUnhappy + kSilentShare),
                 [] { return std::string("Unhappy, and has not complained."); },
                 {slice.worst_size() > 0 ? &slice.worst(0).event() : nullptr});
    }
  }

  bool complained_lately(const SatisfactionSlice& slice, AssessContext& context) const {
    if (slice.more_cases() > 0) return true;
    TimeMs last_ms = kBeginning;
    for (const Case& item : slice.cases()) last_ms = std::max(last_ms, item.event().event_ms());
    if (last_ms == kBeginning || context.at_ms >= last_ms + params_.quiet_ms) return false;
    context.out.changes_at(last_ms + params_.quiet_ms);
    return true;
  }

  // What is left of recoveries that failed: given up by the customer, not accepted, or late.
  void assess_recovery(const SatisfactionSlice& slice, const CaseRules& rules, AssessContext& context) const {
    double reason = 0;
    const Case* worst = nullptr;
    double most = 0;
    for (const Case& item : slice.cases()) {
      const double failed =
          failed_recovery(rules, item) * recovery_.left(context.at_ms - item.event().event_ms());
      reason += failed;
      if (failed <= most) continue;
      most = failed;
      worst = &item;
    }
    if (worst == nullptr) return;
    const double points = bounded_points(reason, params_.max_recovery);
    note_fading(recovery_, points, context);
    contribute(context, "recovery", points,
               [&] {
                 const std::string_view how = worst->stage() == v1::COMPLAINT_STAGE_WITHDRAWN
                                                  ? "was given up by the customer"
                                              : worst->reopened() > 0 ? "was not resolved when we said so"
                                                                      : "was resolved late";
                 return fmt::format("A complaint {}, {} ago.", how,
                                    days_text(days_of(context.at_ms - worst->event().event_ms())));
               },
               {&worst->event()});
  }

  CaseRules rules_of(const SatisfactionSlice& slice) const {
    CaseRules rules = params_.cases;
    const auto found = params_.recovery_by.find(slice.segment());
    if (found != params_.recovery_by.end()) rules.recovery_ms = found->second;
    return rules;
  }

  Complaints complaints(const SatisfactionSlice& slice, const CaseRules& rules,
                        AssessContext& context) const {
    Complaints out;
    for (const Case& item : slice.cases()) {
      const CaseState state = state_of(rules, item, context.at_ms);
      if (!state.open) continue;
      context.out.changes_at(state.changes_ms);
      ++out.open;
      out.overdue += state.overdue ? 1 : 0;
      out.claimed = out.claimed || state.claimed;
      out.oldest_ms = std::min(out.oldest_ms, opened_ms(item));
      const double severity = item.has_severity_milli() ? kMilli * item.severity_milli() : kUsualSeverity;
      out.points += complaint_points(severity, state.claimed, state.overdue);
      if (context.explain) out.cases.push_back(&item);
    }
    out.open += slice.more_cases();
    out.points += slice.more_cases() * complaint_points(kUsualSeverity, false, false);
    out.points = std::min(out.points, kMaxComplaintPoints);
    return out;
  }

  void assess_complaints(const SatisfactionSlice& slice, AssessContext& context) const {
    const CaseRules rules = rules_of(slice);
    if (params_.full) assess_recovery(slice, rules, context);
    const Complaints found = complaints(slice, rules, context);
    if (found.claimed) context.out.raise(Flag::kConfirmWanted);
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
      for (const Case* item : found.cases)
        contribution.evidence.push_back(evidence_of(item->event(), context.shared.task()));
    }
    context.out.contribute(std::move(contribution));
  }

  Params params_;
  Fading fading_, recent_, recovery_;
};

void read_full(FieldReader& reader, const MakeContext& context, Params& params) {
  params.full = reader.choice("depth", {"plain", "full"}, 0) == 1;
  ViewRules& views = params.views;
  views.max_dimensions = params.max_dimensions;
  views.prior = params.prior.mean;
  views.zone.tolerance = reader.number("tolerance", views.zone.tolerance, 0, 1);
  views.zone.intolerable = reader.number("intolerable", views.zone.intolerable, 0, 1);
  if (views.zone.intolerable < views.zone.tolerance)
    reader.error("intolerable", "must not be below tolerance");
  views.zone.delight_cap = reader.number("delight_cap", views.zone.delight_cap, 0, 1);
  views.recent_half_life_ms =
      reader.duration("recent_half_life", views.recent_half_life_ms, kDayMs, 3650 * kDayMs);
  views.used_to_half_life_ms =
      reader.duration("used_to_half_life", views.used_to_half_life_ms, kDayMs, 3650 * kDayMs);
  views.answer_within_ms = reader.duration("answer_within", views.answer_within_ms, kHourMs, 365 * kDayMs);
  views.service_weight = reader.number("service_weight", views.service_weight, 0, 10);
  const Node weights = reader.child("weights");
  FieldReader weight_reader(weights, "graph." + context.node + ".weights", context.diagnostics);
  for (const auto& [name, weight] : weights.fields())
    views.weights[name] = weight_reader.number(name, 1, 0, 10);
  weight_reader.finish();
  params.max_silent = reader.number("max_silent", params.max_silent, 0, 5);
  params.max_recovery = reader.number("max_recovery", params.max_recovery, 0.01, 5);
  params.segment = reader.text("segment", params.segment);
  const Node times = reader.child("recovery_by");
  FieldReader time_reader(times, "graph." + context.node + ".recovery_by", context.diagnostics);
  for (const auto& [value, time] : times.fields())
    params.recovery_by[value] = time_reader.duration(value, params.cases.recovery_ms, kHourMs, 365 * kDayMs);
  time_reader.finish();
}

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
  read_full(reader, context, params);
  reader.finish();
  return std::make_unique<Satisfaction>(std::move(params));
}

}  // namespace ebb
