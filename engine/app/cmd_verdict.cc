// ebb verdict: what a replay of synthetic customers found, beside what really became of them.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/verdict.h"

namespace ebb::app {
namespace {

struct Options {
  std::string history;
  std::string found;
  std::string level = "warning";
  VerdictOptions verdict;
  bool json = false;
};

int run_verdict(Options& options) {
  options.verdict.level = options.level == "watch"      ? v1::RISK_LEVEL_WATCH
                          : options.level == "critical" ? v1::RISK_LEVEL_CRITICAL
                                                        : v1::RISK_LEVEL_WARNING;
  const Result<Verdict> verdict = judge(options.history, options.found, options.verdict);
  if (!verdict) return fail(verdict.status());
  print(options.json ? verdict_json(*verdict, options.verdict) : verdict_text(*verdict, options.verdict));
  return kExitDone;
}

}  // namespace

void add_verdict(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* verdict =
      app.add_subcommand("verdict", "Judge a replay of synthetic customers by what really became of them");
  verdict->add_option("HISTORY", options->history, "Folder that ebb gen wrote: truth.jsonl, purchases.jsonl")
      ->required();
  verdict->add_option("FOUND", options->found, "Folder that ebb replay --risk-history wrote of it")
      ->required();
  verdict->add_option("--level", options->level, "Alerts from this level on count as warnings")
      ->check(CLI::IsMember({"watch", "warning", "critical"}))
      ->type_name("LEVEL")
      ->capture_default_str();
  verdict
      ->add_option("--horizon", options->verdict.horizon_days,
                   "The ranking asks who leaves within so many days")
      ->check(CLI::Range(1, 3650))
      ->type_name("DAYS")
      ->capture_default_str();
  verdict->add_flag("--json", options->json, "One JSON object");
  verdict->footer(R"(
By reason for leaving: how many left, how many were warned of between the first sign and leaving (or only
after), how many days before the first purchase that never came, how many with the true reason among the
alert's top three, and how well the risk table ranks them beside recency. Then the false alarms.
docs/simulator.md says what each figure means.

Examples:
  ebb gen --out year --customers 5000 --days 365 --start 2025-01-01
  ebb replay ebb.yaml --in year --out found --risk-history
  ebb verdict year found)");
  verdict->callback([options, run] { *run = [options] { return run_verdict(*options); }; });
}

}  // namespace ebb::app
