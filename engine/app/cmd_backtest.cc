// ebb backtest: how good the judgements of a past day were.
#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>

#include "CLI/CLI.hpp"
#include "ebb/v1/alert.pb.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/fit_common.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/base/time_text.h"
#include "engine/fit/alert_quality.h"
#include "engine/fit/purchase_forecast.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

struct Options {
  std::string config;
  std::string in;
  std::string at;
  int horizon_days = 60;
  int folds = 0;
  std::string by;
  bool json = false;
};

struct Outcome {
  fit::Measures graph;    // the config's own judgement
  fit::Measures repeats;  // the same, of those with three repeat purchases or more
  fit::Measures folds, folds_repeats;
  double expected = 0, bought = 0;  // purchases
  fit::PurchaseForecast in_time;
  fit::AlertQuality alerts;
};

// As the alert's own summary has it: the strongest reason that is something the customer did or didn't do.
std::string main_reason(const v1::Alert& alert) {
  for (const v1::Contribution& c : alert.contributions()) {
    if (c.points() > 0 && c.name() != "base" && c.name() != "pace") return c.name();
  }
  return "";
}

// Gathers what the graph emits: the alerts of churn risk.
class Alerts {
 public:
  explicit Alerts(const fit::History& history) {
    for (std::uint32_t i = 0; i < history.customers().size(); ++i) places_[history.customers()[i]] = i;
  }
  void take(const google::protobuf::Message& message) {
    if (message.GetDescriptor() != v1::Alert::descriptor()) return;
    const auto& alert = static_cast<const v1::Alert&>(message);
    if (alert.kind() != v1::ALERT_KIND_CHURN_RISK) return;
    raised_.push_back({.customer = places_.at(alert.customer_id()),
                       .at_ms = google::protobuf::util::TimeUtil::TimestampToMilliseconds(alert.event_time()),
                       .reason = main_reason(alert)});
  }
  const std::vector<fit::RaisedAlert>& raised() const { return raised_; }

 private:
  std::unordered_map<std::string, std::uint32_t> places_;
  std::vector<fit::RaisedAlert> raised_;
};

nlohmann::ordered_json as_json(const fit::Measures& m) {
  return {{"customers", m.customers},
          {"baseRate", m.base_rate},
          {"auc", m.auc},
          {"aucRecency", m.auc_recency},
          {"lift10", m.lift10},
          {"lift10Recency", m.lift10_recency},
          {"calibrationError", m.calibration_error},
          {"expectedMaximumProfit", m.profit},
          {"expectedMaximumProfitRecency", m.profit_recency},
          {"lostValueCaught", m.lost_value_caught},
          {"lostValueCaughtRecency", m.lost_value_caught_recency}};
}

nlohmann::ordered_json as_json(const fit::AlertQuality& q) {
  nlohmann::ordered_json reasons = nlohmann::ordered_json::array();
  for (const fit::ReasonQuality& r : q.reasons) {
    reasons.push_back({{"name", r.name}, {"alerts", r.alerts}, {"cameTrue", r.came_true}});
  }
  return {{"alerts", q.alerts},
          {"falseAlarms", q.false_alarms},
          {"falseAlarmsPerCustomerYear", q.false_alarms_per_year()},
          {"left", q.leavers},
          {"leftAndWarned", q.warned},
          {"medianLeadDays", q.median_lead_days},
          {"medianDaysAfterLastPurchase", q.median_after_days},
          {"reasons", reasons}};
}

std::string alerts_text(const fit::AlertQuality& q, int horizon_days) {
  std::string out = fmt::format(
      "alerts of churn risk up to the date: {}; after {} of them the customer bought within {} days: {:.2f} "
      "false alarms a customer and year\n",
      q.alerts, q.false_alarms, horizon_days, q.false_alarms_per_year());
  out += fmt::format(
      "had left by the date (last purchase {} days or more before, none since): {}, of whom {} were warned "
      "within these {} days",
      horizon_days, q.leavers, q.warned, horizon_days);
  if (q.warned > 0) {
    out += fmt::format(": half of them {:.0f} days or more before they were over, {:.0f} after that purchase",
                       q.median_lead_days, q.median_after_days);
  }
  out += "\n";
  if (q.reasons.empty()) return out;
  out += "  main reason           alerts  no purchase came\n";
  for (const fit::ReasonQuality& r : q.reasons) {
    out += fmt::format("  {:<20} {:>7}  {:>5.1f} %\n", r.name.empty() ? "none" : r.name, r.alerts,
                       100 * static_cast<double>(r.came_true) / static_cast<double>(r.alerts));
  }
  return out;
}

std::string purchases_text(const Outcome& outcome) {
  const auto off = [&](double foretold) { return 100 * (foretold / std::max(1.0, outcome.bought) - 1); };
  const fit::PurchaseForecast& in_time = outcome.in_time;
  std::string out = fmt::format("purchases within the horizon: {:.0f} made\n", outcome.bought);
  const auto line = [&](double foretold, const std::string& how) {
    out += fmt::format("  {:>7.0f} ({:+.1f} %) {}\n", foretold, off(foretold), how);
  };
  line(in_time.by_timing, "by the timing alone");
  if (in_time.earlier.has_value()) {
    line(in_time.in_line(),
         fmt::format("the same x {:.3f}, for of {} to the date it foretold {:.0f}, and {:.0f} were made",
                     in_time.earlier->ratio(), date_text(in_time.earlier->cut_ms), in_time.earlier->expected,
                     in_time.earlier->made));
  }
  line(outcome.expected, "brought into line with what came true of other customers: no forecast in time");
  return out;
}

