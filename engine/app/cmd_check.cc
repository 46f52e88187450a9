// ebb check: is the config right, and is what it needs there?
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "config/describe.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/open_log.h"
#include "engine/app/topic_differences.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

struct Options {
  std::string config;
  bool connect = false;
  bool show = false;
};

std::string log_text(const Config& config) {
  switch (config.log.kind) {
    case LogKind::kKafka:
      return "Kafka at " + config.log.kafka.brokers;
    case LogKind::kEmbedded:
      return "the embedded log in " + config.log.embedded.dir;
    case LogKind::kFiles:
      break;
  }
  return "files";
}

int connect(const Config& config) {
  if (config.log.kind != LogKind::kKafka) {
    print("  the embedded log needs nothing else\n");
    return kExitDone;
  }
  const auto log = open_for_tools(config);
  if (!log.is_ok()) return fail(log.status());
  const auto differences = find_differences(**log, config, config.partitions);
  if (!differences.is_ok()) return fail(differences.status().with_context(log_text(config)));
  print(differences->text);
  return differences->missing + differences->wrong == 0 ? kExitDone : kExitUnavailable;
}

int run_check(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  const Config& config = loaded->config;
  if (options.show) {
    print(describe(config));
  } else {
    print(fmt::format("{}: right. \"{}\" on {}: {} sources, {} operators, {} sinks; graph {}\n", config.path,
                      config.name, log_text(config), config.sources.size(), loaded->topology->nodes().size(),
                      config.sinks.size(), loaded->topology->version()));
  }
  return options.connect ? connect(config) : kExitDone;
}

}  // namespace

void add_check(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* check =
      app.add_subcommand("check", "Is the config right? Says all that is wrong, with line and column");
  add_config_argument(*check, &options->config);
  check->add_flag("--connect", options->connect, "Also ask the brokers whether the topics are as needed");
  check->add_flag("--show", options->show,
                  "Print every setting with its value, defaults included; secrets as ***");
  check->footer(R"(
Exit codes: 0 right, 78 wrong, 69 with --connect when something is missing.

Examples:
  ebb check ebb.yaml
  ebb check ebb.yaml --connect
  ebb check ebb.yaml --show > all-settings.yaml)");
  check->callback([options, run] { *run = [options] { return run_check(*options); }; });
}

}  // namespace ebb::app
