#include "engine/app/fit_common.h"

#include <algorithm>

#include "engine/app/console.h"
#include "engine/app/day_argument.h"
#include "engine/base/hash.h"
#include "fmt/format.h"
#include "operators/models/lifetime_value.h"
#include "operators/models/plain_risk.h"

namespace ebb::app {

Status parse_last_of_day(const std::string& option, const std::string& text, TimeMs* out) {
  EBB_TRY(parse_day(option, text, out));
  *out += kDayMs - 1;
  return Status::ok();
}

fit::Example example_of(const fit::History& history, fit::Snapshot snapshot, TimeMs date_ms,
                        double horizon_days) {
  const TimeMs until = date_ms + static_cast<TimeMs>(horizon_days * kDayMs);
  const bool none = history.purchase_days(snapshot.customer, date_ms, until) == 0;
  return {.snapshot = std::move(snapshot), .none = none};
}

Status check_segments(const std::vector<fit::Example>& examples, const std::string& by) {
  const auto labelled = [](const fit::Example& e) { return !e.snapshot.segment.empty(); };
  if (by.empty() || std::any_of(examples.begin(), examples.end(), labelled)) return Status::ok();
  return Status::invalid(
      fmt::format("--by {0}: of no customer is it known. Profiles must say it, and churn_risk be fed by a "
                  "node that labels "
                  "customers with it: `profile: {{from: dedupe, keys: [{0}]}}`",
                  by));
}

fit::Forecast forecast_of(const RiskModel& model, const fit::History& history, const fit::Example& example,
                          TimeMs date_ms) {
  const fit::Snapshot& s = example.snapshot;
  const SeasonedFacts facts = fit::seasoned_facts(model, s);
  const double weeks = facts.even_horizon_days / 7;
  const Timing timing = timing_of(facts.even);
  const CnbdParams& params = model.timing_in(model.segment_of(s.segment));
  fit::Forecast f;
  f.probability = logistic(fit::score(model, s));
  f.recency_days = s.facts.silence_days;
  f.value_minor = s.margin_minor_per_day * model.horizon_days;
  // As churn_risk has it, with this model's rate.
  const double a_purchase = s.margin_minor_per_day * s.facts.gap_days;
  f.value_at_risk_minor =
      a_purchase * rate_alive(params, timing) * weeks *
      share_lost(f.probability, probability_of_none_alive(params, timing, weeks)) *
      reachable_share(s.facts.silence_days, given_up_after_days(s.facts.gap_days, model.horizon_days));
  f.repeats = s.facts.purchase_days - 1;
  // The timing model's count, brought into line with the calibrated probability of any.
  const double any = 1 - logistic(log_odds_of_none(params, timing, weeks));
  f.purchases_by_timing = expected_purchases(params, timing, weeks);
  f.purchases = any > 0 ? f.purchases_by_timing * (1 - f.probability) / any : 0;
  f.none = example.none;
  f.bought =
      history.purchase_days(s.customer, date_ms, date_ms + static_cast<TimeMs>(model.horizon_days * kDayMs));
  return f;
}

Result<std::vector<fit::Forecast>> cross_forecast(const fit::History& history,
                                                  const std::vector<fit::Example>& examples, TimeMs date_ms,
                                                  const fit::FitOptions& options, int folds) {
  const auto fold_of = [&](const fit::Example& e) {
    return static_cast<int>(stable_hash(history.customers()[e.snapshot.customer]) %
                            static_cast<std::uint64_t>(folds));
  };
  fit::FitOptions known_then = options;
  known_then.sales.until_ms = date_ms;
  std::vector<fit::Forecast> out;
  Progress progress;
  for (int fold = 0; fold < folds; ++fold) {
    progress.show(fmt::format("fold {} of {}", fold + 1, folds));
    std::vector<fit::Example> others;
    for (const fit::Example& e : examples) {
      if (fold_of(e) != fold) others.push_back(e);
    }
    EBB_ASSIGN(const fit::RiskFit fitted, fit::fit_risk(others, 0, known_then));
    for (const fit::Example& e : examples) {
      if (fold_of(e) == fold) out.push_back(forecast_of(fitted.model, history, e, date_ms));
    }
  }
  return out;
}

std::string measures_text(const std::string& title, const fit::Measures& m) {
  return fmt::format(
      "{}: {} customers, {:.1f} % of them bought nothing (the base rate)\n"
      "                                    model   recency alone\n"
      "  AUC                               {:.4f}  {:.4f}\n"
      "  lift in the top 10 %              {:.3f}   {:.3f}\n"
      "  expected calibration error        {:.4f}\n"
      "  expected maximum profit           {:.3f}   {:.3f}  (a customer; value 200, offer 10, contact 1)\n"
      "  lost value caught in the top 10 % {:.3f}   {:.3f}\n",
      title, m.customers, 100 * m.base_rate, m.auc, m.auc_recency, m.lift10, m.lift10_recency,
      m.calibration_error, m.profit, m.profit_recency, m.lost_value_caught, m.lost_value_caught_recency);
}

}  // namespace ebb::app
