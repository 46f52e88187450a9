// A customer's state inside the generator: kept small, because there may be millions.
#pragma once

#include <cstdint>

#include "engine/base/types.h"
#include "engine/gen/generator.h"
#include "engine/gen/rng.h"

namespace ebb::gen {

struct Customer {
  Rng rng;
  // Fate.
  TimeMs joined_ms = 0;
  TimeMs signs_ms = kNever;
  TimeMs left_ms = kNever;
  Reason reason = Reason::kNone;
  // Traits, fixed at birth.
  std::uint8_t shape = 1;          // regularity of the gaps
  std::uint8_t home_category = 0;  // what they mostly buy
  bool by_promotion = false;       // won by a promotion
  bool erases = false;             // asks to be forgotten after leaving
  float gap_days = 10;
  float basket_minor = 4000;
  float base_mood = 0.75F;
  float talks = 0.2F;    // probability of saying something after a purchase
  float answers = 0.3F;  // probability of answering a survey
  float price_sense = 0.2F;
  // What changes.
  bool bad_patch = false;
  bool gone = false;  // erased: nothing more comes
  float mood = 0.75F;
  std::uint32_t events = 0;
  std::uint16_t cases = 0;
  std::uint16_t surveys = 0;
  std::uint32_t purchases = 0;
  std::int64_t spend_minor = 0;
  TimeMs first_purchase_ms = kNever;
  TimeMs last_purchase_ms = kNever;

  // How far the leaving has come: 0 before the signs, 1 at the end.
  double decline(TimeMs at) const {
    if (at <= signs_ms) return 0;
    if (at >= left_ms) return 1;
    return static_cast<double>(at - signs_ms) / static_cast<double>(left_ms - signs_ms);
  }
};

// Draws customer i: traits and fate. harmonic: sum of 1/rank over all customers (for Skew::kZipf).
Customer birth(const GenOptions& options, std::int64_t i, double harmonic);

}  // namespace ebb::gen
