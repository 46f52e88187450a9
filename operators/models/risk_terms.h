// What the fitted model of churn risk weighs: numbers about the rhythm of purchases, each on a scale on which
// a straight line fits the log-odds of no purchase within a horizon.
//
//   score = base + sum of weight x (feature - centre) + what the inputs contribute, each x its own weight,
//   and then calibrated (models/calibration.h)
//
// `ebb fit` finds base, weights and calibration; centres are the features' means over the customers it was
// fitted to, so that a term says how far a customer is from the average one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "operators/models/cnbd.h"

namespace ebb {

// REQUIRES: purchases >= 1, purchase_days >= 1, gap_days > 0, all others >= 0 but ln_gap_sum and spend_minor.
struct RiskFacts {
  double purchases = 1;
  double purchase_days = 1;
  double silence_days = 0;
  double tenure_days = 0;  // since the first purchase, >= silence_days
  double gap_days = 1;     // typical, shrunk to a prior
  double regularity = 1;   // Erlang shape of the gaps
  double ln_gap_sum = 0;
  double longest_gap_days = 0;  // 0: no gap yet
  double spend_minor = 0;
};

// The facts as the customer lived them, and counted in days of even custom (models/season.h); the same where
// there is no season.
struct SeasonedFacts {
  RiskFacts lived;
  RiskFacts even;
  double even_horizon_days = 0;
};

// S: silence, G: typical gap, M: longest gap (the typical one while there is none); all times and the horizon
// in days of even custom, but for silence and regularity: buying keeps to the season, leaving doesn't, and
// these two terms are what silence says of it.
enum class RiskTerm : std::uint8_t {
  kTiming,      // log-odds of no purchase within the horizon by models/cnbd.h, -8 to 8
  kSilence,     // ln(1 + S / G)
  kRegularity,  // the same x (shape of the gaps - 1); the shape counts to 6
  kOverdue,     // ln(1 + S / M)
  kLongestGap,  // ln(M)
  kFrequency,   // ln(purchases)
  kBoughtOnce,  // 1: has bought on one day only
  kTenure,      // ln(1 + days between first and last purchase / 30)
  kPace,        // ln(horizon / G)
  kAmount,      // ln(1 + mean spend of a purchase in minor units)
  kSpend,       // ln(1 + spend in minor units)
  kCount_,
};
inline constexpr std::size_t kRiskTerms = static_cast<std::size_t>(RiskTerm::kCount_);
using RiskFeatures = std::array<double, kRiskTerms>;

RiskFeatures risk_features(const SeasonedFacts& facts, const CnbdParams& timing);

// As it stands in a model file: "bought_once".
std::string_view term_name(RiskTerm term);
// The contribution that it is part of: "frequency".
std::string_view contribution_of(RiskTerm term);
// Weights that keep the risk from falling with silence: those that rise with it are not below 0.
double least_weight(RiskTerm term);

// The timing of one customer for models/cnbd.h.
Timing timing_of(const RiskFacts& facts);

}  // namespace ebb
