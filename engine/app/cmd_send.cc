// ebb send: event files into the config's sources.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "config/diagnostics.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/event_sender.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/logging.h"
#include "engine/base/clock.h"
#include "engine/files/event_file.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> files;
};

struct Input {
  std::string source;
  std::unique_ptr<EventFile> file;
};

struct Sent {
  std::int64_t events = 0;
  std::int64_t left_out = 0;
};

// "SOURCE=FILE", or a file whose name up to the first dot is a source's.
Result<Input> open_input(const Config& config, const std::string& argument) {
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.name);
  const auto known = [&names](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto equals = argument.find('=');
  std::string path = argument;
  std::string source = std::filesystem::path(argument).filename().string();
  source.resize(std::min(source.find('.'), source.size()));
  if (equals != std::string::npos && known(argument.substr(0, equals))) {
    source = argument.substr(0, equals);
    path = argument.substr(equals + 1);
  }
  if (!known(source)) {
    return Status::invalid(fmt::format("{}: for which source? Its name is none's{}; or write SOURCE={}",
                                       argument, suggest_name(source, names, "sources"), argument));
  }
  EBB_ASSIGN(auto file, EventFile::open(path, config.engine.max_record_bytes));
  return Input{std::move(source), std::move(file)};
}

// True when the line was sent.
Result<bool> send_line(EventSender& sender, const Input& input, const EventLine& line) {
  if (line.truncated) {
    complain(fmt::format("{} line {}: longer than engine.max_record ({} bytes), left out", input.source,
                         line.number, grouped(static_cast<std::int64_t>(line.bytes))));
    return false;
  }
  EBB_TRY(sender.send(input.source, line.text));
  return true;
}

class SendProgress {
 public:
  explicit SendProgress(const std::vector<Input>& inputs) : inputs_(inputs) {
    for (const Input& input : inputs) bytes_ += input.file->size_bytes();
  }
  void update(std::int64_t sent) {
    if (sent % 1024 != 0 || !line_.due()) return;
    std::uint64_t done = 0;
    for (const Input& input : inputs_) done += input.file->position_bytes();
    line_.show(fmt::format(
        "{} events, {}", grouped(sent),
        percent(static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(1, bytes_)))));
  }

 private:
  const std::vector<Input>& inputs_;
  std::uint64_t bytes_ = 0;
  Progress line_;
};

// A thousandth of the file or 64 kB. True: there is more.
Result<bool> send_piece(EventSender& sender, Input& input, SendProgress& progress, Sent* sent) {
  const std::uint64_t until =
      input.file->position_bytes() + std::max<std::uint64_t>(input.file->size_bytes() / 1000, 65'536);
  EventLine line;
  while (input.file->position_bytes() < until) {
    EBB_ASSIGN(const bool there, input.file->next(&line));
    if (!there) return false;
    EBB_ASSIGN(const bool was_sent, send_line(sender, input, line));
    ++(was_sent ? sent->events : sent->left_out);
    progress.update(sent->events);
  }
  return true;
}

// A piece of each file in turn, so that no source runs far ahead of the others.
Status send_all(EventSender& sender, std::vector<Input>& inputs, Sent* sent) {
  SendProgress progress(inputs);
  for (bool more = true; more;) {
    more = false;
    for (Input& input : inputs) {
      EBB_ASSIGN(const bool this_has_more, send_piece(sender, input, progress, sent));
      more = more || this_has_more;
    }
  }
  return sender.flush();
}

int run_send(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  set_up_tool_logging();
  std::vector<Input> inputs;
  for (const std::string& argument : options.files) {
    auto input = open_input(loaded->config, argument);
    if (!input.is_ok()) {
      complain(input.status().message());
      return input.status().code() == Code::kInvalid ? kExitUsage : kExitUnavailable;
    }
    inputs.push_back(std::move(input).value());
  }
  const auto sender = open_sender(loaded->config);
  if (!sender.is_ok()) return fail(sender.status());
  Sent sent;
  if (const Status status = send_all(**sender, inputs, &sent); !status) return fail(status);
  const std::int64_t bad = sent.left_out + (*sender)->refused();
  print(fmt::format("{} events sent{}\n", grouped(sent.events - (*sender)->refused()),
                    bad > 0 ? fmt::format(", {} refused", grouped(bad)) : ""));
  return bad > 0 ? kExitBadData : kExitDone;
}

}  // namespace

void add_send(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* send = app.add_subcommand("send", "Send files of events into the config's sources");
  add_config_argument(*send, &options->config);
  send->add_option("FILE", options->files,
                   "JSON lines, one event a line; goes to the source that the file is named after "
                   "(purchases.jsonl), or say SOURCE=FILE")
      ->required()
      ->type_name("");
  send->footer(R"(
Each event goes to the partition of its customer (murmur2, as Java clients do), in the file's order. Sent
again after a failure, events that were there already count as duplicates. With the embedded log it goes
over HTTP if an ebb runs on it.

Examples:
  ebb send ebb.yaml history/*.jsonl
  ebb send ebb.yaml purchases=export-2026-03.jsonl)");
  send->callback([options, run] { *run = [options] { return run_send(*options); }; });
}

}  // namespace ebb::app
