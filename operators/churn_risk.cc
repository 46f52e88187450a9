// churn_risk: the probability that a customer buys nothing within the horizon, and what that means in money.
//
// The score is in log-odds and is the sum of its contributions: those of the rhythm of purchases, and those
// that the inputs bring along (satisfaction, open_complaints, ...), which bound themselves. What isn't known
// is left out. Without a model file the rhythm's are base, silence, frequency, tenure and pace
// (models/plain_risk.h), and what the inputs contribute counts by `weights` (models/input_weights.h has the
// defaults); with one they are base, timing, silence, regularity, longest_gap, frequency, tenure,
// pace and spend (models/risk_terms.h), of a model by segment also `segment`, the inputs' are weighted, and
// `calibration` is what makes of the sum a probability that comes true. A customer without a purchase has no
// rhythm: their base is `base_without_purchases`, and they are judged only if an input contributes something.
//
// Money: what the customer brings in the horizon if they stay, how much of it is at risk (the share of the
// probability that is leaving rather than not buying yet, of those who can still be reached), what they are
// worth over `lifetime` if they stay, and what acting on them earns (models/campaign_profit.h). With a model
// file, and only when explaining, also what they are worth with leaving reckoned in; and where breadth knows
// of new kinds of goods that were tried, what these may bring over `lifetime`.
//
// Keeps nothing. Feed it by value and by whatever contributes, and for a model by segment by what labels the
// customers with its key (profile).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "config/diagnostics.h"
#include "config/node.h"
#include "operators/models/campaign_profit.h"
#include "operators/models/input_weights.h"
#include "operators/models/lifetime_value.h"
#include "operators/models/plain_risk.h"
#include "operators/money.h"
#include "operators/registry.h"
#include "operators/risk_facts.h"
#include "operators/risk_model.h"
#include "operators/words.h"

namespace ebb {
namespace {

constexpr std::string_view kPlainVersion = "plain-1";
constexpr double kWeekDays = 7;

struct Params {
  double horizon_days = 60;
  PlainRiskCoefficients coefficients;
  double base_without_purchases = -1;
  std::map<std::string, double, std::less<>> weights;  // of the inputs' contributions, without a model
  std::optional<RiskModel> model;
  std::string version{kPlainVersion};
  std::vector<std::string> segment_versions;  // "shop@1f3a9c2e/region=north"
  double lifetime_days = 1095;
  double market_lifetime_minor = 0;
  double yearly_discount = 0.1;
  double acquisition_minor = 0;  // 0: not known
  double kept = 0.2;             // share of the new kinds tried that become custom
  double most_prospect = 0.5;    // of the lifetime value
  Campaign campaign{.value = 0, .incentive = 1000, .contact = 100, .accept_alpha = 6, .accept_beta = 14};
};

Rhythm rhythm_of(const RiskFacts& facts) {
  return {.purchases = facts.purchases,
          .silence_days = facts.silence_days,
          .gap_days = facts.gap_days,
          .active_days = std::max(0.0, facts.tenure_days - facts.silence_days),
          .regularity = facts.regularity};
}

// Adds up what it contributes, so that score and contributions can't disagree.
class Sum {
 public:
  Sum(Signals& out, bool explain) : out_(out), explain_(explain) {}

  template <typename Sentence>
  void add(std::string_view name, double points, const Sentence& sentence,
           const std::vector<EvidenceRef>* evidence = nullptr) {
    score_ += points;
    Contribution contribution{.name = name, .points = points, .sentence = {}, .evidence = {}};
    if (explain_) {
      contribution.sentence = sentence();
      if (evidence != nullptr) contribution.evidence = *evidence;
    }
    out_.contribute(std::move(contribution));
  }
  void add_input(const Contribution& of_input, double weight) {
    Contribution contribution = of_input;
    contribution.points *= weight;
    score_ += contribution.points;
    inputs_ += contribution.points;
    out_.contribute(std::move(contribution));
  }
  double score() const { return score_; }
  // The part that the inputs brought.
  double inputs() const { return inputs_; }

 private:
  Signals& out_;
  bool explain_;
  double score_ = 0;
  double inputs_ = 0;
};

class ChurnRisk final : public Operator, public RiskCurve {
 public:
  ChurnRisk(Params params, const MoneyConfig& money) : params_(std::move(params)), exchange_(money) {}

  std::string_view model_version() const override { return params_.version; }

