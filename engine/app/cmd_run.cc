// ebb run: the daemon.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "config/load.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/endpoints.h"
#include "engine/app/exit_code.h"
#include "engine/app/exit_watchdog.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/runtime.h"
#include "engine/app/service_manager.h"
#include "engine/app/signals.h"
#include "engine/base/clock.h"
#include "engine/base/time_text.h"
#include "engine/base/version.h"
#include "fmt/format.h"
#include "spdlog/spdlog.h"

namespace ebb::app {
namespace {

constexpr DurationMs kLookMs = 100;
constexpr DurationMs kReportMs = 60 * kSecondMs;
constexpr DurationMs kGraceMs = 5 * kSecondMs;
constexpr DurationMs kStuckMs =
    30 * kSecondMs;  // no step of a worker takes long: not the network's, not a disk's

struct Options {
  std::string config;
  bool until_end = false;
};

// Do all workers go round? One that stands still for long is stuck, whatever the log does.
class Pulse {
 public:
  bool beats(const Instance& instance) {
    const auto& counters = instance.counters();
    const TimeMs now_ms = system_clock().steady_ms();
    steps_.resize(counters.size());
    bool all = true;
    for (std::size_t w = 0; w < counters.size(); ++w) {
      Seen& seen = steps_[w];
      const std::uint64_t steps = counters[w]->steps.get();
      if (steps != seen.steps || seen.at_ms == 0) seen = {steps, now_ms};
      all = all && now_ms - seen.at_ms < kStuckMs;
    }
    return all;
  }

 private:
  struct Seen {
    std::uint64_t steps = 0;
    TimeMs at_ms = 0;
  };
  std::vector<Seen> steps_;  // by worker
};

// Takes over what can change while running: the logging.
bool reload(const std::string& path) {
  Diagnostics diagnostics;
  const Config config = load_config(path, &diagnostics);
  std::unique_ptr<const Topology> topology;
  if (diagnostics.ok()) topology = Topology::build(config, &diagnostics);
  if (!diagnostics.ok()) {
    spdlog::error("SIGHUP: the config is wrong, everything stays as it was: {}", diagnostics.to_string(path));
    return false;
  }
  set_up_logging(config.logging);
  spdlog::info("SIGHUP: logging is at level {} as {} now; all else takes a restart", config.logging.level,
               config.logging.format);
  return true;
}

std::string report(const Runtime& runtime) {
  const InstanceStatus status = runtime.instance().status();
  const Accounting total = status.total();
  TimeMs watermark_ms = kNever;
  for (const TaskStatus& task : status.tasks) watermark_ms = std::min(watermark_ms, task.watermark_ms);
  std::string text =
      fmt::format("{} tasks; applied {}, duplicate {}, dead-lettered {}, erased {}; event time {}",
                  status.tasks.size(), total.applied, total.duplicate, total.dead_lettered, total.erased,
                  status.tasks.empty() || watermark_ms == kBeginning ? "unknown" : time_text(watermark_ms));
  spdlog::info("{}", text);
  return text;
}

// Until a signal, an error, or the end if that is wanted.
void serve(const Options& options, const Runtime& runtime, ProcessMetrics& process) {
  ServiceManager manager;
  manager.ready();
  Pulse pulse;
  TimeMs report_at_ms = system_clock().steady_ms() + kReportMs;
  for (;;) {
    switch (next_signal(kLookMs)) {
      case Signal::kStop:
        manager.stopping();
        spdlog::info("stopping: what is open will be committed");
        return;
      case Signal::kReload:
        manager.reloading();
        process.reloaded(reload(options.config));
        manager.ready();
        break;
      case Signal::kNone:
        break;
    }
    if (runtime.instance().stopped()) return;
    if (pulse.beats(runtime.instance())) manager.alive();
    if (options.until_end && runtime.instance().finished()) return;
    if (system_clock().steady_ms() >= report_at_ms) {
      manager.say(report(runtime));
      report_at_ms += kReportMs;
    }
  }
}

int run_daemon(const Options& options) {
  auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_logging(loaded->config.logging);
  block_signals();
  spdlog::info("ebb {}: \"{}\" from {}, graph {}", version(), loaded->config.name, options.config,
               loaded->topology->version());
  // The clients' own libraries may hang on the way out. Stands here so that it outlives the runtime.
  std::unique_ptr<ExitWatchdog> watchdog;
  auto runtime = Runtime::start(&*loaded, {});
  if (!runtime.is_ok()) return fail(runtime.status());
  const auto process = std::make_shared<ProcessMetrics>((*runtime)->partitions());
  std::unique_ptr<HttpServer> http;
  if (loaded->config.http.enabled) {
    HttpServerOptions server;
    server.listen = loaded->config.http.listen;
    auto started = HttpServer::start(server, make_endpoints(&*loaded, runtime->get(), process));
    if (!started.is_ok()) return fail(started.status());
    http = std::move(started).value();
    spdlog::info("HTTP at {}", http->address());
  }
  serve(options, **runtime, *process);
  report(**runtime);
  watchdog = std::make_unique<ExitWatchdog>(loaded->config.engine.shutdown_timeout_ms + kGraceMs);
  const Status stopped = (*runtime)->stop(loaded->config.engine.shutdown_timeout_ms);
  if (http) http->stop();
  if (!stopped) return fail(stopped);
  spdlog::info("stopped; everything read is committed");
  return kExitDone;
}

}  // namespace

void add_run(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("run", "Run: read events, keep customers, send alerts, until told to stop");
  add_config_argument(*command, &options->config);
  command->add_flag("--until-end", options->until_end, "Read what is there now, commit, and end");
  command->footer(R"(
SIGTERM and SIGINT stop it: what is open is committed first, within engine.shutdown_timeout. SIGHUP reads
the logging settings again. Killed in any other way it loses nothing and sends nothing twice. At http.listen
there is a live page, /metrics, health and each customer.

Exit codes: 0 stopped or at the end, 65 input or topics that can't be used, 69 something that it needs is
not there, 70 a bug or a broken disk, 78 wrong config.

Examples:
  ebb run ebb.yaml
  ebb run ebb.yaml --until-end            for a batch, say once a night
  curl http://127.0.0.1:8080/readyz?verbose)");
  command->callback([options, run] { *run = [options] { return run_daemon(*options); }; });
}

}  // namespace ebb::app
