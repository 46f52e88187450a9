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

double portable_exp(double x) {
  constexpr double kLn2High = 0.693147180369123816490;  // the upper bits, so that k * kLn2High is exact
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  const double scaled = x * 1.44269504088896340736 + 0.5;
  auto k = static_cast<std::int64_t>(scaled);
  if (static_cast<double>(k) > scaled) --k;  // towards minus infinity
  const auto whole = static_cast<double>(k);
  const double r = (x - whole * kLn2High) - whole * kLn2Low;  // within +-0.35
  double sum = 1;
  for (int n = 14; n >= 1; --n) sum = 1 + sum * r / n;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

}  // namespace ebb::gen
