// alert_policy: when people are told, and what stands in the risk table.
//
// Levels: a customer whose probability reaches `watch`, `warning` or `critical` enters that level, and leaves
// it only `hysteresis` below.
// Customers with less than `min_evidence` events are not judged (no level, no
// alert).
//
// Episode: from entering any level until all are left. An alert is sent on entering a level higher than any
// alerted in the episode, but no sooner than `cool_down` after the customer's last alert: then the level is
// looked at again. Leaving all levels after an alert sends a retraction, cool-down or not.
//
// Which alerts: `by: profit` sends those only where acting is expected to pay (its profit is above 0; where
// nobody knows it, the value at risk stands for it). Beyond `capacity_per_day` those go first where acting is
// worth most; the others are held back, are looked at again the next day, and say so in the risk table.
// Retractions and complaints overdue don't count.
//
// Lenses: weightings of the contributions by name. Sinks that name one get each message with the reasons in
// the order of weight x points.
//
// Risk table: a row when the customer is judged first, when the level or the quadrant changes, when an alert
// is held back, and when the probability has moved by `publish_change` since the last row.
//
// Survey request: when an answer is wanted (see satisfaction) of a customer with at least
// `survey.min_purchases` and a spend of `survey.min_spend` minor units, at most once per `survey.interval`.
//
// Complaint overdue: whenever one more open complaint has passed its time (see satisfaction), whatever the
// level.
//
// Wakes: for the silence that reaches the next level (searched on churn_risk's curve), for the end
// of a cool-down while a higher level waits, and when an input expects to change; from timer to timer at
// least a day, and not at all for customers given up, so that after the last event there are few.
//
// Feed it by churn_risk. Feeds sinks of alerts and risk.

#include <fmt/format.h>
#include <google/protobuf/arena.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/alert_policy_slice.pb.h"
#include "engine/base/hash.h"
#include "operators/alert_message.h"
#include "operators/day_capacity.h"
#include "operators/models/crossing.h"
#include "operators/models/plain_risk.h"
#include "operators/registry.h"

namespace ebb {
namespace {

using state::v1::AlertPolicySlice;

// By v1::RiskLevel, which counts from 0 (not judged) and 1 (none) to 4 (critical).
constexpr int kNone = v1::RISK_LEVEL_NONE;
constexpr int kWatch = v1::RISK_LEVEL_WATCH;
constexpr int kCritical = v1::RISK_LEVEL_CRITICAL;

struct Params {
  // Probability at which each level is entered; those below watch never are left by it.
  std::array<double, kCritical + 1> threshold = {0, 0, 0.5, 0.7, 0.85};
  std::array<double, kCritical + 1> score = {};  // log-odds of the thresholds
  double hysteresis = 0.05;
  DurationMs cool_down_ms = kDayMs;
  double min_evidence = 3;
  double min_reason = 1;
  double publish_change = 0.05;
  bool survey = true;
  DurationMs survey_interval_ms = 180 * kDayMs;
  double survey_min_purchases = 3;
  double survey_min_spend_minor = 10'000;
  bool by_profit = false;
  std::vector<Lens> lenses;
};

// A probability as the slice has it.
constexpr double kParts = 10'000;
std::uint32_t parts(double probability) {
  return static_cast<std::uint32_t>(std::lround(kParts * probability));
}

std::size_t at(int level) {
  return static_cast<std::size_t>(level);
}

const Signals* find_risk(std::span<const Signals* const> inputs) {
  for (const Signals* input : inputs) {
    if (input->get(Measure::kRiskProbability).has_value()) return input;
  }
  return nullptr;
}

// One call of decide.
class Round {
 public:
  Round(const Params& params, const DayCapacity& capacity, const AlertWriter& writer, const std::string& node,
        DecideContext& context, const Signals& risk)
      : params_(params),
        capacity_(capacity),
        writer_(writer),
        node_(node),
        context_(context),
        risk_(risk),
        slice_(context.slice.edit<AlertPolicySlice>()),
        probability_(*risk.get(Measure::kRiskProbability)),
        reason_(risk.get(Measure::kRiskReason).value_or(0)),
        judged_(risk.get(Measure::kEvidenceWeight).value_or(0) >= params.min_evidence) {}

  void run() {
    move_level();
    const bool was_held = slice_.held_since_ms() != 0;
    if (may_alert()) alert_or_hold();
    if (!alert_waits()) slice_.set_held_since_ms(0);
    held_changed_ = was_held != (slice_.held_since_ms() != 0);
    tell_overdue();
    if (survey_due()) send_survey_request();
    publish();
    wish();
    if (!slice_.has_probability_before()) slice_.set_probability_before(parts(probability_));
  }

