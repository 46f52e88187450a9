// The newest value of a key, looked for from the end of its partition backwards.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/kafka/kafka_log.h"

namespace ebb::kafka {

// See Log::find_latest. Blocks for one or a few round trips, ten seconds at most.
Result<std::optional<std::string>> find_latest(const KafkaLogOptions& options, const std::string& topic,
                                               TaskId partition, std::string_view key);

}  // namespace ebb::kafka
