#include "engine/fit/fit_risk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/fit/evenly_chosen.h"
#include "engine/fit/logistic.h"
#include "operators/models/plain_risk.h"

namespace ebb::fit {
namespace {

constexpr std::size_t kMostForLikelihood = 20'000;
constexpr std::size_t kLeastWithInput = 100;
constexpr double kInputPull = 20;
constexpr double kTermPull = 1;
constexpr double kSegmentPull = 10;
constexpr double kTimingParameters = 4;
constexpr std::size_t kMostSegments = 64;

class Fitter {
 public:
  Fitter(const std::vector<Example>& examples, std::size_t last_date, const FitOptions& options)
      : examples_(examples), last_date_(last_date), options_(options) {}

  RiskFit run() {
    fit_.model.name = options_.name;
    fit_.model.horizon_days = options_.horizon_days;
    fit_.examples = examples_.size();
    fit_season();
    if (!options_.by.empty()) find_segments();
    fit_timing();
    fit_segments();
    fit_spend();
    find_inputs();
    make_features();
    std::vector<std::size_t> all;
    std::size_t none = 0;
    std::set<std::uint32_t> customers;
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      all.push_back(i);
      none += examples_[i].none ? 1 : 0;
      customers.insert(examples_[i].snapshot.customer);
    }
    fit_.customers = customers.size();
    fit_.share_none = static_cast<double>(none) / static_cast<double>(all.size());
    fit_weights(all, &fit_.model);
    if (!fit_.segments.empty()) judge_shifts();
    fit_calibration();
    return std::move(fit_);
  }

 private:
  // Times of the sales of those judged last, or of those of one segment.
  std::vector<std::span<const TimeMs>> sales_of(std::string_view segment) const {
    std::vector<std::span<const TimeMs>> out;
    for (std::size_t i = last_date_; i < examples_.size(); ++i) {
      const Snapshot& s = examples_[i].snapshot;
      if (segment.empty() || s.segment == segment) out.emplace_back(options_.sales.times[s.customer]);
    }
    return out;
  }

  void fit_season() {
    if (options_.sales.times.empty()) return;
    fit_.season = fit::fit_season(sales_of(""), options_.sales.until_ms, nullptr);
    fit_.model.season = fit_.season.season;
  }

  Timing even_timing(const Snapshot& s) const { return timing_of(seasoned_facts(fit_.model, s).even); }

  void fit_timing() {
    std::vector<Timing> timings;
    for (std::size_t i = last_date_; i < examples_.size(); ++i) {
      const Timing timing = even_timing(examples_[i].snapshot);
      if (timing.age > 0) timings.push_back(timing);
    }
    timings = evenly_chosen<Timing>(timings, kMostForLikelihood);
    fit_.timing = fit_best_cnbd(timings, true);
    fit_.model.timing = fit_.timing.params;
    if (fit_.timing.maximum.standard_errors.empty()) {
      fit_.warnings.push_back("timing: the likelihood is flat; the parameters can't be told apart");
    }
    if (fit_.timing.maximum.at_bound) {
      fit_.warnings.push_back(
          "timing: a parameter ran to the end of its range; customers hardly differ in it");
    }
  }

  struct SegmentData {
    std::size_t customers = 0;  // of the last date, of some age
    std::size_t none = 0;
    std::size_t some = 0;
  };