void show(const Options& options, const Outcome& outcome) {
  if (options.json) {
    nlohmann::ordered_json out = {{"at", options.at}, {"horizonDays", options.horizon_days}};
    out["graph"] = as_json(outcome.graph);
    out["graphThreeRepeats"] = as_json(outcome.repeats);
    if (options.folds > 0) {
      out["folds"] = as_json(outcome.folds);
      out["foldsThreeRepeats"] = as_json(outcome.folds_repeats);
      out["purchasesExpected"] = outcome.expected;
      out["purchasesExpectedByTiming"] = outcome.in_time.by_timing;
      out["purchasesExpectedInTime"] = outcome.in_time.in_line();
      out["purchasesMade"] = outcome.bought;
    }
    out.update(as_json(outcome.alerts));
    print(out.dump(2) + "\n");
    return;
  }
  print(measures_text("the config's own graph", outcome.graph));
  print(measures_text("  of these three repeat purchases or more", outcome.repeats));
  if (options.folds > 0) {
    print(
        measures_text(fmt::format("fitted anew, {} folds over the customers", options.folds), outcome.folds));
    print(measures_text("  of these three repeat purchases or more", outcome.folds_repeats));
    print(purchases_text(outcome));
  }
  print(alerts_text(outcome.alerts, options.horizon_days));
}

Status run_all(const Options& options, const Loaded& loaded) {
  TimeMs at_ms = 0;
  EBB_TRY(parse_last_of_day("--at", options.at, &at_ms));
  Progress progress;
  progress.show("reading");
  EBB_ASSIGN(const auto history, fit::History::load(loaded.config, options.in));
  const auto horizon = static_cast<double>(options.horizon_days);
  if (at_ms + options.horizon_days * kDayMs > history->last_ms() + kDayMs) {
    return Status::invalid("--at: the history ends before the horizon does");
  }
  std::vector<fit::Example> examples;
  Alerts alerts(*history);
  const auto on_alert = [&](const google::protobuf::Message& message) { alerts.take(message); };
  EBB_TRY(history->run(
      *loaded.topology, {at_ms}, at_ms, options.by, on_alert,
      [&](std::size_t done, std::size_t all) {
        if (progress.due()) progress.show(fmt::format("replaying {} of {} events", done, all));
      },
      [&](std::size_t, std::vector<fit::Snapshot> customers) {
        for (fit::Snapshot& s : customers)
          examples.push_back(example_of(*history, std::move(s), at_ms, horizon));
      }));
  if (examples.empty()) return Status::invalid("--at: nobody had bought by then");
  EBB_TRY(check_segments(examples, options.by));
  Outcome outcome;
  std::vector<fit::Forecast> graph;
  for (const fit::Example& e : examples) {
    fit::Forecast f;
    f.probability = e.snapshot.probability;
    f.recency_days = e.snapshot.facts.silence_days;
    f.value_minor = e.snapshot.margin_minor_per_day * horizon;
    f.value_at_risk_minor = e.snapshot.value_at_risk_minor;
    f.repeats = e.snapshot.facts.purchase_days - 1;
    f.none = e.none;
    graph.push_back(f);
  }
  outcome.graph = fit::measure(graph);
  outcome.repeats = fit::measure(fit::with_repeats(graph, 3));
  if (options.folds > 0) {
    EBB_ASSIGN(
        const std::vector<fit::Forecast> forecasts,
        cross_forecast(
            *history, examples, at_ms,
            {.name = "fold", .horizon_days = horizon, .by = options.by, .sales = {.times = history->sales()}},
            std::max(2, options.folds)));
    outcome.folds = fit::measure(forecasts);
    outcome.folds_repeats = fit::measure(fit::with_repeats(forecasts, 3));
    for (const fit::Forecast& f : forecasts) {
      outcome.expected += f.purchases;
      outcome.bought += f.bought;
    }
    outcome.in_time = fit::forecast_purchases(history->sales(), history->first_ms(), at_ms, horizon);
  }
  progress.clear();
  outcome.alerts = fit::judge_alerts(history->sales(), alerts.raised(), at_ms, horizon);
  show(options, outcome);
  return Status::ok();
}

int run_backtest(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  if (const Status status = run_all(options, *loaded); !status) return fail(status);
  return kExitDone;
}

}  // namespace

void add_backtest(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* backtest = app.add_subcommand("backtest", "How good the judgements of a past day were");
  add_config_argument(*backtest, &options->config);
  backtest
      ->add_option("--in", options->in,
                   "Folder with a file SOURCE.jsonl for each source; some may be missing")
      ->required()
      ->type_name("DIR");
  backtest->add_option("--at", options->at, "Judge as of the end of this day, UTC")
      ->required()
      ->type_name("YYYY-MM-DD");
  backtest->add_option("--horizon", options->horizon_days, "Was there a purchase within so many days?")
      ->check(CLI::Range(1, 3650))
      ->type_name("DAYS")
      ->capture_default_str();
  backtest
      ->add_option("--folds", options->folds,
                   "Also fit anew: each of so many parts of the customers by a model of the others")
      ->check(CLI::Range(2, 20))
      ->type_name("K");
  backtest->add_option("--by", options->by, "With --folds: parameters by segment, as in ebb fit")
      ->type_name("KEY");
  backtest->add_flag("--json", options->json, "As JSON");
  backtest->footer(R"(
Judges every customer by what had happened up to the date, and compares with what came within the horizon.
Always beside it: days since the last purchase alone, and the base rate. docs/models.md explains the figures.

Examples:
  ebb backtest shop.yaml --in history --at 2026-06-30 --horizon 60
  ebb backtest shop.yaml --in .data/cdnow --at 1997-09-30 --horizon 273 --folds 5)");
  backtest->callback([options, run] { *run = [options] { return run_backtest(*options); }; });
}

}  // namespace ebb::app