 private:
  // Rounding mustn't miss a crossing that a timer was set for.
  static constexpr double kRounding = 1e-9;
  static constexpr double kCrossingDays = 1e-4;  // so late a crossing may be noticed: 9 s
  bool reaches(int level) const { return probability_ >= params_.threshold[at(level)] - kRounding; }
  double least_reason() const {
    return slice_.level() >= kWatch ? params_.min_reason / 2 : params_.min_reason;
  }
  bool has_reason() const { return reason_ >= least_reason() - kRounding; }

  int next_level() const {
    if (!judged_) return v1::RISK_LEVEL_UNSPECIFIED;
    if (!has_reason()) return kNone;
    int level = std::max(slice_.level(), kNone);
    while (level > kNone && probability_ < params_.threshold[at(level)] - params_.hysteresis) --level;
    while (level < kCritical && reaches(level + 1)) ++level;
    return level;
  }

  void move_level() {
    const int level = next_level();
    const bool was_on = slice_.level() >= kWatch;
    const bool is_on = level >= kWatch;
    slice_.set_level(level);
    // Late events are all judged at one time; two episodes must not have the same start, for ids are made of
    // it.
    if (!was_on && is_on)
      slice_.set_episode_start_ms(std::max(context_.at_ms, slice_.episode_start_ms() + 1));
    if (was_on && !is_on && slice_.alerted_level() > 0) {
      send_retraction();
      slice_.set_alerted_level(0);
    }
  }

  TimeMs cool_until() const {
    return slice_.has_alerted_ms() ? slice_.alerted_ms() + params_.cool_down_ms : kBeginning;
  }
  bool alert_waits() const { return slice_.level() >= kWatch && slice_.level() > slice_.alerted_level(); }
  bool may_alert() const { return alert_waits() && context_.at_ms >= cool_until(); }

  // What acting now is worth, minor units.
  double worth() const {
    const auto profit = find_measure(context_.inputs, Measure::kProfitOfActingMinor);
    return profit.has_value() ? *profit : risk_.get(Measure::kValueAtRiskMinor).value_or(0);
  }

  void alert_or_hold() {
    if (params_.by_profit && worth() <= 0) return;
    if (slice_.held_since_ms() != 0 && context_.at_ms < slice_.held_until_ms()) return;
    if (capacity_.take(worth(), context_.shared)) {
      send_alert();
    } else {
      if (slice_.held_since_ms() == 0) slice_.set_held_since_ms(context_.at_ms);
      slice_.set_held_until_ms(DayCapacity::next_day(context_.at_ms));
    }
  }

  int quadrant() const {
    const std::array<Flag, 4> quadrants = {Flag::kLoyal, Flag::kCaptive, Flag::kBuyingAround, Flag::kLeaving};
    for (std::size_t i = 0; i < quadrants.size(); ++i) {
      if (risk_.has(quadrants[i])) return static_cast<int>(i) + 1;
    }
    return 0;
  }

  Finding finding(v1::AlertKind kind) const {
    return {.customer = context_.customer,
            .graph_version = context_.graph_version,
            .kind = kind,
            .level = static_cast<v1::RiskLevel>(slice_.level()),
            .level_before = static_cast<v1::RiskLevel>(std::max(slice_.alerted_level(), kNone)),
            .at_ms = context_.at_ms,
            .episode_start_ms = slice_.episode_start_ms(),
            .from_timer = context_.timer,
            .alert_id = 0,
            .retracted_id = 0,
            .risk = nullptr,
            .inputs = context_.inputs,
            .lens = nullptr,
            .held_back = slice_.held_since_ms() != 0};
  }

  // Offsets play no part, so the same finding has the same id in any run over the same events. A customer's
  // id has no control characters.
  std::uint64_t id_of(v1::AlertKind kind, int level, TimeMs start_ms) const {
    return stable_hash(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", context_.graph_version, node_, context_.customer,
                                   static_cast<int>(kind), level, start_ms));
  }

  void send(Finding finding) {
    finding.risk = find_risk(context_.explained());
    tell(finding);
    const std::uint64_t id = finding.alert_id;
    for (const Lens& lens : params_.lenses) {
      finding.lens = &lens;
      finding.alert_id = stable_hash(fmt::format("{}\n{}", id, lens.name));
      tell(finding);
    }
  }

  void tell(const Finding& finding) {
    v1::Alert alert = writer_.alert(finding);
    if (slice_.has_probability_before()) alert.set_probability_before(slice_.probability_before() / kParts);
    context_.emit(alert);
  }

  void send_alert() {
    Finding alert = finding(v1::ALERT_KIND_CHURN_RISK);
    alert.alert_id = id_of(alert.kind, slice_.level(), slice_.episode_start_ms());
    send(alert);
    slice_.set_alerted_level(slice_.level());
    slice_.set_alerted_ms(context_.at_ms);
    slice_.set_alert_id(alert.alert_id);
    slice_.set_probability_before(parts(probability_));
  }

