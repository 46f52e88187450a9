// A customer's state inside the generator: kept small, because there may be millions.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/types.h"
#include "engine/gen/generator.h"
#include "engine/gen/rng.h"

namespace ebb::gen {

// What ties a customer beside being satisfied.
enum class Tie : std::uint8_t { kNone, kContract, kPoints, kStructural, kHabit, kNoAlternative, kPersonal };

struct Customer {
  Rng rng;

  // ---- Traits, fixed at birth.
  float gap_days = 10;      // between purchases, in the middle
  float gap_spread = 0.5F;  // deviation of the logarithm of the gaps
  float season = 0;         // 0: buys all year round; 0.9: hardly at all out of season
  float basket_minor = 4000;
  float base_mood = 0.75F;  // where satisfaction comes back to
  float bond = 1;           // how much resentment it takes
  float talks = 0.2F;       // probability of saying something after a purchase
  float complains = 0.3F;   // probability of complaining when there is a reason to
  float answers = 0.3F;     // probability of answering a survey
  float price_sense = 0.2F;
  std::uint16_t season_day = 0;    // day of the year at which the season is at its height
  std::uint8_t home_category = 0;  // what they mostly buy
  std::uint8_t weekday = 0;        // when they like to shop, 0 to 6
  bool by_promotion = false;       // won by a promotion
  bool pays = true;                // false: uses and recommends, never buys
  bool erases = false;             // asks to be forgotten after leaving
  std::int32_t referrer = -1;      // index of the customer who brought this one

  // ---- What is on their mind (mind.h).
  float mood = 0.75F;         // satisfaction, 0 to 1
  float expectation = 0.72F;  // what they reckon to get; follows what they got
  float need = 1;             // 1: as much as ever, 0: none
  float pace = 1;             // of their purchases; drifts
  float price_level = 1;      // what they are asked, against what they were used to
  float points = 0;
  std::array<float, kReasons> grudges = {};  // resentment by reason
  TimeMs felt_ms = 0;                        // the grudges are those of this time
  TimeMs signs_ms = kNever;                  // since when something has been building up

  // ---- What is happening to them (stress.cc).
  Reason stress = Reason::kNone;  // kNone: all is well
  float severity = 0;
  TimeMs stress_from_ms = kNever;
  TimeMs stress_to_ms = kNever;
  bool bad_patch = false;
  bool pondering = false;  // the weekly step is planned
  std::uint8_t neglected_cases = 0;

  // ---- Ties.
  Tie tie = Tie::kNone;
  float tie_strength = 0;
  TimeMs tie_end_ms = kNever;
  TimeMs scheme_end_ms = kNever;  // of the promotion that won them
  TimeMs trial_end_ms = kNever;
  bool captive = false;  // would have left but for the tie
  bool converted = false;

  // ---- Fate.
  Reason reason = Reason::kNone;
  TimeMs joined_ms = 0;
  TimeMs left_ms = kNever;
  TimeMs next_purchase_ms = kNever;  // planned; of who has left: the first that never came
  bool gone = false;                 // erased: nothing more comes

  // ---- Counts.
  std::uint32_t events = 0;
  std::uint32_t purchases = 0;
  std::uint32_t promoted = 0;    // purchases with a discount
  std::uint16_t categories = 0;  // bought so far, a bit each
  std::uint16_t cases = 0;
  std::uint16_t surveys = 0;
  std::int64_t spend_minor = 0;
  TimeMs first_purchase_ms = kNever;
  TimeMs last_purchase_ms = kNever;

  bool left(TimeMs at) const { return at >= left_ms; }
  bool stressed_by(Reason by) const { return stress == by; }
};

// Draws customer i: traits only; their fate is what happens to them.
// harmonic: sum of 1/rank over all customers (for Skew::kZipf).
Customer birth(const GenOptions& options, std::int64_t i, double harmonic);

}  // namespace ebb::gen
