// The report of a fit: one HTML file with its plots inside, for the analyst. docs/models.md says how to read
// it.
#pragma once

#include <string>
#include <vector>

#include "engine/fit/fit_risk.h"
#include "engine/fit/forecast.h"

namespace ebb::fit {

// Purchases foretold and made after one date.
struct Tracked {
  TimeMs date_ms = 0;
  double expected = 0;
  double bought = 0;
};

struct ReportInput {
  const RiskFit& fit;
  std::vector<Forecast> held_out;  // of a model that had not seen them
  std::string how;                 // how they were held out, a sentence
  std::vector<Tracked> tracking;
};

std::string html_report(const ReportInput& input);

}  // namespace ebb::fit
