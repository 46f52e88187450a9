// What an embedded log lets go of (embedded_log.h says by which rules).
#pragma once

#include <cstdint>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/embedded/log_store.h"

namespace ebb::embedded {

struct RetentionRules {
  DurationMs retention_ms = 0;
  std::uint64_t retention_bytes = 0;  // per topic
  DurationMs tombstone_retention_ms = 0;
};

// source: nothing at or above the committed position goes. Thread: one at a time for each topic.
Status apply_retention(LogStore* store, Topic* topic, bool source, const RetentionRules& rules);

}  // namespace ebb::embedded
