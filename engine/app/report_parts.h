// What the reports have in common.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

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

inline std::string about(const ReportInput& input) {
  return fmt::format("{} in the risk table, as of {}.",
                     counted(static_cast<std::int64_t>(input.risks.size()), "customer"),
                     input.risks.empty() ? "never" : date(input.as_of_ms));
}

}  // namespace ebb::app
