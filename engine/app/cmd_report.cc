// ebb report: what customers value, how satisfied customers are, what they bring, who stays.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "engine/app/cmd_report.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/output_file.h"
#include "engine/app/reports.h"

namespace ebb::app {
namespace {

using Build = Report (*)(const ReportInput&, const ReportScope&);

struct Options {
  std::string report;
  std::string config;
  std::string segment;
  std::string replay_dir;
  std::string html;
  int lost_after_days = 180;
  bool json = false;
};

Status write_html(const std::string& path, const Report& report) {
  EBB_ASSIGN(OutputFile file, OutputFile::create(path));
  EBB_TRY(file.write(report_html(report)));
  return file.commit();
}

int run_report(const Options& options, Build build) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  ReportScope scope;
  scope.lost_after_ms = options.lost_after_days * kDayMs;
  if (!options.segment.empty()) {
    const std::size_t equals = options.segment.find('=');
    if (equals == std::string::npos || equals == 0) {
      complain("--segment: expected KEY=VALUE, as in region=north");
      return kExitUsage;
    }
    scope.segment = {options.segment.substr(0, equals), options.segment.substr(equals + 1)};
  }
  const auto input = options.replay_dir.empty() ? read_sinks(loaded->config)
                                                : read_replay(options.replay_dir, loaded->config);
  if (!input.is_ok()) return fail(input.status());
  const Report report = build(*input, scope);
  if (!options.html.empty()) {
    if (const Status status = write_html(options.html, report); !status) return fail(status);
  }
  print(options.json ? report_json(report) : report_text(report));
  return kExitDone;
}

Build find_report(const std::string& name) {
  if (name == "value") return value_report;
  if (name == "satisfaction") return satisfaction_report;
  if (name == "profit") return profit_report;
  return loyalty_report;
}

}  // namespace

void add_report(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* report = app.add_subcommand(
      "report", "What customers value, how satisfied they are, what they bring, who stays");
  report
      ->add_option("REPORT", options->report,
                   "value: what customers value, and how we do at it; satisfaction: the index now and over "
                   "time; profit: tiers, whom to keep or let go; "
                   "loyalty: quadrants, ties that end, survival")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"value", "satisfaction", "profit", "loyalty"}));
  add_config_argument(*report, &options->config);
  report->add_option("--segment", options->segment, "Only the customers of this segment, as in region=north")
      ->type_name("KEY=VALUE");
  report->add_option("--in", options->replay_dir, "From the folder of a replay instead of the log")
      ->type_name("DIR");
  report->add_option("--html", options->html, "Also write one HTML file with plots")->type_name("FILE");
  report
      ->add_option("--lost-after", options->lost_after_days, "Who bought nothing for so long counts as lost")
      ->type_name("DAYS")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  report->add_flag("--json", options->json, "As JSON");
  report->footer(R"(
Reads what the config's sinks of risk and segments hold, committed records only.

Examples:
  ebb report profit ebb.yaml
  ebb report value ebb.yaml --segment region=north --html value.html
  ebb report satisfaction ebb.yaml --in out --html satisfaction.html
  ebb report loyalty ebb.yaml --in out --lost-after 90)");
  report->callback(
      [options, run] { *run = [options] { return run_report(*options, find_report(options->report)); }; });
}

}  // namespace ebb::app