  void send_retraction() {
    Finding retraction = finding(v1::ALERT_KIND_RETRACTION);
    retraction.alert_id = id_of(retraction.kind, slice_.alerted_level(), slice_.episode_start_ms());
    retraction.retracted_id = slice_.alert_id();
    send(retraction);
    slice_.set_probability_before(parts(probability_));
  }

  bool given_up() const {
    const auto silence = risk_.get(Measure::kSilenceDays);
    const auto limit = risk_.get(Measure::kGivenUpDays);
    return silence.has_value() && limit.has_value() && *silence >= *limit;
  }

  bool survey_due() const {
    return params_.survey && judged_ && risk_.get(Measure::kAnswerWanted).value_or(0) > 0 && !given_up() &&
           risk_.get(Measure::kPurchases).value_or(0) >= params_.survey_min_purchases &&
           risk_.get(Measure::kSpendLifeMinor).value_or(0) >= params_.survey_min_spend_minor &&
           (!slice_.has_survey_ms() || context_.at_ms - slice_.survey_ms() >= params_.survey_interval_ms);
  }

  void send_survey_request() {
    Finding request = finding(v1::ALERT_KIND_SURVEY_REQUEST);
    request.alert_id = id_of(request.kind, 0, context_.at_ms);
    send(request);
    slice_.set_survey_ms(context_.at_ms);
  }

  void tell_overdue() {
    const int overdue = static_cast<int>(risk_.get(Measure::kOverdueComplaints).value_or(0));
    if (overdue > slice_.overdue_complaints()) {
      Finding finding = this->finding(v1::ALERT_KIND_COMPLAINT_OVERDUE);
      finding.alert_id = id_of(finding.kind, overdue, context_.at_ms);
      send(finding);
    }
    slice_.set_overdue_complaints(overdue);
  }

  void publish() {
    const bool moved =
        !slice_.has_published_probability() || slice_.level() != slice_.published_level() ||
        quadrant() != slice_.published_quadrant() || held_changed_ ||
        std::abs(probability_ - slice_.published_probability() / kParts) >= params_.publish_change;
    if (!moved) return;
    Finding row = finding(v1::ALERT_KIND_UNSPECIFIED);
    row.alert_id = slice_.alert_id();
    row.risk = &risk_;
    // One event in three comes here, and a message of its own would be twenty pieces of memory.
    std::array<char, 4096> block;
    google::protobuf::ArenaOptions options;
    options.initial_block = block.data();
    options.initial_block_size = block.size();
    google::protobuf::Arena arena(options);
    auto* const message = google::protobuf::Arena::CreateMessage<v1::Risk>(&arena);
    writer_.risk(row, message);
    context_.emit(*message);
    slice_.set_published_probability(parts(probability_));
    slice_.set_published_level(slice_.level());
    slice_.set_published_quadrant(quadrant());
  }

  void wish() {
    if (slice_.held_since_ms() != 0) {
      wake_at(std::max(slice_.held_until_ms(), cool_until()));
    } else if (alert_waits() && context_.at_ms < cool_until()) {
      wake_at(cool_until());
    }
    if (given_up()) return;
    if (judged_ && slice_.level() < kCritical) wake_at(crossing_ms(slice_.level() + 1));
    wake_at(risk_.next_change_ms());
    if (slice_.alerted_level() > 0) wake_at(risk_.next_ease_ms());
  }

  void wake_at(TimeMs at_ms) {
    if (at_ms == kNever) return;
    const DurationMs least_ms = context_.timer ? kDayMs : 1;
    context_.wake_at(std::max(at_ms, context_.at_ms + least_ms));
  }

  // When silence alone will bring the level, or when to look again. An event mostly puts off what an earlier
  // one waited for, so it looks ahead by one typical gap only, and no further while nothing is reached there;
  // a timer looks as far as the customer is hoped for.
  TimeMs crossing_ms(int level) const {
    const auto silence = risk_.get(Measure::kSilenceDays);
    const auto gap = risk_.get(Measure::kGapDays);
    const auto limit = risk_.get(Measure::kGivenUpDays);
    const RiskCurve* curve = risk_.risk_curve();
    if (!silence || !gap || !limit || curve == nullptr) return kNever;
    const double threshold = params_.score[at(level)];
    const double least = least_reason();
    const auto excess = [&](const RiskCurve::Point& p) {
      return std::min(p.score - threshold, p.reason - least);
    };
    const auto excess_after = [&](double days) { return excess(curve->after(risk_, days)); };
    const double now = excess({.score = *risk_.get(Measure::kRiskScore), .reason = reason_});
    if (now >= 0) return context_.at_ms + 1;
    const double first = std::max(1.0, *gap);
    const double ahead = context_.timer ? *limit - *silence : first;
    double days = first_crossing(excess_after, now, first, ahead, kCrossingDays);
    if (std::isinf(days)) {
      if (context_.timer) return kNever;
      days = first;
    }
    return context_.at_ms + static_cast<DurationMs>(std::ceil(days * static_cast<double>(kDayMs)));
  }

