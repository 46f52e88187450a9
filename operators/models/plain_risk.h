// The plain model of churn risk: log-odds of no purchase within a horizon from the rhythm of purchases.
//
//   score = base
//         + silence   * steadiness * ln(1 + S / G)     S days since the last purchase, G days of the typical
//         gap
//         + frequency * ln(x)                          x purchases
//         + tenure    * ln(1 + A / 30)                 A days from the first purchase to the last
//         + pace      * ln(H / G)                      H days of the horizon
//   steadiness = 1 + regularity * (min(k, 6) - 2), at least 1; k the shape of the gaps
//   probability = 1 / (1 + e^-score)
//
// Where the defaults come from: logistic regression on the 23,570 customers of CDNOW (online music, first
// purchase January to March 1997), purchases of a day merged, G as in typical_gap_days with its default
// prior; judged on six days from 15 May to 31 December 1997, horizons of 30, 60 and 90 days together.
// Measured on the same customers later, 28 February and 30 April 1998, 60 days ahead, 47,140 judgements, 88 %
// of them without a purchase: AUC 0.838 (days since the last purchase alone: 0.827), among those with a
// second purchase 0.763; mean prediction 0.877 against 0.884 that came true; per tenth of probability from
// 0.3 up the prediction is within 0.06 of what came true (0.31 -> 0.37, 0.45 -> 0.49, 0.55 -> 0.58, 0.65 ->
// 0.69, 0.75 -> 0.76, 0.86 -> 0.86, 0.97 -> 0.98). `regularity` is not fitted, for CDNOW has few regular
// customers (k > 2: under 5 %): it is ours, so that a customer who comes every Saturday is missed sooner than
// one who comes at random. With it the AUC is 0.837.
#pragma once

namespace ebb {

struct PlainRiskCoefficients {
  double base = 1.450;
  double silence = 1.002;  // >= 0, so that risk never falls with silence
  double frequency = -0.675;
  double tenure = -0.232;
  double pace = -1.020;
  double regularity = 0.5;  // >= 0
};

// REQUIRES: purchases >= 1, gap_days > 0, all others >= 0.
struct Rhythm {
  double purchases = 1;
  double silence_days = 0;
  double gap_days = 1;
  double active_days = 0;  // from the first purchase to the last
  double regularity = 1;   // Erlang shape of the gaps
};

// Log-odds; they sum to the score.
struct RhythmTerms {
  double base = 0;
  double silence = 0;
  double frequency = 0;
  double tenure = 0;
  double pace = 0;
};

RhythmTerms rhythm_terms(const PlainRiskCoefficients& coefficients, const Rhythm& rhythm,
                         double horizon_days);

double logistic(double score);
double log_odds(double probability);  // REQUIRES: 0 < probability < 1

// From which silence on a customer counts as given up: 20 typical gaps, at least 8 horizons.
double given_up_after_days(double gap_days, double horizon_days);

// The share of the loss that acting can still prevent: whom nobody can bring back is lost, not at risk. From
// half of given_up_after_days on it falls in a straight line from 1 to 0, when the customer is given up.
double reachable_share(double silence_days, double given_up_days);

}  // namespace ebb