  void assess(AssessContext& context) const override {
    Signals& out = context.out;
    const int segment = segment_of(context.inputs);
    out.set_model_version(segment < 0 ? params_.version
                                      : params_.segment_versions[static_cast<std::size_t>(segment)]);
    if (segment >= 0) out.set(Measure::kRiskSegment, segment);
    out.set(Measure::kHorizonDays, params_.horizon_days);
    double evidence = 0;
    bool contributed = false;
    for (const Signals* input : context.inputs) {
      evidence += input->get(Measure::kEvidenceWeight).value_or(0);
      contributed = contributed || !input->contributions().empty();
    }
    out.set(Measure::kEvidenceWeight, evidence);
    for (const Signals* input : context.inputs) out.inherit(*input);

    const std::optional<RiskFacts> facts = risk_facts(out);
    if (!facts.has_value() && !contributed) return;
    const SeasonedFacts judged =
        facts.has_value() ? judge(*facts, segment, days_since_1970(context.at_ms)) : SeasonedFacts{};
    Sum sum(out, context.explain);
    if (!facts.has_value()) {
      sum.add("base", params_.base_without_purchases, [] { return "Customers who have not bought yet."; });
    } else if (params_.model.has_value()) {
      add_fitted(judged, segment, context, sum);
    } else {
      add_plain(judged, context, sum);
    }
    for (const Signals* input : context.inputs) {
      for (const Contribution& contribution : input->contributions()) {
        sum.add_input(contribution, input_weight(contribution.name));
      }
    }
    out.set(Measure::kInputPoints, sum.inputs());
    if (facts.has_value()) calibrate(sum);
    out.set(Measure::kRiskScore, sum.score());
    out.set(Measure::kRiskProbability, logistic(sum.score()));
    out.set(Measure::kRiskReason, sum.inputs() + (facts.has_value() ? plain_terms(judged.even).silence : 0));
    if (!facts.has_value()) return;
    out.set_risk_curve(this, context.at_ms);
    // By the season the risk also falls while nothing comes, and may rise for a while only.
    if (season_of(segment) != nullptr) out.changes_at(next_twelfth_ms(context.at_ms));
    out.set(Measure::kGivenUpDays, given_up_after_days(facts->gap_days, params_.horizon_days));
    add_worth(judged, segment, context.explain, out);
  }

  // Of silence only the rhythm depends.
  Point after(const Signals& said, double days) const override {
    RiskFacts facts = risk_facts(said).value_or(RiskFacts{});
    facts.silence_days += days;
    facts.tenure_days += days;
    const double inputs = said.get(Measure::kInputPoints).value_or(0);
    const int segment = static_cast<int>(said.get(Measure::kRiskSegment).value_or(-1));
    const SeasonedFacts judged = judge(facts, segment, days_since_1970(said.judged_at_ms()) + days);
    const RhythmTerms plain = plain_terms(judged.even);
    if (!params_.model.has_value()) {
      return {.score = plain.base + plain.silence + plain.frequency + plain.tenure + plain.pace + inputs,
              .reason = plain.silence + inputs};
    }
    const RiskModel& model = *params_.model;
    const RiskFeatures features = risk_features(judged, model.timing_in(segment));
    double score = model.base + model.shift_in(segment) + inputs;
    for (std::size_t i = 0; i < kRiskTerms; ++i) score += model.weight[i] * (features[i] - model.centre[i]);
    return {.score = calibrated(model.calibration, score), .reason = plain.silence + inputs};
  }

 private:
  const Season* season_of(int segment) const {
    return params_.model.has_value() ? params_.model->season_in(segment) : nullptr;
  }
  SeasonedFacts judge(const RiskFacts& facts, int segment, double at_days) const {
    return seasoned(season_of(segment), facts, at_days, params_.horizon_days);
  }

  RhythmTerms plain_terms(const RiskFacts& facts) const {
    return rhythm_terms(params_.coefficients, rhythm_of(facts), params_.horizon_days);
  }

  // Whose parameters judge: place in the model, -1 those of all.
  int segment_of(std::span<const Signals* const> inputs) const {
    if (!params_.model.has_value() || params_.model->segments.empty()) return -1;
    for (const Signals* input : inputs) {
      for (const auto& [key, value] : input->labels()) {
        if (key == params_.model->segment_key) return params_.model->segment_of(value);
      }
    }
    return -1;
  }

  double input_weight(std::string_view name) const {
    if (params_.model.has_value()) return params_.model->input_weight(name);
    const auto found = params_.weights.find(name);
    return found == params_.weights.end() ? 1 : found->second;
  }

