// A small history of a few customers, with all that goes wrong in input: late and duplicate events, garbage,
// clocks that are ahead, requests to erase.
#pragma once

#include <cstdint>
#include <memory>

#include "config/config.h"
#include "operators/topology.h"
#include "tests/simulation/sim_log.h"

namespace ebb::sim {

struct Workload {
  Config config;
  std::unique_ptr<const Topology> topology;
  Input input;
  std::int64_t records = 0;
};

// The same seed, the same workload. Aborts when the config is refused: a mistake in here.
std::unique_ptr<const Workload> make_workload(std::uint64_t seed);

}  // namespace ebb::sim
