// The small types that all layers share. Times are milliseconds since 1970-01-01T00:00:00Z, signed, so that
// a plain int64_t named *_ms is a time or a duration and nothing else is.
#pragma once

#include <cstdint>
#include <limits>

namespace ebb {

using TimeMs = std::int64_t;
using DurationMs = std::int64_t;

inline constexpr TimeMs kNever = std::numeric_limits<TimeMs>::max();      // a timer that is not set
inline constexpr TimeMs kBeginning = std::numeric_limits<TimeMs>::min();  // before any event

inline constexpr DurationMs kSecondMs = 1000;
inline constexpr DurationMs kMinuteMs = 60 * kSecondMs;
inline constexpr DurationMs kHourMs = 60 * kMinuteMs;
inline constexpr DurationMs kDayMs = 24 * kHourMs;

// Partition p of every source, and all that is done for it.
using TaskId = std::int32_t;
// Place of a source in the config's list of sources, from 0.
using SourceId = std::int32_t;
// Place of a record in its partition. Offsets may have gaps.
using Offset = std::int64_t;

}  // namespace ebb
