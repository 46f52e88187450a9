// ebb send: event files into the config's sources.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "config/diagnostics.h"
#include "engine/app/command.h"
#include "engine/app/complaints.h"
#include "engine/app/console.h"
#include "engine/app/event_check.h"
#include "engine/app/event_sender.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/base/clock.h"
#include "engine/files/customer_id.h"
#include "engine/files/event_file.h"
#include "engine/files/files_log.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/arena.h"

namespace ebb::app {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> files;
  bool dry_run = false;
  bool skip_bad = false;
  bool force = false;
};

struct Input {
  std::string path;
  std::string name;  // of the source
  SourceId source = 0;
  std::unique_ptr<EventFile> file;
};

// "SOURCE=FILE", or a file whose name up to the first dot is a source's.
Result<Input> open_input(const Config& config, const std::string& argument) {
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.name);
  const auto equals = argument.find('=');
  Input input;
  input.path = argument;
  input.name = std::filesystem::path(argument).filename().string();
  input.name.resize(std::min(input.name.find('.'), input.name.size()));
  if (equals != std::string::npos && source_named(config, argument.substr(0, equals)) >= 0) {
    input.name = argument.substr(0, equals);
    input.path = argument.substr(equals + 1);
  }
  input.source = source_named(config, input.name);
  if (input.source < 0) {
    return Status::invalid(fmt::format("{}: for which source? Its name is none's{}; or write SOURCE={}",
                                       argument, suggest_name(input.name, names, "sources"), argument));
  }
  EBB_ASSIGN(input.file, EventFile::open(input.path, config.engine.max_record_bytes));
  return input;
}

// A folder stands for the SOURCE.jsonl in it, as for a replay; what else is there is left alone.
Result<std::vector<std::string>> files_of(const Config& config, const std::string& argument) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(argument, ignored)) return std::vector<std::string>{argument};
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.name);
  std::vector<std::string> files = event_files_in(argument, names);
  std::erase_if(files,
                [&ignored](const std::string& file) { return !std::filesystem::exists(file, ignored); });
  if (files.empty()) {
    return Status::not_found(
        fmt::format("{} has no file of events: {}.jsonl", argument, fmt::join(names, ".jsonl, ")));
  }
  return files;
}

Result<std::vector<Input>> open_inputs(const Config& config, const std::vector<std::string>& arguments) {
  std::vector<Input> inputs;
  for (const std::string& argument : arguments) {
    EBB_ASSIGN(const std::vector<std::string> files, files_of(config, argument));
    for (const std::string& file : files) {
      EBB_ASSIGN(Input input, open_input(config, file));
      inputs.push_back(std::move(input));
    }
  }
  return inputs;
}

class ReadingProgress {
 public:
  ReadingProgress(std::string_view verb, const std::vector<Input>& inputs) : verb_(verb), inputs_(inputs) {
    for (const Input& input : inputs) bytes_ += input.file->size_bytes();
  }
  void update(std::int64_t lines) {
    if (lines % 1024 != 0 || !line_.due()) return;
    std::uint64_t done = 0;
    for (const Input& input : inputs_) done += input.file->position_bytes();
    line_.show(fmt::format(
        "{} {} events, {}", verb_, grouped(lines),
        percent(static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(1, bytes_)))));
  }

 private:
  const std::string verb_;
  const std::vector<Input>& inputs_;
  std::uint64_t bytes_ = 0;
  Progress line_;
};

// Takes one line; a refusal if it can't be used.
using TakeLine = std::function<Result<std::optional<Refusal>>(const Input&, const EventLine&)>;

struct Tally {
  std::int64_t lines = 0;
  Complaints bad;
};

