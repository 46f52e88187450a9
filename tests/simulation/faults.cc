#include "tests/simulation/faults.h"

namespace ebb::sim {
namespace {

struct Kind {
  std::string_view name;
  int per_100k;  // each time that it could happen
};

constexpr std::array<Kind, kFaults> kKinds = {{
    {"crash", 250},
    {"crash-in-commit", 1500},
    {"crash-in-call", 60},
    {"checkpoint-crash", 10000},
    {"end-lost", 3000},
    {"end-late", 5000},
    {"end-answer-lost", 5000},
    {"end-repeated", 4000},
    {"send-fail", 400},
    {"freeze", 150},
    {"twin", 25},
    {"broker-pause", 40},
    {"broker-frozen", 25},
    {"unavailable", 60},
    {"rebalance", 150},
    {"generation", 3000},
    {"stale-generation", 2000},
    {"lost", 20},
    {"clock-jump", 40},
    {"wiped-disk", 10000},
    {"old-disk", 30000},
    {"away", 8000},
    {"truncated-file", 8000},
    {"leftover-file", 10000},
    {"disk-full", 5000},
    {"disk-slow", 15000},
    {"compaction", 100},
}};

}  // namespace

std::string_view fault_name(Fault fault) {
  return kKinds[static_cast<std::size_t>(fault)].name;
}

std::optional<Fault> fault_of_name(std::string_view name) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (kKinds[i].name == name) return static_cast<Fault>(i);
  }
  return std::nullopt;
}

// Each run has a mood: some kinds don't happen at all, others often, so that each meets the others in many
// proportions.
Faults::Faults(const Kinds& kinds, Prng prng) : prng_(prng) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    const std::int64_t mood = prng_.below(4);
    if (kinds[i]) per_100k_[i] = kKinds[i].per_100k * static_cast<int>(mood * mood);
  }
}

bool Faults::hit(Fault fault) {
  const auto i = static_cast<std::size_t>(fault);
  if (!active_ || per_100k_[i] == 0 || prng_.below(100'000) >= per_100k_[i]) return false;
  ++counts_[i];
  return true;
}

}  // namespace ebb::sim
