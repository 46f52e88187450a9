// From a seed to a run and its verdict.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/simulation/world.h"

namespace ebb::sim {

// Seeds of which each has the same workload as the one before it, and the run without faults with it.
inline constexpr std::uint64_t kSeedsPerWorkload = 16;

// A folder of this process, in memory where there is one.
std::string default_dir();

// Thread: one. Seeds that follow each other share their workload and the run without faults.
class Seeds {
 public:
  // dir: for the simulated disks; its content is removed before, between and after runs.
  explicit Seeds(std::string dir);
  ~Seeds();
  Seeds(const Seeds&) = delete;
  Seeds& operator=(const Seeds&) = delete;

  // Runs the seed with these kinds of faults; the failure says what differs from the run without, if
  // anything.
  RunResult run(std::uint64_t seed, const Faults::Kinds& kinds);

 private:
  void prepare(std::uint64_t workload_seed);

  const std::string dir_;
  std::uint64_t workload_seed_ = 0;
  std::unique_ptr<const Workload> workload_;
  RunResult expected_;
};

}  // namespace ebb::sim
