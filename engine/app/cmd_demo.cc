// ebb demo: from nothing to alerts on the screen, in a folder of its own, with no broker.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "engine/app/accounting_text.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/demo_history.h"
#include "engine/app/endpoints.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/open_log.h"
#include "engine/app/output_file.h"
#include "engine/app/runtime.h"
#include "engine/app/show.h"
#include "engine/app/signals.h"
#include "engine/app/sink_records.h"
#include "engine/base/clock.h"
#include "engine/gen/generator.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

constexpr std::size_t kLogMemoryBytes = std::size_t{64} << 20;
constexpr DurationMs kReadMs = 50;
constexpr std::size_t kTopCustomers = 10;

struct Options {
  std::int64_t customers = 2000;
  int days = 180;
  std::uint64_t seed = 1;
  std::string dir;
  std::string listen = "127.0.0.1:8080";
  bool all = false;
  bool serve = false;
};

std::string config_text(const Options& options, const std::string& dir) {
  return fmt::format(R"(# The config of "ebb demo"; a good start for one of your own.
name: demo
partitions: 4

# Everything in one folder, no broker. With Kafka: {{kafka: {{brokers: "host:9092"}}}}
log:
  embedded: {{dir: "{0}/log"}}
state: {{dir: "{0}/state"}}

sources:
  purchases:
  feedback:
  surveys:
  profiles:

time: {{advance: {1}}}   # clock: silence counts while no event comes; events: history only
http: {{listen: "{2}"}}
)",
                     dir, options.serve ? "clock" : "events", options.listen);
}

Result<std::string> make_folder(const std::string& wanted) {
  if (wanted.empty()) {
    std::string path = "ebb-demo-XXXXXX";
    if (mkdtemp(path.data()) == nullptr)
      return Status::unavailable("can't make a folder here; --dir says another place");
    return path;
  }
  EBB_TRY(make_directory(wanted));
  std::error_code error;
  if (!std::filesystem::is_empty(wanted, error)) {
    return Status::invalid("--dir: " + wanted + " isn't empty; the demo needs a folder of its own");
  }
  return wanted;
}

// Reads the alerts as they are committed, shows them and counts them.
class AlertScreen {
 public:
  AlertScreen(std::unique_ptr<TopicReader> reader, const Hindsight& hindsight, bool all)
      : reader_(std::move(reader)), painter_(Stream::kOut), hindsight_(hindsight), all_(all) {}

  // Waits a little for alerts. False: nobody reads the screen any more. *at_end: there are no more now.
  Result<bool> show_some(bool* at_end) {
    batch_.clear();
    TaskId partition = 0;
    EBB_TRY(reader_->next(kReadMs, &partition, &batch_, at_end));
    *at_end = *at_end && batch_.empty();
    for (const Record& record : batch_.records) {
      EBB_ASSIGN(const v1::Alert alert, decode_alert(record.value));
      tally_.add(alert);
      hindsight_.add(alert);
      if (!all_ && alert.level() != v1::RISK_LEVEL_CRITICAL) continue;
      progress_.clear();
      if (!print(alert_line(alert, painter_) + "\n")) return false;
    }
    return flush_output();
  }
  void show_progress(std::int64_t done, std::int64_t all) {
    if (!progress_.due()) return;
    progress_.show(
        fmt::format("{} of {} events, {} alerts", grouped(done), grouped(all), grouped(tally_.total())));
  }
  void clear_progress() { progress_.clear(); }

  const AlertTally& tally() const { return tally_; }
  const Hindsight& hindsight() const { return hindsight_; }

 private:
  std::unique_ptr<TopicReader> reader_;
  RecordBatch batch_;
  Painter painter_;
  Progress progress_;
  AlertTally tally_;
  Hindsight hindsight_;
  const bool all_;
};

