// The reports on customers; docs/reports.md says how to read them.
#pragma once

#include "engine/app/report.h"
#include "engine/app/report_input.h"

namespace ebb::app {

struct ReportScope {
  SegmentKey segment;                       // both empty: all customers
  DurationMs lost_after_ms = 180 * kDayMs;  // whoever bought nothing for so long counts as lost
};

// Five steps: what customers value, how important it is, how we and others do at it, how segments differ,
// what moved. Needs segments.
Report value_report(const ReportInput& input, const ReportScope& scope);
// The index now and over time, by dimension, touchpoint and segment, and who is unhappy without a word.
Report satisfaction_report(const ReportInput& input, const ReportScope& scope);
// Tiers, channels and segments, and whom to keep, reprice, serve more cheaply or let go.
Report profit_report(const ReportInput& input, const ReportScope& scope);
// Quadrants, ties that end soon, survival by quadrant and segment.
Report loyalty_report(const ReportInput& input, const ReportScope& scope);

}  // namespace ebb::app
