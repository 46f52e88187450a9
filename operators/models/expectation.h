// What was expected against what came, dimension by dimension: expectancy disconfirmation (Oliver 1980) with
// a zone of tolerance (Zeithaml, Berry, Parasuraman 1993). All values from 0 (worst) to 1 (best).
#pragma once

#include <optional>

namespace ebb {

struct Zone {
  double tolerance = 0.1;     // gaps up to this go unnoticed, either way
  double intolerable = 0.4;   // a shortfall beyond this counts twice
  double delight_cap = 0.15;  // the most that delight in some dimensions makes up for others
};

// Of the gap perceived - expected: what is lost, or delights; 0 within the zone.
struct Disconfirmation {
  double loss = 0;
  double delight = 0;
};
Disconfirmation disconfirmation(const Zone& zone, double perceived, double expected);

// What dimensions together do to the index: mean delight (half of it, capped) less mean loss.
double net_disconfirmation(const Zone& zone, double mean_loss, double mean_delight);

// What a customer has come to expect: the highest of what they said, what they are used to, what a competitor
// offers; and `floor` where they said nothing.
double expectation(std::optional<double> stated, double used_to, std::optional<double> competitor,
                   double floor);

// How many times as much a dimension weighs than was thought, 0.5 to 2: the slope of the overall answer over
// the dimension's, through what is believed without evidence, shrunk to `prior` as if that variance had been
// seen. covariance and variance: sums of
// (dimension - prior)(overall - prior) and (dimension - prior)^2.
double learned_importance(double covariance, double variance, double prior = 1, double prior_variance = 0.25);

// Recent answers against all: how far the old ones are to be let go, 0 to 1. Nothing up to a difference of
// 0.15, all from 0.35; and only as recent evidence (in full answers) goes beyond half an answer.
double shift_share(double recent_mean, double all_mean, double recent_weight);

}  // namespace ebb
