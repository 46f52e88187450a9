// What tools read and write an embedded log with.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/types.h"
#include "engine/embedded/log_store.h"
#include "engine/log.h"

namespace ebb::embedded {

// Reads each partition of the topic from its position on; partitions without one from the first record kept.
std::unique_ptr<TopicReader> make_topic_reader(std::shared_ptr<LogStore> store, Topic* topic,
                                               std::vector<Offset> positions);

// Hands records on in batches of a few hundred kB; a batch is there whole or not at all.
std::unique_ptr<TopicWriter> make_topic_writer(std::shared_ptr<LogStore> store);

// What EmbeddedLog::append() does.
Result<std::vector<Offset>> append_records(LogStore* store, Topic* topic,
                                           const std::vector<NewRecord>& records);

}  // namespace ebb::embedded
