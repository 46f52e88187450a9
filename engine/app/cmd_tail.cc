// ebb tail: what comes out, decoded.
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "config/diagnostics.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/open_log.h"
#include "engine/app/signals.h"
#include "engine/app/sink_records.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

constexpr DurationMs kWaitMs = 200;

struct Options {
  std::string config;
  std::string sink;
  bool from_start = false;
  bool until_end = false;
  bool json = false;
};

const SinkConfig* find_sink(const Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const SinkConfig& sink : config.sinks) {
    if (sink.name == name) return &sink;
    names.push_back(sink.name);
  }
  complain(fmt::format("there is no sink \"{}\"{}", name, suggest_name(name, names, "sinks")));
  return nullptr;
}

// False: nobody reads any more.
bool show(const SinkConfig& sink, const RecordBatch& batch, bool json, const Painter& painter) {
  for (const Record& record : batch.records) {
    const auto line = show_record(sink.kind, record, json, painter);
    if (!line.is_ok()) {
      complain(fmt::format("{} at offset {}: {}", sink.topic, record.offset, line.status().message()));
    } else if (!print(*line + "\n")) {
      return false;
    }
  }
  return flush_output();
}

int run_tail(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  const SinkConfig* sink = find_sink(loaded->config, options.sink);
  if (sink == nullptr) return kExitUsage;
  block_signals();
  const auto log = open_for_tools(loaded->config);
  if (!log.is_ok()) return fail(log.status());
  const auto reader = (*log)->open_reader(sink->topic, options.from_start);
  if (!reader.is_ok()) return fail(reader.status());
  const Painter painter(Stream::kOut);
  RecordBatch batch;
  TaskId partition = 0;
  bool at_end = false;
  while (next_signal(0) != Signal::kStop) {
    batch.clear();
    if (const Status status = (*reader)->next(kWaitMs, &partition, &batch, &at_end); !status)
      return fail(status);
    if (!show(*sink, batch, options.json, painter)) return kExitDone;
    if (at_end && batch.empty() && options.until_end) return kExitDone;
  }
  return kExitDone;
}

}  // namespace

void add_tail(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* tail =
      app.add_subcommand("tail", "Show alerts, requests, the risk table or dead letters, as they come");
  add_config_argument(*tail, &options->config);
  tail->add_option("SINK", options->sink,
                   "A sink of the config: alerts, risk, dead_letters, requests, segments")
      ->required()
      ->type_name("");
  tail->add_flag("--from-start", options->from_start, "Begin with the oldest, not with the next");
  tail->add_flag("--until-end", options->until_end, "End when all that is there now was shown");
  tail->add_flag("--json", options->json,
                 "One JSON object a line; dead letters with their raw bytes in base64");
  tail->footer(R"(
Shows committed records only.

Examples:
  ebb tail ebb.yaml alerts
  ebb tail ebb.yaml risk --from-start --until-end
  ebb tail ebb.yaml alerts --from-start --until-end --json | jq -r .customerId | sort -u)");
  tail->callback([options, run] { *run = [options] { return run_tail(*options); }; });
}

}  // namespace ebb::app
