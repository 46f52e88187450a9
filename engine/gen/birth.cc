#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/gen/customer.h"

namespace ebb::gen {
namespace {

constexpr double kMeanPurchasesADay = 1.0 / 14;
constexpr double kMinGapDays = 1.0 / 24;
constexpr double kMaxGapDays = 40;

TimeMs days(double n) {
  return static_cast<TimeMs>(n * static_cast<double>(kDayMs));
}

// A rank from 1 to n for customer i, by a fixed stride through the ranks, so that the busy ones are spread
// over all ids (and partitions). n and the stride share no divisor.
std::uint64_t rank_of(std::uint64_t i, std::uint64_t n) {
  std::uint64_t stride = n / 3 * 2 + 1;
  const auto common = [n](std::uint64_t a) {
    std::uint64_t b = n;
    while (b != 0) a = std::exchange(b, a % b);
    return a;
  };
  while (common(stride) != 1) ++stride;
  return (i % n * (stride % n)) % n + 1;
}

double draw_gap_days(const GenOptions& options, std::int64_t i, double harmonic, Rng& rng) {
  const double u = rng.uniform();
  if (options.skew == Skew::kUniform) return 4 + 36 * u * u;
  const auto n = static_cast<std::uint64_t>(options.customers);
  const double rank = static_cast<double>(rank_of(static_cast<std::uint64_t>(i), n));
  const double a_day = kMeanPurchasesADay * static_cast<double>(n) / (harmonic * rank);
  return std::clamp(1 / a_day, kMinGapDays, kMaxGapDays);
}

}  // namespace

Customer birth(const GenOptions& options, std::int64_t i, double harmonic) {
  Customer c;
  c.rng = Rng(Rng(Rng(options.seed).next() + static_cast<std::uint64_t>(i)).next());
  Rng& rng = c.rng;
  c.gap_days = static_cast<float>(draw_gap_days(options, i, harmonic, rng));
  const double regular = rng.uniform();
  c.gap_spread = static_cast<float>(0.15 + 0.75 * regular);
  c.weekday = static_cast<std::uint8_t>(rng.below(7));
  if (rng.chance(0.2)) {
    c.season = static_cast<float>(rng.between(0.3, 0.75));
    c.season_day = static_cast<std::uint16_t>(rng.chance(0.5) ? 120 + rng.below(90) : 330 + rng.below(30));
  }
  c.home_category = static_cast<std::uint8_t>(rng.below(256));
  const double wealth = rng.uniform();
  c.basket_minor = static_cast<float>(900 + 16'000 * wealth * wealth * wealth);
  // Most are content; some grumble all their life and stay.
  const bool grumbles = rng.chance(0.08);
  c.base_mood =
      static_cast<float>(grumbles ? rng.between(0.3, 0.5) : std::clamp(0.76 + 0.09 * rng.bell(), 0.45, 0.97));
  c.bond = static_cast<float>(rng.between(0.55, 1.35) + (grumbles ? 1.2 : 0));
  if (rng.chance(0.07)) c.bond *= 2.5F;  // faithful whatever happens
  c.mood = c.base_mood;
  c.expectation =
      static_cast<float>(std::clamp(static_cast<double>(c.base_mood) + 0.04 * rng.bell(), 0.3, 0.95));
  const double loud = rng.uniform();
  c.talks = static_cast<float>(0.02 + 0.38 * loud * loud);  // most say little
  c.complains = static_cast<float>(0.05 + 0.8 * loud);
  c.answers = static_cast<float>(rng.between(0.05, 0.6));
  c.price_sense = static_cast<float>(rng.between(0.02, 0.5));
  c.by_promotion = rng.chance(0.15);
  c.pays = !rng.chance(0.015);
  c.erases = rng.chance(0.02);
  if (options.customers > 1 && rng.chance(0.12)) {
    const std::uint32_t other = rng.below(static_cast<std::uint32_t>(options.customers));
    if (other != i) c.referrer = static_cast<std::int32_t>(other);
  }
  // Most were there before the history begins, the others come in its first two thirds.
  const double span =
      rng.chance(0.7) ? std::min<double>(c.gap_days, options.days / 2.0) : options.days * 0.66;
  c.joined_ms = options.start_ms + days(rng.uniform() * span);
  c.felt_ms = c.joined_ms;
  if (c.by_promotion) c.scheme_end_ms = c.joined_ms + days(rng.between(40, 320));
  return c;
}

}  // namespace ebb::gen
