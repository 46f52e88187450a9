// A record that can't be used, as it goes to the dead-letter topic: raw key, value and headers, and why.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/log.h"
#include "operators/operator.h"

namespace ebb {

struct DeadLetterOrigin {
  std::string_view topic;
  TaskId partition = 0;
};

// Headers added, besides the record's own: ebb.reason, ebb.field, ebb.message, ebb.topic, ebb.partition,
// ebb.offset, ebb.timestamp_ms, and the same in Kafka Streams' names (KIP-1034). A value longer than
// max_value_bytes is cut; ebb.value.length and ebb.value.xxh3 then describe the whole. So is a key of more
// than 16 KiB (ebb.key.*); own headers beyond 16 KiB are left out (ebb.headers.cut). A null value stays null.
OutRecord make_dead_letter(const Record& record, const Refusal& refusal, const DeadLetterOrigin& origin,
                           std::size_t max_value_bytes);

}  // namespace ebb
