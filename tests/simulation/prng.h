// The simulator's only source of chance: the same seed, the same run, on any machine.
#pragma once

#include <cstdint>

namespace ebb::sim {

class Prng {
 public:
  explicit Prng(std::uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood 2014).
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // 0 .. n-1. REQUIRES: n > 0.
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
  }
  std::int64_t between(std::int64_t least, std::int64_t most) { return least + below(most - least + 1); }
  bool chance(int per_mille) { return below(1000) < per_mille; }
  // One that is independent of what is drawn from this one later.
  Prng fork() { return Prng(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace ebb::sim
