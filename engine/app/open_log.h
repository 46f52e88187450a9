// The log that a config names, opened for one of its uses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "engine/base/status.h"
#include "engine/embedded/embedded_log.h"
#include "engine/log.h"

namespace ebb::app {

// REQUIRES of all: the config was loaded without errors.

// For an instance with that many workers. memory_bytes: for the client's queues or the embedded log's caches.
Result<std::unique_ptr<Log>> open_kafka(const Config& config, const std::string& instance,
                                        std::size_t memory_bytes);
Result<std::unique_ptr<EmbeddedLog>> open_embedded(const Config& config, int workers,
                                                   std::size_t memory_bytes);
// For tools that read topics, or write sources on Kafka: the embedded log is opened for reading only, beside
// the process that writes it.
Result<std::unique_ptr<Log>> open_for_tools(const Config& config);

// All topics of the config, as they should be. partitions: of topics to be made. Sources, sinks, changelog.
std::vector<TopicSpec> needed_topics(const Config& config, std::int32_t partitions);
// The changelog's name, whichever log it is.
std::string changelog_topic(const Config& config);

}  // namespace ebb::app
