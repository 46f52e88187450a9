// One run: instances with real workers and real stores over simulated brokers, on one thread, with faults.
// And what came of it, to be compared with the run of one instance without any.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/workload.h"

namespace ebb::sim {

// What the outside sees in the end. Two runs over the same input agree in all of it.
struct Outcome {
  // By sink and task: the committed records in order, with all that is in them but offsets and times.
  std::map<std::string, std::vector<std::string>> outputs;
  // By task: the last committed value of each row.
  std::map<TaskId, std::map<std::string, std::string>> rows;
  std::map<TaskId, TaskProgress> progress;
};

// The first difference, for a person; empty: none.
std::string difference(const Outcome& expected, const Outcome& actual);

struct RunOptions {
  std::uint64_t seed = 1;
  Faults::Kinds kinds{};
  int instances = 1;
  int workers = 1;
  std::string dir;  // emptied
};

struct RunResult {
  std::string failure;  // empty: none
  Outcome outcome;
  FaultCounts faults{};
  std::uint64_t steps = 0;
  std::uint64_t epochs_committed = 0;
  std::uint64_t epochs_dropped = 0;
  std::uint64_t crashes = 0;
  std::uint64_t crashes_in_transaction = 0;  // of these, with a transaction open
  std::uint64_t checkpoints = 0;
};

RunResult run_world(const Workload& workload, const RunOptions& options);

}  // namespace ebb::sim
