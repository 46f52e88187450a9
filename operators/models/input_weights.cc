#include "operators/models/input_weights.h"

#include <array>

namespace ebb {
namespace {

constexpr std::array kWeights = std::to_array<InputWeight>({
    {"breadth", 1.2},
    {"captive", 2.1},
    {"circumstance", 0.5},
    {"engagement", 2.4},
    {"fault", 0.5},
    {"gesture", 0.9},
    {"net_value", 1.1},
    {"offer_declined", 1.5},
    {"price", 1.2},
    {"promise", 0.8},
    {"promotion", 0.9},
    {"recovery", 0.5},
    {"support", 1.5},
    {"touchpoint", 0.5},
    {"trial", 2.7},
    {"trust", 0.9},
    {"unmet_need", 0.9},
    {"warranty_ending", 0.5},
});

}  // namespace

std::span<const InputWeight> default_input_weights() {
  return kWeights;
}

}  // namespace ebb
