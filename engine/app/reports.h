// The reports on all customers; docs/reports.md says how to read them.
#pragma once

#include "engine/app/report.h"
#include "engine/app/report_input.h"

namespace ebb::app {

struct ReportScope {
  DurationMs lost_after_ms = 180 * kDayMs;  // whoever bought nothing for so long counts as lost
};

// The index now and over time, and who is unhappy without a word.
Report satisfaction_report(const ReportInput& input, const ReportScope& scope);
// Tiers, and whom to keep, reprice, serve more cheaply or let go.
Report profit_report(const ReportInput& input, const ReportScope& scope);
// Quadrants, ties that end soon, survival.
Report loyalty_report(const ReportInput& input, const ReportScope& scope);

}  // namespace ebb::app
