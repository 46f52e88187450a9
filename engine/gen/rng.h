// Random numbers that are the same on every machine, compiler and library: integers by SplitMix64 (Steele,
// Lea, Flood 2014), and from them only with the operations that IEEE 754 defines to the last bit.
#pragma once

#include <cstdint>

namespace ebb::gen {

// Natural logarithm by basic arithmetic. The C library's differs between versions in the last bit.
// REQUIRES: x > 0, finite, normal.
double portable_ln(double x);

// e^x by basic arithmetic, for the same reason; within 1e-14 relative. REQUIRES: |x| <= 700.
double portable_exp(double x);

// Eight bytes of state; a value. Thread-safety: none.
class Rng {
 public:
  explicit Rng(std::uint64_t seed = 0) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // [0, 1)
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  // [0, n). REQUIRES: n > 0.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32); }
  // Mean 0, deviation 1, within +-3.5: a sum of four uniform numbers, near enough to a normal one.
  double bell() {
    double sum = -2;
    for (int i = 0; i < 4; ++i) sum += uniform();  // one by one: the order of the draws is part of the bytes
    return sum * 1.7320508075688772;
  }
  // A positive number of the given mean, log-normal but for the ends of bell(). spread is the deviation of
  // its logarithm: 0.1 hardly varies, 1 very much. REQUIRES: 0 <= spread <= 2.
  double log_bell(double mean, double spread) {
    return mean * portable_exp(spread * bell() - spread * spread / 2);
  }

 private:
  std::uint64_t state_;
};

}  // namespace ebb::gen