  // The events behind the silence: whoever knows it cites them.
  static const std::vector<EvidenceRef>* silence_evidence(const AssessContext& context) {
    for (const Signals* input : context.inputs) {
      if (input->get(Measure::kSilenceDays).has_value()) return &input->cited();
    }
    return nullptr;
  }

  static std::string silence_text(const RiskFacts& facts) {
    return fmt::format("No purchase for {}; the usual gap is {}.", days_text(facts.silence_days),
                       days_text(facts.gap_days));
  }
  static std::string frequency_text(const RiskFacts& facts) {
    return fmt::format("{} so far.", count_text(facts.purchases, "purchase"));
  }
  static std::string tenure_text(const RiskFacts& facts) {
    const double active_days = facts.tenure_days - facts.silence_days;
    return active_days < 1 ? std::string("Has bought on one day only.")
                           : fmt::format("Bought over {}.", days_text(active_days));
  }
  // Said where it makes a difference.
  static std::string season_text(const SeasonedFacts& judged) {
    const double ratio = judged.even.silence_days / std::max(1.0, judged.lived.silence_days);
    if (judged.lived.silence_days < 7 || std::abs(std::log(std::max(0.01, ratio))) < 0.15) return "";
    return fmt::format(" In this season {} without a purchase are as much as {} otherwise.",
                       days_text(judged.lived.silence_days), days_text(judged.even.silence_days));
  }
  std::string pace_text(const SeasonedFacts& judged) const {
    return fmt::format("About {:.1f} purchases are usual in {}{}.",
                       judged.even_horizon_days / judged.even.gap_days, days_text(params_.horizon_days),
                       judged.even_horizon_days == params_.horizon_days ? "" : " of this season");
  }

  void add_plain(const SeasonedFacts& judged, const AssessContext& context, Sum& sum) const {
    const RiskFacts& facts = judged.lived;
    const RhythmTerms terms = plain_terms(facts);
    sum.add("base", terms.base, [] { return "Where every customer starts."; });
    sum.add(
        "silence", terms.silence, [&] { return silence_text(facts); }, silence_evidence(context));
    sum.add("frequency", terms.frequency, [&] { return frequency_text(facts); });
    sum.add("tenure", terms.tenure, [&] { return tenure_text(facts); });
    sum.add("pace", terms.pace, [&] { return pace_text(judged); });
  }

  void add_fitted(const SeasonedFacts& judged, int segment, const AssessContext& context, Sum& sum) const {
    const RiskModel& model = *params_.model;
    const RiskFacts& facts = judged.lived;
    const RiskFeatures features = risk_features(judged, model.timing_in(segment));
    const auto points = [&](RiskTerm term) {
      const auto i = static_cast<std::size_t>(term);
      return model.weight[i] * (features[i] - model.centre[i]);
    };
    sum.add("base", model.base, [] { return "The average customer."; });
    if (segment >= 0) {
      sum.add("segment", model.shift_in(segment), [&] {
        return fmt::format("Customers of {} {} leave {} than others who buy alike.", model.segment_key,
                           model.segments[static_cast<std::size_t>(segment)].value,
                           model.shift_in(segment) < 0 ? "less often" : "more often");
      });
    }
    sum.add("timing", points(RiskTerm::kTiming), [&] {
      return fmt::format("By the pattern of purchases alone {} likely to buy nothing.",
                         percent_text(logistic(features[static_cast<std::size_t>(RiskTerm::kTiming)]))) +
             season_text(judged);
    });
    sum.add(
        "silence", points(RiskTerm::kSilence), [&] { return silence_text(facts); },
        silence_evidence(context));
    sum.add("regularity", points(RiskTerm::kRegularity), [&] {
      return facts.regularity > 1.5 ? "Used to buy at regular gaps." : "Buys at irregular gaps.";
    });
    sum.add("longest_gap", points(RiskTerm::kOverdue) + points(RiskTerm::kLongestGap), [&] {
      return facts.longest_gap_days > 0
                 ? fmt::format("The longest gap so far was {}.", days_text(facts.longest_gap_days))
                 : std::string("There was no second purchase yet.");
    });
    sum.add("frequency", points(RiskTerm::kFrequency) + points(RiskTerm::kBoughtOnce),
            [&] { return frequency_text(facts); });
    sum.add("tenure", points(RiskTerm::kTenure), [&] { return tenure_text(facts); });
    sum.add("pace", points(RiskTerm::kPace), [&] { return pace_text(judged); });
    sum.add("spend", points(RiskTerm::kAmount) + points(RiskTerm::kSpend), [&] {
      return fmt::format("Spent {} in all, {} a purchase.", exchange_.text(std::llround(facts.spend_minor)),
                         exchange_.text(std::llround(facts.spend_minor / facts.purchases)));
    });
  }

