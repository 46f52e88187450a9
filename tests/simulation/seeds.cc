#include "tests/simulation/seeds.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace ebb::sim {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::string default_dir() {
  std::error_code error;
  const fs::path memory = "/dev/shm";
  const fs::path parent = fs::is_directory(memory, error) ? memory : fs::temp_directory_path();
  return parent / fmt::format("ebb-simulate-{}", getpid());
}

Seeds::Seeds(std::string dir) : dir_(std::move(dir)) {}

Seeds::~Seeds() {
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
}

void Seeds::prepare(std::uint64_t workload_seed) {
  if (workload_ != nullptr && workload_seed_ == workload_seed) return;
  workload_seed_ = workload_seed;
  workload_ = make_workload(workload_seed);
  RunOptions options;
  options.seed = workload_seed;
  options.dir = dir_;
  expected_ = run_world(*workload_, options);
}

RunResult Seeds::run(std::uint64_t seed, const Faults::Kinds& kinds) {
  prepare(seed / kSeedsPerWorkload);
  if (!expected_.failure.empty()) {
    RunResult result;
    result.failure = "without faults: " + expected_.failure;
    return result;
  }
  Prng prng(seed ^ 0x5eed);
  RunOptions options;
  options.seed = seed;
  options.kinds = kinds;
  options.dir = dir_;
  options.instances = static_cast<int>(prng.between(1, 3));
  options.workers = static_cast<int>(prng.between(1, 2));
  RunResult result = run_world(*workload_, options);
  if (result.failure.empty()) result.failure = difference(expected_.outcome, result.outcome);
  return result;
}

}  // namespace ebb::sim