// Who has most at stake now, from the risk table.
Result<std::vector<v1::Risk>> most_at_stake(Runtime& runtime, const Config& config) {
  const auto sink = std::find_if(config.sinks.begin(), config.sinks.end(),
                                 [](const SinkConfig& s) { return s.kind == SinkKind::kRisk; });
  std::vector<v1::Risk> risks;
  if (sink == config.sinks.end()) return risks;
  EBB_ASSIGN(const auto reader, runtime.log().open_reader(sink->topic, true));
  std::unordered_map<std::string, v1::Risk> table;
  RecordBatch batch;
  TaskId partition = 0;
  for (bool at_end = false; !at_end;) {
    batch.clear();
    EBB_TRY(reader->next(kReadMs, &partition, &batch, &at_end));
    at_end = at_end && batch.empty();
    for (const Record& record : batch.records) {
      if (!record.has_value) {
        table.erase(std::string(record.key));
        continue;
      }
      EBB_ASSIGN(table[std::string(record.key)], decode_risk(record.value));
    }
  }
  for (auto& [id, risk] : table) {
    if (risk.level() >= v1::RISK_LEVEL_WARNING) risks.push_back(std::move(risk));
  }
  std::sort(risks.begin(), risks.end(), [](const v1::Risk& a, const v1::Risk& b) {
    return std::pair(-a.value_at_risk().minor_units(), a.customer_id()) <
           std::pair(-b.value_at_risk().minor_units(), b.customer_id());
  });
  if (risks.size() > kTopCustomers) risks.resize(kTopCustomers);
  return risks;
}

// Would a shell find "ebb"?
bool ebb_is_in_path() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/ebb").c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string next_steps(const Options& options, const std::string& dir) {
  const std::string config = dir + "/demo.yaml";
  std::string out = "\nGo on with\n";
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error && !ebb_is_in_path()) out += "  alias ebb=" + self.string() + "\n";
  if (options.serve) {
    out += fmt::format("  http://{}/                             the live page, for a browser\n",
                       options.listen);
    out += fmt::format("  ebb customer {} c00042                         all that is known of one customer\n",
                       config);
    out += fmt::format("  curl -N 'http://{}/v1/alerts?from=start'\n", options.listen);
    out += fmt::format("  curl http://{}/metrics\n", options.listen);
  } else {
    out +=
        "  ebb demo --serve                                       the same, and it stays up, with a live "
        "page\n";
  }
  out += fmt::format("  ebb graph {}\n", config);
  out += fmt::format("  ebb tail {} alerts --from-start --until-end\n", config);
  out += fmt::format("  ebb tail {} risk --from-start --until-end\n", config);
  out += fmt::format("The folder {} holds everything; remove it when you are done.\n", dir);
  return out;
}

Status show_summary(const Options& options, const Loaded& loaded, Runtime& runtime, const AlertScreen& screen,
                    std::int64_t sent, const std::string& dir, bool* good) {
  const std::vector<SourceAccount> account = accounts(runtime.instance().status(), loaded.config);
  std::int64_t read = 0;
  for (const SourceAccount& a : account) read += a.read;
  *good = add_up(account) && read == sent;
  const Painter painter(Stream::kOut);
  print("\n" + painter.paint(Colour::kBold, "What became of every event") + "\n" + accounting_table(account));
  print(fmt::format("  {} were sent; {}\n", grouped(sent),
                    *good ? "all are accounted for" : "THAT DOESN'T ADD UP"));
  print("\n" + painter.paint(Colour::kBold, "Alerts") + "\n  " + tally_text(screen.tally()) + "\n" +
        screen.hindsight().text());
  EBB_ASSIGN(const std::vector<v1::Risk> top, most_at_stake(runtime, loaded.config));
  print("\n" + painter.paint(Colour::kBold, "Most at stake now") + "\n");
  for (const v1::Risk& risk : top) print("  " + risk_line(risk, painter) + "\n");
  print(next_steps(options, dir));
  flush_output();
  return Status::ok();
}

// Until everything is read, or somebody doesn't want to see more.
Result<bool> watch(Runtime& runtime, AlertScreen& screen, std::int64_t sent) {
  for (bool finished = false;;) {
    bool at_end = false;
    EBB_ASSIGN(const bool watched, screen.show_some(&at_end));
    if (!watched || next_signal(0) == Signal::kStop) return false;
    if (finished && at_end) break;
    finished = runtime.instance().finished();
    if (runtime.instance().stopped()) return runtime.instance().result();
    screen.show_progress(runtime.instance().status().total().total(), sent);
  }
  screen.clear_progress();
  return true;
}

