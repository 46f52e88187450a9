#include "operators/dimensions.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ebb {
namespace {

// By number, from 1 on. Slices keep the numbers: add at the end only.
constexpr std::array<std::string_view, 19> kNames = {
    "fitness",        "completeness", "correctness", "utility",   "availability", "capacity", "continuity",
    "security",       "reliability",  "assurance",   "tangibles", "empathy",      "price",    "billing",
    "responsiveness", "truthfulness", "ease",        "emotion",   "appearance"};

}  // namespace

int dimension_number(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  return found == kNames.end() ? 0 : static_cast<int>(found - kNames.begin()) + 1;
}

std::string_view dimension_name(int number) {
  if (number < 1 || number > static_cast<int>(kNames.size())) return {};
  return kNames[static_cast<std::size_t>(number) - 1];
}

}  // namespace ebb