  void calibrate(Sum& sum) const {
    if (!params_.model.has_value()) return;
    const BetaCalibration& calibration = params_.model->calibration;
    if (calibration.a == 1 && calibration.b == 1 && calibration.c == 0) return;
    sum.add("calibration", calibrated(calibration, sum.score()) - sum.score(),
            [] { return "What came true in the past, against what was foretold."; });
  }

  // Margin of one purchase and purchases a day, of a customer who stays.
  struct Flow {
    double margin_minor = 0;
    double per_day = 0;
  };

  std::optional<Flow> flow(const SeasonedFacts& judged, int segment, const Signals& known) const {
    const RiskFacts& facts = judged.lived;
    const auto margin_rate = known.get(Measure::kMarginRateMinorPerDay);
    if (!margin_rate.has_value()) return std::nullopt;
    if (!params_.model.has_value()) return Flow{*margin_rate * facts.gap_days, 1 / facts.gap_days};
    const Timing timing = timing_of(judged.even);
    Flow out{*margin_rate * facts.gap_days,
             rate_alive(params_.model->timing_in(segment), timing) / kWeekDays};
    const double spend_rate = known.get(Measure::kSpendRateMinorPerDay).value_or(0);
    if (params_.model->spend.has_value() && spend_rate > 0 && facts.spend_minor > 0) {
      out.margin_minor = *margin_rate / spend_rate *
                         expected_amount(*params_.model->spend, facts.purchase_days,
                                         facts.spend_minor / facts.purchase_days);
    }
    return out;
  }

  // explain: also what is too dear to reckon for every event.
  void add_worth(const SeasonedFacts& judged, int segment, bool explain, Signals& out) const {
    const RiskFacts& facts = judged.lived;
    const std::optional<Flow> flow = this->flow(judged, segment, out);
    if (!flow.has_value()) return;
    const double per_day = flow->margin_minor * flow->per_day;
    const double expected = per_day * judged.even_horizon_days;
    double lost = *out.get(Measure::kRiskProbability);
    if (params_.model.has_value()) {
      lost = share_lost(lost,
                        probability_of_none_alive(params_.model->timing_in(segment), timing_of(judged.even),
                                                  judged.even_horizon_days / kWeekDays));
    }
    const double reachable = reachable_share(facts.silence_days, *out.get(Measure::kGivenUpDays));
    const double lifetime = discounted_margin(per_day, params_.lifetime_days, params_.yearly_discount);
    out.set(Measure::kExpectedMarginMinor, std::round(expected));
    out.set(Measure::kValueAtRiskMinor, std::round(expected * lost * reachable));
    out.set(Measure::kLifetimeValueMinor, std::round(lifetime));
    out.set(Measure::kKeepBudgetMinor, std::floor(keep_budget(lost * reachable, lifetime, params_.campaign)));
    out.set(Measure::kProfitOfActingMinor,
            std::round(profit_of_acting(lost * reachable, lifetime, params_.campaign)));
    if (explain && params_.model.has_value()) {
      const double purchases =
          discounted_purchases(params_.model->timing_in(segment), timing_of(judged.even),
                               params_.lifetime_days / kWeekDays, weekly_discount(params_.yearly_discount));
      out.set(Measure::kExpectedLifetimeMinor, std::round(flow->margin_minor * purchases));
    }
    if (explain) add_prospect(lifetime, out);
    const double replacement = out.get(Measure::kAcquisitionMinor).value_or(params_.acquisition_minor);
    if (replacement > 0) out.set(Measure::kReplacementMinor, std::round(replacement));
    if (params_.market_lifetime_minor > 0)
      out.set(Measure::kMarketLifetimeMinor, std::round(params_.market_lifetime_minor));
  }

  // What is kept of the new kinds brings as much as one of those bought from now.
  void add_prospect(double lifetime, Signals& out) const {
    const auto tried = out.get(Measure::kNewKinds);
    const auto kinds = out.get(Measure::kCategories);
    if (!tried.has_value() || !kinds.has_value()) return;
    const double share = params_.kept * *tried / std::max(1.0, *kinds);
    out.set(Measure::kProspectiveMinor, std::round(std::min(share, params_.most_prospect) * lifetime));
  }

