// What `ebb fit` and `ebb backtest` share.
#pragma once

#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/fit/fit_risk.h"
#include "engine/fit/forecast.h"
#include "engine/fit/history.h"

namespace ebb::app {

// A date such as 1997-09-30: the end of that day (UTC), its last millisecond.
Status parse_last_of_day(const std::string& option, const std::string& text, TimeMs* out);

// The snapshot and what became of the customer within the horizon.
fit::Example example_of(const fit::History& history, fit::Snapshot snapshot, TimeMs date_ms,
                        double horizon_days);

// Refuses a key of segments by which no customer is labelled.
Status check_segments(const std::vector<fit::Example>& examples, const std::string& by);

// What a model says of an example.
fit::Forecast forecast_of(const RiskModel& model, const fit::History& history, const fit::Example& example,
                          TimeMs date_ms);

// Forecasts for all by models that were fitted to the other customers of their fold. folds >= 2.
Result<std::vector<fit::Forecast>> cross_forecast(const fit::History& history,
                                                  const std::vector<fit::Example>& examples, TimeMs date_ms,
                                                  const fit::FitOptions& options, int folds);

// "  AUC ...": a table of the measures beside recency, for a terminal.
std::string measures_text(const std::string& title, const fit::Measures& measures);

}  // namespace ebb::app
