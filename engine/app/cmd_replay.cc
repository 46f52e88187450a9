// ebb replay: history through the graph, from files into files.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "CLI/CLI.hpp"
#include "engine/app/accounting_text.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/app/output_file.h"
#include "engine/app/replay_against.h"
#include "engine/app/replay_output.h"
#include "engine/app/replay_summary.h"
#include "engine/app/runtime.h"
#include "engine/base/clock.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace ebb::app {
namespace {

constexpr std::int32_t kDefaultTasks = 4;
constexpr DurationMs kStopMs = 60 * kSecondMs;

struct Options {
  std::string config;
  std::string in;
  std::string out;
  bool risk_history = false;
  std::string against;
  int most = 20;
  bool json = false;
  bool expect_same = false;
};

// The state of a replay: made in the output folder, gone at the end.
class ScratchState {
 public:
  static Result<std::unique_ptr<ScratchState>> create(const std::string& dir) {
    std::string path = dir + "/.state-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return Status::unavailable(dir + ": can't make a folder in it");
    return std::unique_ptr<ScratchState>(new ScratchState(path));
  }
  ~ScratchState() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchState(const ScratchState&) = delete;
  ScratchState& operator=(const ScratchState&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit ScratchState(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

// The config as a replay runs it: files, event time alone, nothing that others could meet.
void make_replay(Config* config, const std::string& state_dir) {
  config->log.kind = LogKind::kFiles;
  config->time.advance = TimeAdvance::kEvents;
  config->http.enabled = false;
  config->state.dir = state_dir;
  config->state.instance = "replay";
  if (config->partitions == 0) config->partitions = kDefaultTasks;
}

// status: as it is at the end.
Status wait_for_end(Runtime& runtime, InstanceStatus* status) {
  Progress progress;
  const TimeMs begun_ms = system_clock().steady_ms();
  while (!runtime.instance().wait(100)) {
    if (!progress.due()) continue;
    const std::int64_t done = runtime.instance().status().total().total();
    const double seconds = static_cast<double>(system_clock().steady_ms() - begun_ms) / 1000;
    progress.show(fmt::format("{} events, {} a second", grouped(done),
                              grouped(static_cast<std::int64_t>(static_cast<double>(done) / seconds))));
  }
  progress.clear();
  *status = runtime.instance().status();
  return runtime.stop(kStopMs);
}

Status replay(const Options& options, Loaded* loaded, bool* good) {
  EBB_TRY(make_directory(options.out));
  EBB_ASSIGN(const auto state, ScratchState::create(options.out));
  make_replay(&loaded->config, state->path());
  EBB_ASSIGN(const auto output, ReplayOutput::create(options.out, &loaded->config, options.risk_history));
  FilesIo files{options.in, [&output](const OutRecord& record) { return output->take(record); }};
  EBB_ASSIGN(const auto runtime, Runtime::start(loaded, std::move(files)));
  InstanceStatus status;
  EBB_TRY(wait_for_end(*runtime, &status));
  EBB_TRY(output->finish());
  const std::vector<SourceAccount> account = accounts(status, loaded->config);
  EBB_ASSIGN(OutputFile summary, OutputFile::create(options.out + "/summary.json"));
  EBB_TRY(summary.write(replay_summary(*loaded, status, account, *output)));
  EBB_TRY(summary.commit());
  *good = add_up(account);
  if (options.json) return Status::ok();
  print(accounting_table(account));
  print(fmt::format("  customers: {}; alerts: {}\n{}/ has {}, summary.json\n", grouped(output->customers()),
                    tally_text(output->alerts()), options.out, fmt::join(output->files(), ", ")));
  return Status::ok();
}

// Exit codes, kExitDone if all went well.
int replay_one(const Options& options) {
  auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  bool good = false;
  if (const Status status = replay(options, &*loaded, &good); !status) return fail(status);
  if (good) return kExitDone;
  complain("a bug of Ebb's: the accounting doesn't add up");
  return kExitBug;
}

// The old replay's folder; of a config, the replay comes first.
int replay_old(const Options& options, std::string* dir) {
  std::error_code ignored;
  *dir = options.against;
  if (std::filesystem::is_directory(options.against, ignored)) return kExitDone;
  Options old = options;
  old.config = options.against;
  old.out = *dir = options.out + "/against";
  if (!options.json) print(fmt::format("{}:\n", options.against));
  const int code = replay_one(old);
  if (code == kExitDone && !options.json) print(fmt::format("\n{}:\n", options.config));
  return code;
}

int run_replay(Options options) {
  set_up_tool_logging();
  if (options.against.empty()) return replay_one(options);
  options.risk_history = true;  // it says why
  AgainstOptions against{.old_dir = {},
                         .old_label = options.against,
                         .new_dir = options.out,
                         .new_label = options.config,
                         .most = options.most,
                         .json = options.json};
  if (const int code = replay_old(options, &against.old_dir); code != kExitDone) return code;
  if (const int code = replay_one(options); code != kExitDone) return code;
  bool same = false;
  if (const Status status = show_against(against, &same); !status) return fail(status);
  return options.expect_same && !same ? kExitBadData : kExitDone;
}

}  // namespace

void add_replay(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* replay =
      app.add_subcommand("replay", "Run history through the graph, from files into files, with no log");
  add_config_argument(*replay, &options->config);
  replay
      ->add_option("--in", options->in,
                   "Folder with a file SOURCE.jsonl for each source; some may be missing")
      ->required()
      ->type_name("DIR");
  replay->add_option("--out", options->out, "Folder for the results; made if it isn't there")
      ->required()
      ->type_name("DIR");
  replay->add_flag("--risk-history", options->risk_history,
                   "Also write risk_history.jsonl: every row that the risk table had, by time");
  replay
      ->add_option("--against", options->against,
                   "Say what changes against an earlier replay's folder, or against another config")
      ->type_name("DIR|CONFIG");
  replay->add_option("--most", options->most, "With --against: how many changed findings to list")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  replay->add_flag("--json", options->json, "With --against: print the comparison as JSON")
      ->needs("--against");
  replay->add_flag("--expect-same", options->expect_same, "With --against: exit code 65 if anything changes")
      ->needs("--against");
  replay->footer(R"(
Reads one event (ebb.v1.Event as JSON) a line, and writes alerts.jsonl, risk.jsonl (where each customer
stands at the end), dead_letters.jsonl and summary.json (which says what became of every line); requests,
segments and the alerts of a lens, if the config has such sinks, go to files of their own. The same
input and config give the same files, to the byte. Time is that of the events; the config's log isn't
touched. Its "partitions" is the number of tasks (4 if it names none): for the alerts that a run on Kafka
gives, let it be the number that the topics have.

Examples:
  ebb replay ebb.yaml --in history --out found
  ebb gen --out history && ebb replay ebb.yaml --in history --out found
  ebb replay new.yaml --in history --out found-new --against ebb.yaml)");
  replay->callback([options, run] { *run = [options] { return run_replay(*options); }; });
}

}  // namespace ebb::app
