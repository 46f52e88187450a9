#include "operators/models/risk_terms.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ebb {
namespace {

constexpr double kWeekDays = 7;
constexpr double kLargestTiming = 8;
constexpr double kLargestShape = 6;

struct TermInfo {
  std::string_view name;
  std::string_view contribution;
  double least;
};

constexpr double kAny = -std::numeric_limits<double>::infinity();

// By RiskTerm.
constexpr std::array<TermInfo, kRiskTerms> kTerms = {{
    {"timing", "timing", 0},
    {"silence", "silence", 0},
    {"regularity", "regularity", 0},
    {"overdue", "longest_gap", 0},
    {"longest_gap", "longest_gap", kAny},
    {"frequency", "frequency", kAny},
    {"bought_once", "frequency", kAny},
    {"tenure", "tenure", kAny},
    {"pace", "pace", kAny},
    {"amount", "spend", kAny},
    {"spend", "spend", kAny},
}};

}  // namespace

Timing timing_of(const RiskFacts& facts) {
  const double repeats = facts.purchase_days - 1;
  const double age = std::max(facts.tenure_days, facts.silence_days) / kWeekDays;
  // Gaps are known in days; k > 1 wants their logarithms in weeks.
  return {.repeats = repeats,
          .last = repeats < 1 ? 0 : std::max(0.0, age - facts.silence_days / kWeekDays),
          .age = age,
          .ln_gaps = facts.ln_gap_sum - repeats * std::log(kWeekDays)};
}

RiskFeatures risk_features(const SeasonedFacts& seasoned, const CnbdParams& timing) {
  const RiskFacts& facts = seasoned.even;
  const double horizon_days = seasoned.even_horizon_days;
  const double longest = facts.longest_gap_days > 0 ? facts.longest_gap_days : facts.gap_days;
  const double silence = std::log1p(seasoned.lived.silence_days / seasoned.lived.gap_days);
  const double active_days = std::max(0.0, facts.tenure_days - facts.silence_days);
  const double spend = std::max(0.0, facts.spend_minor);
  return {std::clamp(log_odds_of_none(timing, timing_of(facts), horizon_days / kWeekDays), -kLargestTiming,
                     kLargestTiming),
          silence,
          silence * (std::min(facts.regularity, kLargestShape) - 1),
          std::log1p(facts.silence_days / longest),
          std::log(longest),
          std::log(facts.purchases),
          facts.purchase_days < 2 ? 1.0 : 0.0,
          std::log1p(active_days / 30),
          std::log(horizon_days / facts.gap_days),
          std::log1p(spend / facts.purchases),
          std::log1p(spend)};
}

std::string_view term_name(RiskTerm term) {
  return kTerms[static_cast<std::size_t>(term)].name;
}

std::string_view contribution_of(RiskTerm term) {
  return kTerms[static_cast<std::size_t>(term)].contribution;
}

double least_weight(RiskTerm term) {
  return kTerms[static_cast<std::size_t>(term)].least;
}

}  // namespace ebb
