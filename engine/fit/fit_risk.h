// A model of churn risk from snapshots of customers and what became of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/fit/fit_season.h"
#include "engine/fit/fit_timing.h"
#include "engine/fit/history.h"
#include "operators/risk_model.h"

namespace ebb::fit {

// A customer at a date, and whether no purchase followed within the horizon.
struct Example {
  Snapshot snapshot;
  bool none = false;
};

// When customers bought, by their place, and until when that is known: for the season.
struct KnownSales {
  std::span<const std::vector<TimeMs>> times = {};  // ascending by customer; empty: no season is looked for
  TimeMs until_ms = 0;
};

struct FitOptions {
  std::string name = "model";
  double horizon_days = 60;
  int max_k = 12;       // shapes of the gaps that are tried
  std::string by = {};  // the key of the snapshots' segments, for parameters by segment; empty: none
  KnownSales sales = {};
};

// How sure the parameters of a segment are.
struct SegmentFit {
  std::string value;
  std::size_t customers = 0;  // with a timing of some age, on the last date
  Maximum timing = {};        // of r, alpha, a, b
  bool own_timing = false;    // else the segment has the timing of all
  SeasonFit season = {};      // how it differs from that of all
  double shift_error = 0;     // standard error of the shift
};

struct RiskFit {
  RiskModel model;
  TimingFit timing;
  SeasonFit season;
  std::optional<SpendFit> spend;
  std::vector<SegmentFit> segments;  // by the model's segments
  std::size_t examples = 0;
  std::size_t customers = 0;
  double share_none = 0;
  std::vector<std::string> warnings;  // where the data can't tell, for a person
};

// Below this many examples, or this many of either outcome, nothing is fitted.
inline constexpr std::size_t kLeastExamples = 200;
inline constexpr std::size_t kLeastOfEither = 30;

// Timing and spend by maximum likelihood on the examples of the last date (20,000 of them at most, evenly
// chosen); weights by logistic regression on all, those of the inputs pulled to 1 and kept from 0 to 3; then
// the calibration, on scores of customers that had no part in the weights (two halves), if it helps them.
// by: each segment with 200 customers on the last date, and 30 judgements of either outcome, gets a timing of
// its own, if that is likelier by more than its four parameters are worth (Akaike 1974), and a shift, pulled
// to 0; the others fall back on those of all, and a warning says so.
// Errors: kInvalid, too few examples, with what to do.
// last_date: where the examples of the last date begin.
Result<RiskFit> fit_risk(const std::vector<Example>& examples, std::size_t last_date,
                         const FitOptions& options);

// What the model judges a snapshot by.
SeasonedFacts seasoned_facts(const RiskModel& model, const Snapshot& snapshot);

// The model's log-odds for a snapshot, as churn_risk reckons them.
double score(const RiskModel& model, const Snapshot& snapshot);

}  // namespace ebb::fit
