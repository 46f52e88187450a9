// ebb graph: the operator graph of a config.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/graph_text.h"
#include "engine/app/loaded.h"

namespace ebb::app {
namespace {

struct Options {
  std::string config;
  std::string format = "text";
};

int run_graph(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  print(options.format == "dot" ? graph_dot(loaded->config, *loaded->topology)
                                : graph_text(loaded->config, *loaded->topology));
  return kExitDone;
}

}  // namespace

void add_graph(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* graph =
      app.add_subcommand("graph", "Draw the graph: what feeds what, from which topic into which");
  add_config_argument(*graph, &options->config);
  graph->add_option("--format", options->format, "text: a tree; dot: for Graphviz")
      ->check(CLI::IsMember({"text", "dot"}))
      ->type_name("text|dot")
      ->capture_default_str();
  graph->footer(R"(
Examples:
  ebb graph ebb.yaml
  ebb graph ebb.yaml --format dot | dot -Tsvg > graph.svg)");
  graph->callback([options, run] { *run = [options] { return run_graph(*options); }; });
}

}  // namespace ebb::app
