// Runs seeds until one fails: simulate --seeds N [--seed S] [--faults crash,freeze,...] [--dir DIR].
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/simulation/seeds.h"

namespace {

using namespace ebb::sim;

struct Totals {
  FaultCounts faults{};
  std::uint64_t steps = 0, epochs_committed = 0, epochs_dropped = 0, crashes = 0, in_transaction = 0,
                checkpoints = 0;

  void add(const RunResult& r) {
    for (std::size_t i = 0; i < kFaults; ++i) faults[i] += r.faults[i];
    steps += r.steps;
    epochs_committed += r.epochs_committed;
    epochs_dropped += r.epochs_dropped;
    crashes += r.crashes;
    in_transaction += r.crashes_in_transaction;
    checkpoints += r.checkpoints;
  }
};

void print_summary(std::uint64_t seeds, double seconds, const Totals& t) {
  fmt::print("{} seeds in {:.1f} s, {:.1f} seeds/s\n", seeds, seconds, static_cast<double>(seeds) / seconds);
  fmt::print("steps {}, epochs committed {}, dropped {}, checkpoints {}\n", t.steps, t.epochs_committed,
             t.epochs_dropped, t.checkpoints);
  fmt::print("ends of an instance {}, with a transaction open {}\n", t.crashes, t.in_transaction);
  for (std::size_t i = 0; i < kFaults; ++i) {
    fmt::print("  {:<18} {}\n", fault_name(static_cast<Fault>(i)), t.faults[i]);
  }
}

// For runs that end in an assertion.
std::string dying_words;  // NOLINT(runtime/string): outlives main

void say_and_die(int signal) {
  [[maybe_unused]] const auto written = write(STDOUT_FILENO, dying_words.data(), dying_words.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs Ebb's workers over simulated brokers with faults, and compares with runs without."};
  std::uint64_t seeds = 100, first = 1;
  std::vector<std::string> names;
  std::string dir = default_dir();
  bool verbose = false;
  app.add_option("--seeds", seeds, "How many");
  app.add_option("--seed", first, "The first");
  app.add_option("--faults", names, "Only these kinds")->delimiter(',');
  app.add_option("--dir", dir, "Where the simulated disks are");
  app.add_flag("--verbose", verbose, "The engine's own log lines");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(verbose ? spdlog::level::info : spdlog::level::off);

  Faults::Kinds kinds{};
  if (names.empty()) kinds.fill(true);
  std::string faults_argument;
  for (const std::string& name : names) {
    const auto fault = fault_of_name(name);
    if (!fault) return fmt::print(stderr, "no such fault: {}\n", name), 64;
    kinds[static_cast<std::size_t>(*fault)] = true;
    faults_argument += (faults_argument.empty() ? " --faults " : ",") + name;
  }

  std::signal(SIGABRT, say_and_die);
  std::signal(SIGSEGV, say_and_die);
  Seeds runner(dir);
  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < seeds; ++i) {
    const std::string again =
        fmt::format("to see it again: {} --seeds 1 --seed {}{}\n", argv[0], first + i, faults_argument);
    dying_words = fmt::format("seed {}: the process died\n{}", first + i, again);
    const RunResult result = runner.run(first + i, kinds);
    totals.add(result);
    if (!result.failure.empty()) {
      fmt::print("seed {}: {}\n{}", first + i, result.failure, again);
      return 1;
    }
    if ((i + 1) % 500 == 0)
      fmt::print("{} seeds, {:.0f} s\n", i + 1, seconds_since(begin)), std::fflush(stdout);
  }
  print_summary(seeds, seconds_since(begin), totals);
  return 0;
}
