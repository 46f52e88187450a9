// churn_risk: the probability that a customer buys nothing within `horizon`.
//
// The score is in log-odds and is the sum of its contributions: those of the rhythm of purchases (base,
// silence, frequency, tenure, pace: models/plain_risk.h has the formulas and what they were fitted to), and
// those that the inputs bring along (satisfaction, open_complaints, ...), which bound themselves. What isn't
// known is left out. A customer without a purchase has no rhythm: their base is `base_without_purchases`, and
// they are judged only if an input contributes something.
//
// Keeps nothing. Feed it by value and by whatever contributes.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "config/node.h"
#include "operators/models/plain_risk.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

constexpr std::string_view kModelVersion = "plain-1";

struct Params {
  double horizon_days = 60;
  PlainRiskCoefficients coefficients;
  double base_without_purchases = -1;
};

// What one round knows of the rhythm, and from whom.
struct Known {
  Rhythm rhythm;
  const Signals* from = nullptr;  // null: no purchase yet
};

Known rhythm_of(std::span<const Signals* const> inputs) {
  for (const Signals* input : inputs) {
    const auto silence = input->get(Measure::kSilenceDays);
    const auto gap = input->get(Measure::kGapDays);
    if (!silence.has_value() || !gap.has_value()) continue;
    return {.rhythm = {.purchases = std::max(1.0, input->get(Measure::kPurchases).value_or(1)),
                       .silence_days = *silence,
                       .gap_days = *gap,
                       .active_days =
                           std::max(0.0, input->get(Measure::kTenureDays).value_or(*silence) - *silence),
                       .regularity = input->get(Measure::kRegularity).value_or(1)},
            .from = input};
  }
  return {};
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
  void add(const Contribution& of_input) {
    score_ += of_input.points;
    reason_ += of_input.points;
    out_.contribute(of_input);
  }
  double score() const { return score_; }
  // The part that speaks of late.
  double reason() const { return reason_; }
  void reason(double points) { reason_ += points; }

 private:
  Signals& out_;
  bool explain_;
  double score_ = 0;
  double reason_ = 0;
};

class ChurnRisk final : public Operator {
 public:
  explicit ChurnRisk(const Params& params) : params_(params) {}

  std::string_view model_version() const override { return kModelVersion; }

  void assess(AssessContext& context) const override {
    Signals& out = context.out;
    out.set_model_version(kModelVersion);
    out.set(Measure::kHorizonDays, params_.horizon_days);
    double evidence = 0;
    bool contributed = false;
    for (const Signals* input : context.inputs) {
      evidence += input->get(Measure::kEvidenceWeight).value_or(0);
      contributed = contributed || !input->contributions().empty();
    }
    out.set(Measure::kEvidenceWeight, evidence);
    for (const Signals* input : context.inputs) out.inherit(*input);

    const Known known = rhythm_of(context.inputs);
    if (known.from == nullptr && !contributed) return;
    Sum sum(out, context.explain);
    if (known.from != nullptr) {
      add_rhythm(known, sum, out);
    } else {
      sum.add("base", params_.base_without_purchases, [] { return "Customers who have not bought yet."; });
    }
    for (const Signals* input : context.inputs) {
      for (const Contribution& contribution : input->contributions()) sum.add(contribution);
    }
    const double probability = logistic(sum.score());
    out.set(Measure::kRiskScore, sum.score());
    out.set(Measure::kRiskReason, sum.reason());
    out.set(Measure::kRiskProbability, probability);
    if (known.from != nullptr) add_worth(known, probability, out);
  }

 private:
  void add_rhythm(const Known& known, Sum& sum, Signals& out) const {
    const Rhythm& rhythm = known.rhythm;
    const RhythmTerms terms = rhythm_terms(params_.coefficients, rhythm, params_.horizon_days);
    sum.add("base", terms.base, [] { return "Where every customer starts."; });
    sum.add(
        "silence", terms.silence,
        [&] {
          return fmt::format("No purchase for {}; the usual gap is {}.", days_text(rhythm.silence_days),
                             days_text(rhythm.gap_days));
        },
        &known.from->cited());
    sum.reason(terms.silence);
    sum.add("frequency", terms.frequency,
            [&] { return fmt::format("{} so far.", count_text(rhythm.purchases, "purchase")); });
    sum.add("tenure", terms.tenure, [&] {
      return rhythm.active_days < 1 ? std::string("Has bought on one day only.")
                                    : fmt::format("Bought over {}.", days_text(rhythm.active_days));
    });
    sum.add("pace", terms.pace, [&] {
      return fmt::format("About {:.1f} purchases are usual in {}.", params_.horizon_days / rhythm.gap_days,
                         days_text(params_.horizon_days));
    });
    out.set(Measure::kSilenceSlope, terms.silence_slope);
    out.set(Measure::kGivenUpDays, given_up_after_days(rhythm.gap_days, params_.horizon_days));
  }

  void add_worth(const Known& known, double probability, Signals& out) const {
    const auto margin_rate = known.from->get(Measure::kMarginRateMinorPerDay);
    if (!margin_rate.has_value()) return;
    out.set(Measure::kExpectedMarginMinor, std::round(*margin_rate * params_.horizon_days));
    out.set(Measure::kValueAtRiskMinor,
            std::round(value_at_risk(*margin_rate, params_.horizon_days, probability, known.rhythm)));
  }

  Params params_;
};

}  // namespace

std::unique_ptr<Operator> make_churn_risk(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.horizon_days =
      static_cast<double>(reader.duration("horizon", 60 * kDayMs, kDayMs, 3650 * kDayMs)) / kDayMs;
  params.base_without_purchases =
      reader.number("base_without_purchases", params.base_without_purchases, -10, 10);
  FieldReader terms(reader.child("coefficients"), "graph." + context.node + ".coefficients",
                    context.diagnostics);
  PlainRiskCoefficients& c = params.coefficients;
  c.base = terms.number("base", c.base, -10, 10);
  c.silence = terms.number("silence", c.silence, 0, 10);
  c.frequency = terms.number("frequency", c.frequency, -10, 10);
  c.tenure = terms.number("tenure", c.tenure, -10, 10);
  c.pace = terms.number("pace", c.pace, -10, 10);
  c.regularity = terms.number("regularity", c.regularity, 0, 10);
  terms.finish();
  reader.finish();
  return std::make_unique<ChurnRisk>(params);
}

}  // namespace ebb
