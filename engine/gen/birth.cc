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

Reason draw_reason(Rng& rng) {
  constexpr Reason kByWeight[] = {
      Reason::kBadService,     Reason::kBadService,
      Reason::kBadService,     Reason::kPrice,
      Reason::kPrice,          Reason::kCompetitor,
      Reason::kCompetitor,     Reason::kFadedInterest,
      Reason::kFadedInterest,  Reason::kFadedInterest,
      Reason::kMovedAway,      Reason::kComplaintUnresolved,
      Reason::kMovedAway,      Reason::kComplaintUnresolved,
      Reason::kPromotionEnded,
  };
  return kByWeight[rng.below(std::size(kByWeight))];
}

// Leaves only who has been here for long enough to have a rhythm that can break.
void draw_fate(const GenOptions& options, Customer& c) {
  const bool leaves = c.rng.chance(0.4);
  const Reason reason = draw_reason(c.rng);
  const double signs_days = std::clamp(c.gap_days * c.rng.between(2, 4), 14.0, 75.0);
  const double when = c.rng.uniform();
  const TimeMs end = options.start_ms + options.days * kDayMs;
  const TimeMs earliest = c.joined_ms + days(4 * c.gap_days + signs_days);
  if (!leaves || earliest >= end) return;
  c.reason = reason;
  c.left_ms = earliest + static_cast<TimeMs>(when * static_cast<double>(end - earliest));
  c.signs_ms = c.left_ms - days(signs_days);
  c.erases = c.rng.chance(0.02);
  if (reason == Reason::kPromotionEnded) c.by_promotion = true;
}

}  // namespace

Customer birth(const GenOptions& options, std::int64_t i, double harmonic) {
  Customer c;
  c.rng = Rng(Rng(Rng(options.seed).next() + static_cast<std::uint64_t>(i)).next());
  c.gap_days = static_cast<float>(draw_gap_days(options, i, harmonic, c.rng));
  constexpr std::uint8_t kShapes[] = {1, 1, 2, 2, 4, 4, 8, 8};
  c.shape = kShapes[c.rng.below(std::size(kShapes))];
  c.home_category = static_cast<std::uint8_t>(c.rng.below(256));
  const double wealth = c.rng.uniform();
  c.basket_minor = static_cast<float>(900 + 16'000 * wealth * wealth * wealth);
  c.base_mood = static_cast<float>(std::clamp(0.76 + 0.1 * c.rng.bell(), 0.4, 0.97));
  c.mood = c.base_mood;
  c.talks = static_cast<float>(c.rng.between(0.02, 0.4));
  c.answers = static_cast<float>(c.rng.between(0.1, 0.6));
  c.price_sense = static_cast<float>(c.rng.between(0.02, 0.5));
  c.by_promotion = c.rng.chance(0.15);
  // Most were there before the history begins, the others come in its first two thirds.
  const double span =
      c.rng.chance(0.7) ? std::min<double>(c.gap_days, options.days / 2.0) : options.days * 0.66;
  c.joined_ms = options.start_ms + static_cast<TimeMs>(c.rng.uniform() * span * static_cast<double>(kDayMs));
  draw_fate(options, c);
  return c;
}

}  // namespace ebb::gen