  // Those of which there are enough, and their seasons.
  void find_segments() {
    std::map<std::string_view, SegmentData> data;
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      const Snapshot& s = examples_[i].snapshot;
      if (s.segment.empty()) continue;
      SegmentData& of = data[s.segment];
      (examples_[i].none ? of.none : of.some) += 1;
      if (i >= last_date_ && s.facts.tenure_days > 0) of.customers += 1;
    }
    fit_.model.segment_key = options_.by;
    double judgements = 0;
    for (const auto& [value, of] : data) {
      const std::string name = fmt::format("{} {}", options_.by, value);
      const bool printable =
          std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20; });
      if (!printable || of.customers < kLeastExamples || of.none < kLeastOfEither ||
          of.some < kLeastOfEither || fit_.segments.size() == kMostSegments) {
        fit_.warnings.push_back(
            fmt::format("{}: {} customers are too few, or it is one segment too many; it has "
                        "the parameters of all",
                        name, of.customers));
        continue;
      }
      shares_.push_back(static_cast<double>(of.none + of.some));
      judgements += shares_.back();
      SegmentFit fit{.value = std::string(value), .customers = of.customers};
      if (!options_.sales.times.empty()) {
        const Season* all = fit_.model.season_in(-1);
        fit.season = fit::fit_season(sales_of(value), options_.sales.until_ms, all);
      }
      fit_.model.segments.push_back(
          {.value = fit.value, .timing = {}, .shift = 0, .season = fit.season.season});
      fit_.segments.push_back(std::move(fit));
    }
    for (double& share : shares_) share /= judgements;
  }

  void fit_segments() {
    std::vector<std::vector<Timing>> timings(fit_.segments.size());
    for (std::size_t i = last_date_; i < examples_.size(); ++i) {
      const Snapshot& s = examples_[i].snapshot;
      const int place = fit_.model.segment_of(s.segment);
      const Timing timing = even_timing(s);
      if (place >= 0 && timing.age > 0) timings[static_cast<std::size_t>(place)].push_back(timing);
    }
    for (std::size_t i = 0; i < timings.size(); ++i) {
      fit_segment(evenly_chosen<Timing>(timings[i], kMostForLikelihood), fit_.segments[i],
                  fit_.model.segments[i]);
    }
  }

  void fit_segment(const std::vector<Timing>& timings, SegmentFit& fit, SegmentModel& model) {
    const CnbdParams& all = fit_.model.timing;
    const TimingFit own = fit_cnbd(timings, all.k, all.modified);
    fit.timing = own.maximum;
    const double gain = own.maximum.value - log_likelihood(all, std::span<const Timing>(timings));
    fit.own_timing = gain > kTimingParameters && !own.maximum.standard_errors.empty();
    if (!fit.own_timing) {
      fit_.warnings.push_back(fmt::format("{} {}: its timing can't be told from that of all; it takes theirs",
                                          options_.by, fit.value));
    }
    model.timing = fit.own_timing ? own.params : all;
  }

  // Standard errors of the shifts, from the information in the segment's customers. Judgements of one
  // customer on several dates are hardly more than one, so they count as one.
  void judge_shifts() {
    std::vector<double> information(fit_.segments.size());
    std::vector<std::size_t> judgements(fit_.segments.size());
    for (const Example& e : examples_) {
      const int place = fit_.model.segment_of(e.snapshot.segment);
      if (place < 0) continue;
      const double p = logistic(score(fit_.model, e.snapshot));
      information[static_cast<std::size_t>(place)] += p * (1 - p);
      judgements[static_cast<std::size_t>(place)] += 1;
    }
    for (std::size_t i = 0; i < fit_.segments.size(); ++i) {
      SegmentFit& fit = fit_.segments[i];
      const double customers = static_cast<double>(std::min(fit.customers, judgements[i]));
      fit.shift_error =
          1 / std::sqrt(kSegmentPull + information[i] * customers / static_cast<double>(judgements[i]));
      if (std::abs(fit_.model.segments[i].shift) < 2 * fit.shift_error) {
        fit_.warnings.push_back(
            fmt::format("{} {}: the data can't tell whether its customers leave more or less "
                        "often than others who buy alike (shift {:+.3f} ± {:.3f})",
                        options_.by, fit.value, fit_.model.segments[i].shift, fit.shift_error));
      }
    }
  }

  void fit_spend() {
    std::vector<Spend> spends;
    for (std::size_t i = last_date_; i < examples_.size(); ++i) {
      const RiskFacts& facts = examples_[i].snapshot.facts;
      if (facts.purchase_days >= 2 && facts.spend_minor > 0) {
        spends.push_back({.purchases = facts.purchase_days, .mean = facts.spend_minor / facts.purchase_days});
      }
    }
    spends = evenly_chosen<Spend>(spends, kMostForLikelihood);
    if (spends.size() < kLeastExamples) {
      fit_.warnings.push_back(
          fmt::format("spend: {} customers with two purchases are too few; amounts are taken as they were",
                      spends.size()));
      return;
    }
    SpendFit spend = fit_gamma_gamma(spends);
    if (spend.params.q <= 1) {
      fit_.warnings.push_back("spend: the amounts have no mean under the model; taken as they were");
      return;
    }
    fit_.model.spend = spend.params;
    fit_.spend = std::move(spend);
  }

  void find_inputs() {
    std::map<std::string_view, std::size_t> seen;
    for (const Example& example : examples_) {
      for (const auto& [name, points] : example.snapshot.inputs) seen[name] += points != 0 ? 1 : 0;
    }
    for (const auto& [name, count] : seen) {
      if (count >= kLeastWithInput) {
        inputs_.push_back(name);
      } else {
        fit_.warnings.push_back(
            fmt::format("input {}: contributed {} times only; its weight stays 1", name, count));
      }
    }
  }

  // Terms, inputs, one for each segment.
  std::size_t width() const { return first_segment() + fit_.model.segments.size(); }
  std::size_t first_segment() const { return kRiskTerms + inputs_.size(); }

  // Rows of features, terms standardised, inputs as they are; what has no weight is added as an offset by
  // keeping its weight at 1: a column for all of them, bound to 1.
  void make_features() {
    const std::size_t n = examples_.size();
    std::vector<RiskFeatures> raw;
    raw.reserve(n);
    for (const Example& e : examples_) {
      raw.push_back(risk_features(seasoned_facts(fit_.model, e.snapshot),
                                  fit_.model.timing_in(fit_.model.segment_of(e.snapshot.segment))));
      for (std::size_t i = 0; i < kRiskTerms; ++i)
        fit_.model.centre[i] += raw.back()[i] / static_cast<double>(n);
    }
    for (std::size_t i = 0; i < kRiskTerms; ++i) {
      double square = 0;
      for (const RiskFeatures& f : raw)
        square += (f[i] - fit_.model.centre[i]) * (f[i] - fit_.model.centre[i]);
      deviation_[i] = std::sqrt(square / static_cast<double>(n));
      if (deviation_[i] < 1e-9) deviation_[i] = 0;  // the same for all
    }
    features_.reserve(n * (width() + 1));
    for (std::size_t row = 0; row < n; ++row) {
      for (std::size_t i = 0; i < kRiskTerms; ++i) {
        features_.push_back(deviation_[i] > 0 ? (raw[row][i] - fit_.model.centre[i]) / deviation_[i] : 0);
      }
      std::vector<double> others(width() - kRiskTerms + 1);
      const int segment = fit_.model.segment_of(examples_[row].snapshot.segment);
      for (std::size_t i = 0; segment >= 0 && i < shares_.size(); ++i) {
        others[inputs_.size() + i] = (static_cast<std::size_t>(segment) == i ? 1 : 0) - shares_[i];
      }
      for (const auto& [name, points] : examples_[row].snapshot.inputs) {
        const auto at = std::lower_bound(inputs_.begin(), inputs_.end(), name);
        const bool weighed = at != inputs_.end() && *at == name;
        others[weighed ? static_cast<std::size_t>(at - inputs_.begin()) : others.size() - 1] += points;
      }
      features_.insert(features_.end(), others.begin(), others.end());
    }
  }

  void fit_weights(const std::vector<std::size_t>& rows, RiskModel* model) const {
    const std::size_t columns = width() + 1;
    std::vector<double> features;
    std::vector<bool> none;
    features.reserve(rows.size() * columns);
    for (const std::size_t row : rows) {
      const auto from = features_.begin() + static_cast<std::ptrdiff_t>(row * columns);
      features.insert(features.end(), from, from + static_cast<std::ptrdiff_t>(columns));
      none.push_back(examples_[row].none);
    }
    std::vector<LogisticTerm> terms;
    for (std::size_t i = 0; i < kRiskTerms; ++i) {
      LogisticTerm term{.prior = 0, .pull = kTermPull};
      term.least = std::max(-1e9, least_weight(static_cast<RiskTerm>(i)));
      if (deviation_[i] == 0) term.least = term.most = 0;
      terms.push_back(term);
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      terms.push_back({.prior = 1, .pull = kInputPull, .least = 0, .most = 3});
    }
    for (std::size_t i = 0; i < model->segments.size(); ++i)
      terms.push_back({.prior = 0, .pull = kSegmentPull});
    terms.push_back({.prior = 1, .pull = 1, .least = 1, .most = 1});
    const std::vector<double> weights = fit_logistic(features, none, terms);
    for (std::size_t i = 0; i < kRiskTerms; ++i) {
      model->weight[i] = deviation_[i] > 0 ? weights[i] / deviation_[i] : 0;
    }
    model->inputs.clear();
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      model->inputs.emplace_back(std::string(inputs_[i]), weights[kRiskTerms + i]);
    }
    double mean = 0;
    for (std::size_t i = 0; i < shares_.size(); ++i) mean += shares_[i] * weights[first_segment() + i];
    for (std::size_t i = 0; i < model->segments.size(); ++i) {
      model->segments[i].shift = weights[first_segment() + i] - mean;
    }
    model->base = weights.back();
  }

  // Each half of the customers is scored by weights from the other one.
  void fit_calibration() {
    std::vector<std::size_t> half[2];
    for (std::size_t i = 0; i < examples_.size(); ++i) half[examples_[i].snapshot.customer % 2].push_back(i);
    std::vector<double> features;
    std::vector<bool> none;
    double loss_before = 0;
    for (int side = 0; side < 2; ++side) {
      if (half[side].empty()) return;
      RiskModel model = fit_.model;
      fit_weights(half[1 - side], &model);
      for (const std::size_t i : half[side]) {
        const double s = score(model, examples_[i].snapshot);
        features.push_back(-std::log1p(std::exp(-s)));
        features.push_back(std::log1p(std::exp(s)));
        none.push_back(examples_[i].none);
        loss_before += std::log1p(std::exp(examples_[i].none ? -s : s));
      }
    }
    const std::vector<double> w = fit_logistic(features, none,
                                               {{.prior = 1, .pull = 10, .least = 0.05, .most = 20},
                                                {.prior = 1, .pull = 10, .least = 0.05, .most = 20}});
    const BetaCalibration calibration{.a = w[0], .b = w[1], .c = w[2]};
    double loss_after = 0;
    for (std::size_t i = 0; i < none.size(); ++i) {
      const double s = w[0] * features[2 * i] + w[1] * features[2 * i + 1] + w[2];
      loss_after += std::log1p(std::exp(none[i] ? -s : s));
    }
    // Three parameters have to earn their keep (Akaike 1974).
    if (loss_before - loss_after > 3) fit_.model.calibration = calibration;
  }

  const std::vector<Example>& examples_;
  const std::size_t last_date_;
  const FitOptions& options_;
  RiskFit fit_;
  std::vector<std::string_view> inputs_;  // sorted
  RiskFeatures deviation_{};
  // Of the judgements in all segments, those in each. Shifts are measured from their mean, so that who is in
  // none of them is judged as the average customer.
  std::vector<double> shares_;
  std::vector<double> features_;
};

}  // namespace