  const Params& params_;
  const DayCapacity& capacity_;
  const AlertWriter& writer_;
  const std::string& node_;
  DecideContext& context_;
  const Signals& risk_;
  AlertPolicySlice& slice_;
  const double probability_;
  const double reason_;
  const bool judged_;
  bool held_changed_ = false;
};

class AlertPolicy final : public Operator {
 public:
  AlertPolicy(Params params, const DayCapacity& capacity, AlertWriter writer, std::string node)
      : params_(std::move(params)), capacity_(capacity), writer_(std::move(writer)), node_(std::move(node)) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &AlertPolicySlice::default_instance();
  }
  const google::protobuf::Message* shared_prototype() const override {
    return capacity_.limited() ? &state::v1::DayCapacity::default_instance() : nullptr;
  }
  bool emits(SinkKind kind) const override { return kind == SinkKind::kAlerts || kind == SinkKind::kRisk; }
  bool has_lens(std::string_view name) const override {
    return std::any_of(params_.lenses.begin(), params_.lenses.end(),
                       [name](const Lens& lens) { return lens.name == name; });
  }
  void roll_over(RollOverContext& context) const override { capacity_.roll_over(context.shared); }

  void decide(DecideContext& context) const override {
    if (const Signals* risk = find_risk(context.inputs)) {
      Round(params_, capacity_, writer_, node_, context, *risk).run();
    }
  }

 private:
  Params params_;
  DayCapacity capacity_;
  AlertWriter writer_;
  std::string node_;
};

void read_lenses(FieldReader& reader, const std::string& what, Diagnostics* diagnostics, Params& params) {
  const Node lenses = reader.child("lenses");
  for (const auto& [name, weights] : lenses.fields()) {
    Lens& lens = params.lenses.emplace_back();
    lens.name = name;
    FieldReader of_lens(weights, fmt::format("{}.lenses.{}", what, name), diagnostics);
    for (const auto& [contribution, weight] : weights.fields()) {
      lens.weights.emplace_back(contribution, of_lens.number(contribution, 1, 0, 100));
    }
  }
}

void read_levels(FieldReader& reader, Params& params) {
  constexpr std::array<std::string_view, 3> kNames = {"watch", "warning", "critical"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    double& threshold = params.threshold[at(kWatch) + i];
    threshold = reader.number(kNames[i], threshold, 0.01, 0.999);
    params.score[at(kWatch) + i] = log_odds(threshold);
    if (i > 0 && threshold <= params.threshold[at(kWatch) + i - 1]) {
      reader.error(kNames[i],
                   fmt::format("must be above {} ({})", kNames[i - 1], params.threshold[at(kWatch) + i - 1]));
    }
  }
}

}  // namespace

std::unique_ptr<Operator> make_alert_policy(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  read_levels(reader, params);
  params.hysteresis = reader.number("hysteresis", params.hysteresis, 0, 0.5);
  params.cool_down_ms = reader.duration("cool_down", params.cool_down_ms, 0, 365 * kDayMs);
  params.min_evidence = reader.number("min_evidence", params.min_evidence, 0, 1000);
  params.min_reason = reader.number("min_reason", params.min_reason, 0, 10);
  params.publish_change = reader.number("publish_change", params.publish_change, 0, 1);
  FieldReader survey(reader.child("survey"), "graph." + context.node + ".survey", context.diagnostics);
  params.survey = survey.boolean("enabled", params.survey);
  params.survey_interval_ms = survey.duration("interval", params.survey_interval_ms, kDayMs, 3650 * kDayMs);
  params.survey_min_purchases = survey.number("min_purchases", params.survey_min_purchases, 0, 1e6);
  params.survey_min_spend_minor = survey.number("min_spend", params.survey_min_spend_minor, 0, 1e15);
  survey.finish();
  params.by_profit = reader.choice("by", {"probability", "profit"}, 0) == 1;
  const DayCapacity capacity(reader);
  read_lenses(reader, "graph." + context.node, context.diagnostics, params);
  reader.finish();
  std::vector<std::string> topics;
  for (const SourceConfig& source : context.sources) topics.push_back(source.topic);
  return std::make_unique<AlertPolicy>(std::move(params), capacity,
                                       AlertWriter(context.money, std::move(topics)), context.node);
}

}  // namespace ebb
