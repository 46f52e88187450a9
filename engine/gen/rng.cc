#include "engine/gen/rng.h"

#include <bit>

namespace ebb::gen {

double portable_ln(double x) {
  constexpr double kLn2 = 0.69314718055994530942;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>((bits >> 52) & 0x7ff) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);  // [1, 2)
  if (mantissa > 1.5) {
    mantissa /= 2;
    ++exponent;
  }
  // ln m = 2 atanh((m - 1) / (m + 1)), whose argument stays within +-0.2.
  const double z = (mantissa - 1) / (mantissa + 1);
  const double square = z * z;
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
  return exponent * kLn2 + 2 * z * sum;
}

double Rng::erlang(int shape, double mean) {
  double sum = 0;
  for (int i = 0; i < shape; ++i) sum -= portable_ln(1.0 - uniform());
  return sum * mean / shape;
}

}  // namespace ebb::gen
