// What a contribution of the catalogue's operators is multiplied by as long as no model was fitted to the
// shop's own history.
//
// Source: `ebb fit` with `graph: catalogue` on two simulated shops (`ebb gen --customers 8000 --days 365
// --seed 101`, and 102), mean of both, to one digit, and not below 0.5: what the simulator has rarely may be
// another shop's main reason. Left at 1 are satisfaction (fitted: 0), open_complaints (0.7), barrier_ending
// (0), word_of_mouth (0.1) and competitor (0.7): rare, or late, and yet what somebody should be told; and
// moved (2.0), for in the simulator nobody's region changes but of those who move away. The simulator's
// process belongs to no model's family (docs/simulator.md), but it is no shop either: `ebb fit`
// on your own history replaces these.
#pragma once

#include <span>
#include <string_view>

namespace ebb {

struct InputWeight {
  std::string_view contribution;
  double weight = 1;
};

// By name. A contribution that isn't here counts as it is.
std::span<const InputWeight> default_input_weights();

}  // namespace ebb