  const Params params_;
  const Exchange exchange_;
};

void read_coefficients(FieldReader& reader, PlainRiskCoefficients& c) {
  c.base = reader.number("base", c.base, -10, 10);
  c.silence = reader.number("silence", c.silence, 0, 10);
  c.frequency = reader.number("frequency", c.frequency, -10, 10);
  c.tenure = reader.number("tenure", c.tenure, -10, 10);
  c.pace = reader.number("pace", c.pace, -10, 10);
  c.regularity = reader.number("regularity", c.regularity, 0, 10);
}

void read_weights(const MakeContext& context, const Node& node, Params& params) {
  for (const auto& [contribution, weight] : default_input_weights())
    params.weights.emplace(contribution, weight);
  FieldReader reader(node, "graph." + context.node + ".weights", context.diagnostics);
  for (const auto& [name, field] : node.fields()) params.weights[name] = reader.number(name, 1, 0, 10);
  reader.finish();
}

void read_campaign(FieldReader& reader, Campaign& campaign) {
  campaign.incentive = reader.number("incentive", campaign.incentive, 0, 1e12);
  campaign.contact = reader.number("contact", campaign.contact, 0, 1e12);
  const double accepted = reader.number("accepted", 0.3, 0.001, 0.999);
  campaign.accept_alpha = 20 * accepted;
  campaign.accept_beta = 20 * (1 - accepted);
}

// The file that `model` names. Its faults are told at the key, with their places in the file.
void read_model(const MakeContext& context, FieldReader& reader, Params& params) {
  const std::string path = reader.text("model", "");
  if (path.empty() || context.model.path.empty()) return;
  Diagnostics faults;
  params.model = read_risk_model(context.model.root, &faults);
  for (const Diagnostic& fault : faults.errors()) {
    reader.error("model",
                 fmt::format("{}:{}:{}: {}", path, fault.place.line, fault.place.column, fault.message));
  }
  if (reader.has("weights"))
    reader.error("weights", "the model has its own weights; leave them out, or change them in the model");
  params.version = fmt::format("{}@{}", params.model->name, context.model.digest);
  for (const SegmentModel& segment : params.model->segments) {
    params.segment_versions.push_back(
        fmt::format("{}/{}={}", params.version, params.model->segment_key, segment.value));
  }
  if (reader.has("horizon") && params.horizon_days != params.model->horizon_days) {
    reader.error("horizon", fmt::format("the model was fitted to a horizon of {}; leave it out, or fit anew",
                                        days_text(params.model->horizon_days)));
  }
  params.horizon_days = params.model->horizon_days;
}

}  // namespace

std::unique_ptr<Operator> make_churn_risk(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.horizon_days =
      static_cast<double>(reader.duration("horizon", 60 * kDayMs, kDayMs, 3650 * kDayMs)) / kDayMs;
  params.base_without_purchases =
      reader.number("base_without_purchases", params.base_without_purchases, -10, 10);
  params.lifetime_days =
      static_cast<double>(reader.duration("lifetime", 1095 * kDayMs, kDayMs, 36500 * kDayMs)) / kDayMs;
  params.market_lifetime_minor =
      reader.number("market_lifetime_value", params.market_lifetime_minor, 0, 1e15);
  params.yearly_discount = reader.number("yearly_discount", params.yearly_discount, 0, 10);
  params.acquisition_minor = reader.number("acquisition_cost", params.acquisition_minor, 0, 1e15);
  FieldReader prospective(reader.child("prospective"), "graph." + context.node + ".prospective",
                          context.diagnostics);
  params.kept = prospective.number("kept", params.kept, 0, 1);
  params.most_prospect = prospective.number("most", params.most_prospect, 0, 10);
  FieldReader campaign(reader.child("campaign"), "graph." + context.node + ".campaign", context.diagnostics);
  read_campaign(campaign, params.campaign);
  FieldReader coefficients(reader.child("coefficients"), "graph." + context.node + ".coefficients",
                           context.diagnostics);
  read_coefficients(coefficients, params.coefficients);
  read_weights(context, reader.child("weights"), params);
  read_model(context, reader, params);
  prospective.finish();
  campaign.finish();
  coefficients.finish();
  reader.finish();
  return std::make_unique<ChurnRisk>(std::move(params), context.money);
}

}  // namespace ebb
