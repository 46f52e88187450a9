// Runs seeds until one fails. See --help.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/seeds.h"

namespace {

using namespace ebb::sim;

constexpr int kProgressS = 10;
constexpr int kUsage = 64;

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
  void add(const Totals& t) {
    for (std::size_t i = 0; i < kFaults; ++i) faults[i] += t.faults[i];
    steps += t.steps;
    epochs_committed += t.epochs_committed;
    epochs_dropped += t.epochs_dropped;
    crashes += t.crashes;
    in_transaction += t.in_transaction;
    checkpoints += t.checkpoints;
  }
};

// Of one job, in memory that parent and job share. The parent reads the totals when the job has ended.
struct Shared {
  std::atomic<std::uint64_t> seeds;
  Totals totals;
};

struct Options {
  std::uint64_t seeds = 100, first = 1;
  int jobs = 1;
  std::vector<std::string> faults;
  std::string dir = default_dir();
  bool verbose = false;
  Faults::Kinds kinds{};
  std::string again;  // the command, but for the seed
};

void print_summary(std::uint64_t seeds, double wall_s, double cpu_s, const Totals& t) {
  fmt::print("{} seeds in {:.1f} s, CPU {:.1f} ms a seed\n", seeds, wall_s,
             1000 * cpu_s / static_cast<double>(std::max<std::uint64_t>(seeds, 1)));
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

std::string dir_of_job(const Options& o, int job) {
  return fmt::format("{}-{}", o.dir, job);
}

// Its share of the seeds: whole workloads in turn. Returns the exit code.
int run_job(const Options& o, int job, Shared* shared) {
  std::signal(SIGABRT, say_and_die);
  std::signal(SIGSEGV, say_and_die);
  Seeds runner(dir_of_job(o, job));
  for (std::uint64_t seed = o.first; seed < o.first + o.seeds; ++seed) {
    if (seed / kSeedsPerWorkload % static_cast<std::uint64_t>(o.jobs) != static_cast<std::uint64_t>(job))
      continue;
    const std::string again = fmt::format("to see it again: {} --seed {}\n", o.again, seed);
    dying_words = fmt::format("seed {}: the process died\n{}", seed, again);
    const RunResult result = runner.run(seed, o.kinds);
    shared->totals.add(result);
    shared->seeds.fetch_add(1);
    if (!result.failure.empty()) {
      fmt::print("seed {}: {}\n{}", seed, result.failure, again);
      std::fflush(stdout);
      return 1;
    }
  }
  return 0;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double cpu_of_children_s() {
  struct rusage usage {};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::uint64_t seeds_done(const Shared* shared, int jobs) {
  std::uint64_t done = 0;
  for (int j = 0; j < jobs; ++j) done += shared[j].seeds.load();
  return done;
}

// Processes, not threads: a job that dies takes no other with it, and RocksDB's threads are its own.
int run_jobs(const Options& o) {
  const auto jobs = static_cast<std::size_t>(o.jobs);
  void* const memory =
      mmap(nullptr, jobs * sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fmt::print(stderr, "no memory to share\n"), 1;
  auto* const shared = new (memory) Shared[jobs]();
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<pid_t> running;
  for (int j = 0; j < o.jobs; ++j) {
    const pid_t pid = fork();
    if (pid < 0) return fmt::print(stderr, "can't start a job\n"), 1;
    if (pid == 0) _exit(run_job(o, j, &shared[j]));
    running.push_back(pid);
  }
  bool failed = false;
  while (!running.empty()) {
    const timespec wait{kProgressS, 0};
    if (sigtimedwait(&child_ended, nullptr, &wait) < 0) {
      fmt::print("{} of {} seeds, {:.0f} s\n", seeds_done(shared, o.jobs), o.seeds, seconds_since(begin));
      std::fflush(stdout);
    }
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      running.erase(std::find(running.begin(), running.end(), pid));
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
      if (!std::exchange(failed, true))
        for (const pid_t other : running) kill(other, SIGTERM);
    }
  }
  Totals totals;
  for (int j = 0; j < o.jobs; ++j) {
    totals.add(shared[j].totals);
    std::error_code ignored;
    std::filesystem::remove_all(dir_of_job(o, j), ignored);  // of jobs that did not end by themselves
  }
  if (failed) fmt::print("FAILED: see above; ");
  print_summary(seeds_done(shared, o.jobs), seconds_since(begin), cpu_of_children_s(), totals);
  return failed ? 1 : 0;
}

std::string all_faults() {
  std::string names;
  for (std::size_t i = 0; i < kFaults; ++i) {
    names += (i == 0 ? "" : ", ") + std::string(fault_name(static_cast<Fault>(i)));
  }
  return names;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Runs Ebb's workers, state and operators over simulated brokers and disks with faults, one run a seed, "
      "and compares each with the run of the same input without faults. A seed and a commit give the same "
      "run "
      "again. Stops at the first that fails (exit code 1).",
      "simulate"};
  Options o;
  app.add_option("--seeds", o.seeds, "How many")->capture_default_str();
  app.add_option("--seed", o.first, "The first")->capture_default_str();
  app.add_option("--jobs", o.jobs, "Processes that share the seeds")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--faults", o.faults, "Only these kinds: " + all_faults())->delimiter(',');
  app.add_option("--dir", o.dir, "Where the simulated disks are; without it in memory if there is /dev/shm");
  app.add_flag("--verbose", o.verbose, "The engine's own log lines");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(o.verbose ? spdlog::level::info : spdlog::level::off);

  o.again = fmt::format("{} --seeds 1", argv[0]);
  if (o.faults.empty()) o.kinds.fill(true);
  for (const std::string& name : o.faults) {
    const auto fault = fault_of_name(name);
    if (!fault) return fmt::print(stderr, "no such fault: {}\n", name), kUsage;
    o.kinds[static_cast<std::size_t>(*fault)] = true;
    o.again += (&name == &o.faults.front() ? " --faults " : ",") + name;
  }
  return run_jobs(o);
}
