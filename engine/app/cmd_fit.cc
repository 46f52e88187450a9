// ebb fit: a model of churn risk from history.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/fit_common.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/output_file.h"
#include "engine/base/time_text.h"
#include "engine/fit/report.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

constexpr int kDates = 6;

struct Options {
  std::string config;
  std::string in;
  std::string out;
  std::string report;
  std::string name = "model";
  int horizon_days = 60;
  std::string by;
};

// Up to six, evenly spread from a quarter of the history to where a horizon still fits in.
Result<std::vector<TimeMs>> dates_of(const fit::History& history, int horizon_days) {
  const TimeMs first = history.first_ms() + (history.last_ms() - history.first_ms()) / 4;
  const TimeMs last = history.last_ms() - horizon_days * kDayMs;
  if (last <= history.first_ms()) {
    return Status::invalid(fmt::format("the history ({} to {}) is shorter than the horizon of {} days",
                                       date_text(history.first_ms()), date_text(history.last_ms()),
                                       horizon_days));
  }
  if (first >= last) return std::vector<TimeMs>{last};
  std::vector<TimeMs> dates;
  for (int i = 0; i < kDates; ++i) dates.push_back(first + (last - first) * i / (kDates - 1));
  return dates;
}

// All customers at all dates, and where those of each date begin.
struct Examples {
  std::vector<fit::Example> all;
  std::vector<std::size_t> begin;
};

struct HeldOut {
  std::vector<fit::Forecast> forecasts;
  std::string how;
};

// The last date by a model of the dates whose outcomes were known by then; where there is none, each fifth of
// the customers by a model of the others.
Result<HeldOut> hold_out(const fit::History& history, const Examples& examples,
                         const std::vector<TimeMs>& dates, const fit::FitOptions& options) {
  const auto horizon_ms = static_cast<TimeMs>(options.horizon_days * kDayMs);
  std::size_t known = 0;
  while (known < dates.size() && dates[known] + horizon_ms <= dates.back()) ++known;
  HeldOut out;
  const std::size_t last = examples.begin.back();
  if (known > 0) {
    const std::vector<fit::Example> before(
        examples.all.begin(), examples.all.begin() + static_cast<std::ptrdiff_t>(examples.begin[known]));
    fit::FitOptions known_then = options;
    known_then.sales.until_ms = dates.back();
    auto fitted = fit::fit_risk(before, examples.begin[known - 1], known_then);
    if (fitted) {
      for (std::size_t i = last; i < examples.all.size(); ++i) {
        out.forecasts.push_back(forecast_of(fitted->model, history, examples.all[i], dates.back()));
      }
      out.how =
          fmt::format("Held out in time: a model of what was known by {} judges the customers of that day.",
                      date_text(dates.back()));
      return out;
    }
  }
  const std::vector<fit::Example> of_last(examples.all.begin() + static_cast<std::ptrdiff_t>(last),
                                          examples.all.end());
  EBB_ASSIGN(out.forecasts, cross_forecast(history, of_last, dates.back(), options, 5));
  out.how =
      "Held out by customers, for the history is too short for a split in time: each fifth is judged by a "
      "model of the others.";
  return out;
}

std::vector<fit::Tracked> track(const fit::History& history, const fit::RiskFit& fitted,
                                const Examples& examples, const std::vector<TimeMs>& dates) {
  std::vector<fit::Tracked> out;
  for (std::size_t d = 0; d < dates.size(); ++d) {
    fit::Tracked tracked{.date_ms = dates[d]};
    const std::size_t end = d + 1 < dates.size() ? examples.begin[d + 1] : examples.all.size();
    for (std::size_t i = examples.begin[d]; i < end; ++i) {
      const fit::Forecast f = forecast_of(fitted.model, history, examples.all[i], dates[d]);
      tracked.expected += f.purchases_by_timing;
      tracked.bought += f.bought;
    }
    out.push_back(tracked);
  }
  return out;
}

Status write_file(const std::string& path, const std::string& text) {
  EBB_ASSIGN(OutputFile file, OutputFile::create(path));
  EBB_TRY(file.write(text));
  return file.commit();
}

std::string season_text(const std::string& whose, const fit::SeasonFit& fit) {
  if (!fit.season.has_value()) return "";
  std::string out = fmt::format("  season{}, January to December:", whose);
  for (const double factor : fit.season->factors()) out += fmt::format(" {:.2f}", factor);
  return out + fmt::format(" ({} customers; {:.1f} standard errors better on those held out)\n",
                           fit.customers, fit.gain);
}

