// ebb topics: what topics the config needs, how they differ from what is there, and creating them.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
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
  bool create = false;
  std::int32_t partitions = 0;
};

int run_topics(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  const Config& config = loaded->config;
  if (config.log.kind != LogKind::kKafka) {
    print("the embedded log makes its topics by itself; there is nothing to do\n");
    return kExitDone;
  }
  const auto log = open_for_tools(config);
  if (!log.is_ok()) return fail(log.status());
  const std::int32_t partitions = options.partitions != 0 ? options.partitions : config.partitions;
  const auto differences =
      find_differences(**log, config, partitions, options.create ? "created" : "is not there");
  if (!differences.is_ok()) {
    return fail(differences.status().with_context("Kafka at " + config.log.kafka.brokers));
  }
  if (options.create && !differences->to_create.empty()) {
    if (const Status status = (*log)->create_topics(differences->to_create); !status) return fail(status);
  }
  print(differences->text);
  const int left = differences->wrong + (options.create ? 0 : differences->missing);
  if (left == 0) return kExitDone;
  if (differences->wrong > 0)
    complain("Ebb changes no topic that is there: change those with Kafka's own tools");
  if (!options.create && differences->missing > 0)
    complain("\"ebb topics CONFIG --create\" makes what is missing");
  return kExitUnavailable;
}

}  // namespace

void add_topics(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* topics =
      app.add_subcommand("topics", "Which topics does the config need, and how do those there differ?");
  add_config_argument(*topics, &options->config);
  topics->add_flag("--create", options->create, "Create what is missing; what is there is left as it is");
  topics
      ->add_option("--partitions", options->partitions,
                   "Partitions of all topics: as many tasks can run side by side. Choose well, it is hard to "
                   "change. Default: the config's, else as the topics that are there, else 8")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  topics->footer(R"(
Exit codes: 0 all as needed, 69 something is missing or different.

Examples:
  ebb topics ebb.yaml
  ebb topics ebb.yaml --create --partitions 24)");
  topics->callback([options, run] { *run = [options] { return run_topics(*options); }; });
}

}  // namespace ebb::app