void stay_up(const std::string& address) {
  print(fmt::format("\nUp at http://{}; Ctrl-C ends it.\n", address));
  flush_output();
  while (next_signal(60 * kSecondMs) != Signal::kStop) {
  }
}

Status demo(const Options& options, bool* good) {
  EBB_ASSIGN(const std::string dir, make_folder(options.dir));
  const std::string path = dir + "/demo.yaml";
  EBB_ASSIGN(OutputFile file, OutputFile::create(path));
  EBB_TRY(file.write(config_text(options, dir)));
  EBB_TRY(file.commit());
  const auto loaded = load(path);
  if (!loaded) return Status::internal("the demo's own config is wrong");

  gen::GenOptions gen_options;
  gen_options.customers = options.customers;
  gen_options.days = options.days;
  gen_options.seed = options.seed;
  // The history ends this midnight, so that it is still about today.
  gen_options.start_ms = system_clock().wall_ms() / kDayMs * kDayMs - options.days * kDayMs;
  gen::Generator generator(gen_options);
  EBB_ASSIGN(auto log, open_embedded(loaded->config, workers_for(loaded->config), kLogMemoryBytes));
  EBB_ASSIGN(const std::int64_t sent, append_history(&generator, gen_options, loaded->config, log.get()));
  print(fmt::format("{} customers, {} days, {} events in {}; alerts as they come:\n\n",
                    grouped(options.customers), options.days, grouped(sent), dir));
  flush_output();

  EBB_ASSIGN(const auto runtime, Runtime::start_on(&*loaded, std::move(log)));
  std::unique_ptr<HttpServer> http;
  if (options.serve) {
    HttpServerOptions server;
    server.listen = options.listen;
    EBB_ASSIGN(http, HttpServer::start(
                         server, make_endpoints(&*loaded, runtime.get(),
                                                std::make_shared<ProcessMetrics>(runtime->partitions()))));
  }
  EBB_ASSIGN(auto reader, runtime->log().open_reader("demo.alerts", true));
  AlertScreen screen(std::move(reader), Hindsight(generator, options.customers), options.all);
  EBB_ASSIGN(const bool watched, watch(*runtime, screen, sent));
  *good = true;
  if (watched) EBB_TRY(show_summary(options, *loaded, *runtime, screen, sent, dir, good));
  if (watched && options.serve) stay_up(http->address());
  if (http) http->stop();
  return runtime->stop(loaded->config.engine.shutdown_timeout_ms);
}

int run_demo(const Options& options) {
  set_up_tool_logging();
  block_signals();
  bool good = false;
  if (const Status status = demo(options, &good); !status) {
    complain(status.message());
    return status.code() == Code::kInvalid ? kExitUsage : exit_code_of(status);
  }
  return good ? kExitDone : kExitBug;
}

}  // namespace

void add_demo(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* demo =
      app.add_subcommand("demo", "See it work: synthetic customers, alerts on the screen, no broker");
  demo->add_option("--customers", options->customers, "How many customers")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
      ->type_name("N")
      ->capture_default_str();
  demo->add_option("--days", options->days, "How many days of history, up to today")
      ->check(CLI::Range(1, 3650))
      ->type_name("D")
      ->capture_default_str();
  demo->add_option("--seed", options->seed, "Other customers")->type_name("S")->capture_default_str();
  demo->add_option("--dir", options->dir, "Empty folder to work in; by default a new one here")
      ->type_name("DIR");
  demo->add_flag("--all", options->all, "Show all alerts, not only the critical ones");
  demo->add_flag("--serve", options->serve, "Stay up afterwards, with HTTP");
  demo->add_option("--listen", options->listen, "Where, with --serve")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  demo->footer(R"(
Examples:
  ebb demo
  ebb demo --customers 100000 --days 365
  ebb demo --serve)");
  demo->callback([options, run] { *run = [options] { return run_demo(*options); }; });
}

}  // namespace ebb::app