// A thousandth of the file or 64 kB. True: there is more.
Result<bool> read_piece(Input& input, const TakeLine& take, ReadingProgress& progress, Tally* tally) {
  const std::uint64_t until =
      input.file->position_bytes() + std::max<std::uint64_t>(input.file->size_bytes() / 1000, 65'536);
  EventLine line;
  while (input.file->position_bytes() < until) {
    EBB_ASSIGN(const bool there, input.file->next(&line));
    if (!there) return false;
    EBB_ASSIGN(const std::optional<Refusal> refusal, take(input, line));
    progress.update(++tally->lines);
    if (refusal) tally->bad.add(fmt::format("{}:{}", input.path, line.number), *refusal);
  }
  return true;
}

// A piece of each file in turn, so that no source runs far ahead of the others.
Result<Tally> read_all(std::vector<Input>& inputs, std::string_view verb, const TakeLine& take) {
  Tally tally;
  ReadingProgress progress(verb, inputs);
  for (bool more = true; more;) {
    more = false;
    for (Input& input : inputs) {
      EBB_ASSIGN(const bool this_has_more, read_piece(input, take, progress, &tally));
      more = more || this_has_more;
    }
  }
  return tally;
}

// Judges lines as the engine will.
class LineCheck {
 public:
  explicit LineCheck(const Loaded* loaded) : check_(loaded), now_ms_(system_clock().wall_ms()) {}

  std::optional<Refusal> operator()(const Input& input, const EventLine& line) {
    if (auto refusal = too_long(line)) return refusal;
    arena_.Reset();
    Record record;
    record.timestamp_ms = now_ms_;
    record.value = line.text;
    record.has_value = true;
    const v1::Event* event = nullptr;
    auto refusal = check_.check(input.source, record, &arena_, &event);
    // By its bytes alone it would be taken for protobuf, which no line of a text file is.
    if (refusal && refusal->reason == "malformed" && !line.text.starts_with('{')) {
      refusal->message = "a line has to be one JSON object";
    }
    return refusal;
  }

  static std::optional<Refusal> too_long(const EventLine& line) {
    if (!line.truncated) return std::nullopt;
    return Refusal{"too_large", "value",
                   fmt::format("{} bytes are more than engine.max_record_bytes",
                               grouped(static_cast<std::int64_t>(line.bytes)))};
  }

 private:
  EventCheck check_;
  const TimeMs now_ms_;
  google::protobuf::Arena arena_;
};

Result<Tally> check_files(const Loaded& loaded, const Options& options) {
  EBB_ASSIGN(std::vector<Input> inputs, open_inputs(loaded.config, options.files));
  LineCheck check(&loaded);
  return read_all(inputs, "checking:", [&check](const Input& input, const EventLine& line) {
    return Result<std::optional<Refusal>>(check(input, line));
  });
}

// sender->refused() comes on top of the tally's.
Result<Tally> send_files(const Loaded& loaded, const Options& options, EventSender* sender) {
  EBB_ASSIGN(std::vector<Input> inputs, open_inputs(loaded.config, options.files));
  LineCheck check(&loaded);
  std::string scratch;
  const auto take = [&](const Input& input, const EventLine& line) -> Result<std::optional<Refusal>> {
    // A line that is too long was read in part only: nobody can send it.
    auto refusal = options.skip_bad ? check(input, line) : LineCheck::too_long(line);
    if (refusal) return refusal;
    OutgoingEvent event;
    event.source = input.name;
    event.value = line.text;
    event.where = fmt::format("{}:{}", input.path, line.number);
    find_customer_id(line.text, &scratch, &event.customer);
    EBB_TRY(sender->send(event));
    return std::optional<Refusal>();
  };
  EBB_ASSIGN(Tally tally, read_all(inputs, "sent:", take));
  EBB_TRY(sender->flush());
  return tally;
}

// False: the files are not to be sent. *code: what to end with.
bool files_are_good(const Loaded& loaded, const Options& options, int* code) {
  const auto checked = check_files(loaded, options);
  if (!checked.is_ok()) {
    *code = fail(checked.status());
    return false;
  }
  const std::int64_t bad = checked->bad.count();
  checked->bad.finish();
  *code = bad > 0 ? kExitBadData : kExitDone;
  if (options.dry_run) {
    print(fmt::format("{} read, {} can't be used; nothing was sent\n", counted(checked->lines, "line"),
                      bad == 0 ? "none" : grouped(bad)));
    return false;
  }
  if (bad > 0) {
    complain(
        fmt::format("{} of {} can't be used, so nothing was sent. Mend them; or --skip-bad sends the "
                    "others, --force sends all and the bad ones become dead letters",
                    grouped(bad), counted(checked->lines, "line")));
  }
  return bad == 0;
}

int run_send(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  if (const auto inputs = open_inputs(loaded->config, options.files); !inputs.is_ok()) {
    complain(inputs.status().message());
    return inputs.status().code() == Code::kInvalid ? kExitUsage : kExitUnavailable;
  }
  int code = kExitDone;
  const bool check_first = options.dry_run || (!options.skip_bad && !options.force);
  if (check_first && !files_are_good(*loaded, options, &code)) return code;
  const auto sender = open_sender(loaded->config);
  if (!sender.is_ok()) return fail(sender.status());
  const auto sent = send_files(*loaded, options, sender->get());
  if (!sent.is_ok()) return fail(sent.status());
  sent->bad.finish();
  const std::int64_t bad = sent->bad.count() + (*sender)->refused();
  const std::int64_t good = sent->lines - bad;
  print(fmt::format("{} sent{}\n", counted(good, "event"),
                    bad > 0 ? fmt::format(", {} left out", counted(bad, "line")) : ""));
  return bad > 0 ? kExitBadData : kExitDone;
}

}  // namespace

void add_send(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* send = app.add_subcommand("send", "Send files of events into the config's sources");
  add_config_argument(*send, &options->config);
  send->add_option("FILE", options->files,
                   "JSON lines, one event a line; goes to the source that the file is named after "
                   "(purchases.jsonl), or say SOURCE=FILE. A folder: the SOURCE.jsonl in it")
      ->required()
      ->type_name("");
  CLI::Option* dry_run = send->add_flag("--dry-run", options->dry_run, "Only check the lines; send nothing");
  CLI::Option* skip_bad = send->add_flag("--skip-bad", options->skip_bad,
                                         "Send the good lines, name the others and leave them out");
  send->add_flag("--force", options->force,
                 "Send all lines without a check; those that can't be used become dead letters")
      ->excludes(dry_run)
      ->excludes(skip_bad);
  send->footer(R"(
All lines of all files are checked first, as the engine will judge them; if one can't be used, it is named
with file, line, field and reason, and nothing is sent. Then each event goes to the partition of its
customer (murmur2, as Java clients do), in the file's order. Files may be sent again after a failure, or
with more lines: the operator dedupe counts an event once as long as it remembers its id. With the embedded
log events go over HTTP if an ebb runs on it.

Exit codes: 0 all sent, 65 some lines can't be used, 69 the log or a file is not there.

Examples:
  ebb send ebb.yaml purchases.jsonl feedback.jsonl
  ebb send ebb.yaml history               all of a folder, such as "ebb gen" makes
  ebb send ebb.yaml history --dry-run
  ebb send ebb.yaml purchases=export-2026-03.jsonl)");
  send->callback([options, run] { *run = [options] { return run_send(*options); }; });
}

}  // namespace ebb::app
