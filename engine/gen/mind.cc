#include "engine/gen/mind.h"

#include <algorithm>

namespace ebb::gen {
namespace {

constexpr double kHalfLifeDays = 75;
constexpr double kLn2 = 0.69314718055994530942;
constexpr double kUnnoticed = 0.08;  // zone of tolerance around what is expected
constexpr double kBearable = 0.3;    // gaps beyond count more than in proportion
constexpr double kBuildingUp = 0.2;  // strain that is a sign
constexpr double kAtEase = 0.08;

double total(const Customer& c) {
  double sum = 0;
  for (const float grudge : c.grudges) sum += static_cast<double>(grudge);
  return sum;
}

}  // namespace

void fade_grudges(Customer& c, TimeMs now) {
  const TimeMs since_ms = now - c.felt_ms;
  c.felt_ms = now;
  if (since_ms <= 0 || total(c) == 0) return;
  const double days = static_cast<double>(since_ms) / static_cast<double>(kDayMs);
  const double keep = portable_exp(-std::min(days / kHalfLifeDays, 900.0) * kLn2);
  for (float& grudge : c.grudges) grudge = static_cast<float>(static_cast<double>(grudge) * keep);
  if (c.signs_ms != kNever && !c.captive && c.left_ms == kNever && c.stress == Reason::kNone &&
      strain(c) < kAtEase) {
    c.signs_ms = kNever;
  }
}

void hurt(Customer& c, Reason by, double amount, TimeMs now) {
  float& grudge = c.grudges[static_cast<std::size_t>(by)];
  grudge = static_cast<float>(static_cast<double>(grudge) + amount);
  if (c.signs_ms == kNever && strain(c) >= kBuildingUp) c.signs_ms = now;
}

void heal(Customer& c, Reason by, double share) {
  float& grudge = c.grudges[static_cast<std::size_t>(by)];
  grudge = static_cast<float>(static_cast<double>(grudge) * (1 - share));
}

double strain(const Customer& c) {
  const double mood = static_cast<double>(c.mood);
  const double ties = 1 + 0.4 * static_cast<double>(c.tie_strength);
  return total(c) / (static_cast<double>(c.bond) * (0.5 + 0.9 * mood) * ties);
}

bool resented(Reason reason) {
  return reason != Reason::kNone && reason != Reason::kFadedInterest && reason != Reason::kMovedAway;
}

Reason worst_grudge(const Customer& c) {
  std::size_t worst = 0;
  for (std::size_t i = 1; i < c.grudges.size(); ++i) {
    if (c.grudges[i] > c.grudges[worst]) worst = i;
  }
  return static_cast<Reason>(worst);
}

void feel(Customer& c, double quality, double weight) {
  const double expected = static_cast<double>(c.expectation);
  double gap = quality - expected;
  if (gap < kUnnoticed && gap > -kUnnoticed) gap = 0;
  if (gap < -kBearable) gap *= 1.4;
  const double felt = std::clamp(expected + gap, 0.0, 1.0);
  const double pull = 0.75 * felt + 0.25 * static_cast<double>(c.base_mood);
  c.mood = static_cast<float>(
      std::clamp(static_cast<double>(c.mood) + weight * (pull - static_cast<double>(c.mood)), 0.0, 1.0));
  c.expectation = static_cast<float>(expected + 0.08 * weight * (quality - expected));
}

bool held(const Customer& c, TimeMs now) {
  const bool binds = c.tie == Tie::kContract || c.tie == Tie::kNoAlternative || c.tie == Tie::kStructural;
  return binds && c.tie_strength >= 0.5F && now < c.tie_end_ms;
}

}  // namespace ebb::gen
