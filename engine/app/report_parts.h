// What the reports have in common.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/app/console.h"
#include "engine/app/reports.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"

namespace ebb::app {

constexpr const char* kUnknown = "-";

inline TimeMs ms_of(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::TimestampToMilliseconds(time);
}

inline std::string share_of(double part, double whole) {
  return whole > 0 ? percent(part / whole) : kUnknown;
}

// "82", of 100; "-" where nothing is known.
inline std::string of_100(double sum, double weight) {
  return weight > 0.005 ? fmt::format("{:.0f}", 100 * sum / weight) : kUnknown;
}

inline std::string segment_name(const SegmentKey& key) {
  return key.first.empty() ? "all customers" : key.first + " " + key.second;
}

inline bool is_in(const v1::Risk& risk, const SegmentKey& key) {
  if (key.first.empty()) return true;
  const auto found = risk.segments().find(key.first);
  return found == risk.segments().end() ? key.second == "(none)" : found->second == key.second;
}

// Those of the scope's segment.
inline std::vector<const v1::Risk*> risks_in(const ReportInput& input, const ReportScope& scope) {
  std::vector<const v1::Risk*> out;
  for (const v1::Risk& risk : input.risks) {
    if (is_in(risk, scope.segment)) out.push_back(&risk);
  }
  return out;
}

// The segments known on the last day, all customers first.
inline std::vector<SegmentKey> segments_of(const ReportInput& input) {
  std::vector<SegmentKey> out;
  if (input.days.empty()) return out;
  for (const auto& [key, segment] : input.days.rbegin()->second) {
    if (segment.customers() > 0) out.push_back(key);
  }
  return out;
}

constexpr const char* kNoSegment =
    " Nothing is known of this segment by dimension: the graph must have the operator segments with this key "
    "in its `by`, and a sink of segments.";

inline bool has_flag(const v1::Risk& risk, std::string_view flag) {
  return std::find(risk.flags().begin(), risk.flags().end(), flag) != risk.flags().end();
}

// "loyal", "captive", "buying around", "leaving", or "none": too little is known.
inline std::string quadrant_of(const v1::Risk& risk) {
  if (has_flag(risk, "loyal")) return "loyal";
  if (has_flag(risk, "captive")) return "captive";
  if (has_flag(risk, "buying_around")) return "buying around";
  return has_flag(risk, "leaving") ? "leaving" : "none";
}

// A row is written only when something has moved, so its last purchase may not be the last. But whoever had
// gone silent would stand at critical, and whoever had come back from there no more.
inline bool is_lost(const v1::Risk& risk, const ReportInput& input, const ReportScope& scope) {
  return risk.level() == v1::RISK_LEVEL_CRITICAL && risk.has_last_purchase_time() &&
         input.as_of_ms - ms_of(risk.last_purchase_time()) >= scope.lost_after_ms;
}

inline std::string about(const ReportInput& input, const ReportScope& scope) {
  const auto customers = static_cast<std::int64_t>(risks_in(input, scope).size());
  return fmt::format("{}{} in the risk table, as of {}.",
                     scope.segment.first.empty() ? "" : segment_name(scope.segment) + ": ",
                     counted(customers, "customer"), input.risks.empty() ? "never" : date(input.as_of_ms));
}

}  // namespace ebb::app
