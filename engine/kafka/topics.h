// Topics as the Admin API knows them. All calls block.
#pragma once

#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/handles.h"
#include "engine/kafka/kafka_log.h"
#include "engine/log.h"

namespace ebb::kafka {

Result<std::vector<TopicState>> describe_topics(rd_kafka_t* client, const std::vector<std::string>& names);
// Returns when they can be used. A topic that is there already is left as it is.
Status create_topics(rd_kafka_t* client, const std::vector<TopicSpec>& topics, std::int32_t replication);

// Are the topics there, with one count for all sources and the changelog, and is the changelog compacted
// only? The message says what to do.
Status check_topics(rd_kafka_t* client, const KafkaLogOptions& options);

}  // namespace ebb::kafka
