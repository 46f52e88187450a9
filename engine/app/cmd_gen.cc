// ebb gen: synthetic customers as files of events.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/day_argument.h"
#include "engine/app/exit_code.h"
#include "engine/app/output_file.h"
#include "engine/gen/generator.h"
#include "engine/gen/truth_json.h"
#include "engine/json/json_writer.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

struct Options {
  gen::GenOptions gen;
  std::string out;
  std::string skew = "uniform";
  std::string start = "2026-01-01";
};

Status parse_start(const std::string& text, TimeMs* out) {
  EBB_TRY(parse_day("--start", text, out));
  constexpr TimeMs kEndMs =
      std::chrono::sys_days(std::chrono::year(2401) / 1 / 1).time_since_epoch().count() * kDayMs;
  if (*out < 0 || *out >= kEndMs) return Status::invalid("--start: there is no such date: " + text);
  return Status::ok();
}

Status write_events(gen::Generator& generator, const Options& options, std::int64_t* events) {
  std::vector<OutputFile> files;
  for (int s = 0; s < gen::kSources; ++s) {
    const std::string name(gen::source_name(static_cast<gen::Source>(s)));
    EBB_ASSIGN(OutputFile file, OutputFile::create(options.out + "/" + name + ".jsonl"));
    files.push_back(std::move(file));
  }
  Progress progress;
  gen::GenRecord record;
  std::string line;
  const TimeMs span_ms = generator.end_ms() - options.gen.start_ms;
  while (generator.next(&record)) {
    line.clear();
    append_json(record.event, &line);
    line.push_back('\n');
    EBB_TRY(files[static_cast<std::size_t>(record.source)].write(line));
    if (++*events % 4096 == 0 && progress.due()) {
      const double share =
          static_cast<double>(record.arrival_ms - options.gen.start_ms) / static_cast<double>(span_ms);
      progress.show(fmt::format("{} events, {}", grouped(*events), percent(share)));
    }
  }
  for (OutputFile& file : files) EBB_TRY(file.commit());
  return Status::ok();
}

Status write_truth(const gen::Generator& generator, const Options& options, std::int64_t* leavers) {
  EBB_ASSIGN(OutputFile file, OutputFile::create(options.out + "/truth.jsonl"));
  std::string line;
  for (std::int64_t i = 0; i < options.gen.customers; ++i) {
    const gen::Truth truth = generator.truth(i);
    if (truth.left()) ++*leavers;
    line.clear();
    gen::append_truth(truth, &line);
    line.push_back('\n');
    EBB_TRY(file.write(line));
  }
  return file.commit();
}

int run_gen(Options& options) {
  if (const Status s = parse_start(options.start, &options.gen.start_ms); !s) {
    complain(s.message());
    return kExitUsage;
  }
  options.gen.skew = options.skew == "zipf" ? gen::Skew::kZipf : gen::Skew::kUniform;
  if (const Status s = make_directory(options.out); !s) return fail(s);
  gen::Generator generator(options.gen);
  std::int64_t events = 0;
  std::int64_t leavers = 0;
  if (const Status s = write_events(generator, options, &events); !s) return fail(s);
  if (const Status s = write_truth(generator, options, &leavers); !s) return fail(s);
  print(fmt::format(
      "{}: {} events of {} customers over {} days; {} of them leave (truth.jsonl says when and why)\n",
      options.out, grouped(events), grouped(options.gen.customers), options.gen.days, grouped(leavers)));
  return kExitDone;
}

}  // namespace

void add_gen(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* gen = app.add_subcommand("gen", "Make events of synthetic customers, some of whom leave");
  gen->add_option("--out", options->out, "Folder to write to; made if it isn't there")
      ->required()
      ->type_name("DIR");
  gen->add_option("--customers", options->gen.customers, "How many customers")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}))
      ->type_name("N")
      ->capture_default_str();
  gen->add_option("--days", options->gen.days, "How many days of history")
      ->check(CLI::Range(1, 36'500))
      ->type_name("D")
      ->capture_default_str();
  gen->add_option("--seed", options->gen.seed, "The same seed gives the same bytes, on any machine")
      ->type_name("S")
      ->capture_default_str();
  gen->add_option("--skew", options->skew,
                  "uniform: all buy every 4 to 40 days; zipf: a few buy far more than the rest")
      ->check(CLI::IsMember({"uniform", "zipf"}))
      ->type_name("zipf|uniform")
      ->capture_default_str();
  gen->add_option("--start", options->start, "First day of the history, UTC")
      ->type_name("YYYY-MM-DD")
      ->capture_default_str();
  gen->footer(R"(
Writes purchases.jsonl, feedback.jsonl, surveys.jsonl and profiles.jsonl, one event (ebb.v1.Event as
ProtoJSON) a line in order of arrival, and truth.jsonl: who really left, when, why, when they would have
bought next, and what they had spent. 1 event in 200 comes late, 1 in 200 twice. Files of these names are
replaced. Let the history end before today: Ebb refuses events that are ahead of the clock.

Examples:
  ebb gen --out history                                  2,000 customers, half a year
  ebb gen --out year --days 365 --start 2025-01-01
  ebb gen --out big --customers 1000000 --skew zipf
  ebb replay ebb.yaml --in history --out found           then compare found/ with history/truth.jsonl)");
  gen->callback([options, run] { *run = [options] { return run_gen(*options); }; });
}

}  // namespace ebb::app