std::string result_text(const fit::RiskFit& fitted) {
  const CnbdParams& t = fitted.model.timing;
  std::string out = fmt::format(
      "fitted to {} judgements of {} customers\n  timing {}{}: r {:.4f}, alpha {:.4f} "
      "weeks, a {:.4f}, b {:.4f}; ln L {:.3f}\n",
      fitted.examples, fitted.customers, t.modified ? "MBG/" : "BG/",
      t.k == 1 ? std::string("NBD") : fmt::format("CNBD-{}", t.k), t.r, t.alpha, t.a, t.b,
      fitted.timing.maximum.value);
  out += season_text("", fitted.season);
  if (fitted.spend.has_value()) {
    const GammaGammaParams& s = fitted.spend->params;
    out +=
        fmt::format("  spend Gamma-Gamma: p {:.3f}, q {:.3f}, gamma {:.1f} minor units\n", s.p, s.q, s.gamma);
  }
  for (std::size_t i = 0; i < fitted.segments.size(); ++i) {
    const fit::SegmentFit& s = fitted.segments[i];
    out += fmt::format("  {} {}: {} customers, shift {:+.3f} ± {:.3f}, {}\n", fitted.model.segment_key,
                       s.value, s.customers, fitted.model.segments[i].shift, s.shift_error,
                       s.own_timing ? "a timing of its own" : "the timing of all");
    out += season_text(fmt::format(" of {} {}", fitted.model.segment_key, s.value), s.season);
  }
  for (const std::string& warning : fitted.warnings) out += "  warning: " + warning + "\n";
  return out;
}

Status run_all(const Options& options, const Loaded& loaded) {
  Progress progress;
  progress.show("reading");
  EBB_ASSIGN(const auto history, fit::History::load(loaded.config, options.in));
  EBB_ASSIGN(const std::vector<TimeMs> dates, dates_of(*history, options.horizon_days));
  Examples examples;
  examples.begin.assign(dates.size(), 0);
  const fit::FitOptions fit_options{.name = options.name,
                                    .horizon_days = static_cast<double>(options.horizon_days),
                                    .by = options.by,
                                    .sales = {.times = history->sales(), .until_ms = history->last_ms()}};
  EBB_TRY(history->run(
      *loaded.topology, dates, dates.back(), options.by, nullptr,
      [&](std::size_t done, std::size_t all) {
        if (progress.due()) progress.show(fmt::format("replaying {} of {} events", done, all));
      },
      [&](std::size_t date, std::vector<fit::Snapshot> customers) {
        examples.begin[date] = examples.all.size();
        for (fit::Snapshot& s : customers) {
          examples.all.push_back(example_of(*history, std::move(s), dates[date], fit_options.horizon_days));
        }
      }));
  EBB_TRY(check_segments(examples.all, options.by));
  progress.show("fitting");
  EBB_ASSIGN(const fit::RiskFit fitted, fit::fit_risk(examples.all, examples.begin.back(), fit_options));
  progress.show("judging what was held out");
  EBB_ASSIGN(const HeldOut held_out, hold_out(*history, examples, dates, fit_options));
  progress.clear();
  const std::vector<std::string> comments = {
      fmt::format("Made by ebb fit from {} events of {} customers, {} to {}.", history->events(),
                  history->customers().size(), date_text(history->first_ms()), date_text(history->last_ms())),
      fmt::format("{} judgements on {} dates, {} to {}.", fitted.examples, dates.size(),
                  date_text(dates.front()), date_text(dates.back()))};
  EBB_TRY(write_file(options.out, write_risk_model(fitted.model, comments)));
  print(result_text(fitted));
  print(measures_text(held_out.how, fit::measure(held_out.forecasts)));
  if (!options.report.empty()) {
    EBB_TRY(
        write_file(options.report, fit::html_report({.fit = fitted,
                                                     .held_out = held_out.forecasts,
                                                     .how = held_out.how,
                                                     .tracking = track(*history, fitted, examples, dates)})));
  }
  print(fmt::format("{} is written; name it in the config: churn_risk: {{..., model: {}}}\n", options.out,
                    options.out));
  return Status::ok();
}

int run_fit(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  if (const Status status = run_all(options, *loaded); !status) return fail(status);
  return kExitDone;
}

}  // namespace

void add_fit(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* fit = app.add_subcommand("fit", "Fit a model of churn risk to your own history");
  add_config_argument(*fit, &options->config);
  fit->add_option("--in", options->in, "Folder with a file SOURCE.jsonl for each source; some may be missing")
      ->required()
      ->type_name("DIR");
  fit->add_option("--out", options->out, "The model file to write")->required()->type_name("FILE");
  fit->add_option("--report", options->report, "Also write a report with plots, one HTML file")
      ->type_name("FILE");
  fit->add_option("--name", options->name, "The model's name; it stands on each alert")
      ->type_name("NAME")
      ->capture_default_str();
  fit->add_option("--by", options->by,
                  "Parameters by segment: a key that a node `profile` labels customers by")
      ->type_name("KEY");
  fit->add_option("--horizon", options->horizon_days, "Of no purchase within so many days")
      ->check(CLI::Range(1, 3650))
      ->type_name("DAYS")
      ->capture_default_str();
  fit->footer(R"(
Goes through the history with the config's own graph, so that a model is fitted to what the operators will
say when it runs. docs/models.md says what is fitted and how to read the report.

Examples:
  ebb fit shop.yaml --in history --out shop-model.yaml --report shop-model.html
  ebb backtest shop.yaml --in history --at 2026-06-30 --horizon 60 --folds 5)");
  fit->callback([options, run] { *run = [options] { return run_fit(*options); }; });
}

}  // namespace ebb::app