SeasonedFacts seasoned_facts(const RiskModel& model, const Snapshot& snapshot) {
  return seasoned(model.season_in(model.segment_of(snapshot.segment)), snapshot.facts,
                  days_since_1970(snapshot.at_ms), model.horizon_days);
}

double score(const RiskModel& model, const Snapshot& snapshot) {
  const int segment = model.segment_of(snapshot.segment);
  const RiskFeatures features = risk_features(seasoned_facts(model, snapshot), model.timing_in(segment));
  double sum = model.base + model.shift_in(segment);
  for (std::size_t i = 0; i < kRiskTerms; ++i) sum += model.weight[i] * (features[i] - model.centre[i]);
  for (const auto& [name, points] : snapshot.inputs) sum += model.input_weight(name) * points;
  return calibrated(model.calibration, sum);
}

Result<RiskFit> fit_risk(const std::vector<Example>& examples, std::size_t last_date,
                         const FitOptions& options) {
  const auto none = static_cast<std::size_t>(
      std::count_if(examples.begin(), examples.end(), [](const Example& e) { return e.none; }));
  if (examples.size() < kLeastExamples || none < kLeastOfEither || examples.size() - none < kLeastOfEither) {
    return Status::invalid(fmt::format(
        "too few to fit: {} judgements, of which {} without and {} with a purchase within {:.0f} days; "
        "wanted are "
        "{} in all and {} of each. The plain model needs no history: leave `model` out",
        examples.size(), none, examples.size() - none, options.horizon_days, kLeastExamples, kLeastOfEither));
  }
  return Fitter(examples, last_date, options).run();
}

}  // namespace ebb::fit
