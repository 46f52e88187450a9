// The log on Apache Kafka: sources, changelog and sinks are topics, an epoch is one transaction, a consumer
// group places the tasks. How and why: docs on the commit, and the headers of the parts in this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/log.h"

namespace ebb {

struct KafkaLogOptions {
  std::string brokers;  // host:port, comma-separated
  // Handed to every librdkafka client (TLS, SASL, ...). What exactly-once needs is set after them and wins.
  std::vector<std::pair<std::string, std::string>> client;

  std::string group;
  std::string transactional_id_prefix;
  std::string instance;  // unique among the live instances of the group, the same after a restart

  std::string changelog_topic;
  std::vector<std::string> source_topics;  // by SourceId
  std::vector<std::string> sink_topics;    // by OutRecord::sink

  DurationMs session_timeout_ms = 10'000;      // how long a dead instance keeps its tasks
  DurationMs transaction_timeout_ms = 10'000;  // also the longest that a commit is waited for
  DurationMs freshness_ms = 2'000;             // ends are asked for twice in this time, see SourceEnd
  std::size_t fetch_memory_bytes = 64u << 20;  // records read ahead, all workers together
  std::size_t max_record_bytes = 1'000'000;    // key + value + headers of what is written
  std::int32_t replication = 0;                // of created topics; 0 = the broker's default
};

// Doesn't connect yet: brokers that are away are told by the calls that need them. Errors: kInvalid for a
// client property that librdkafka refuses.
Result<std::unique_ptr<Log>> open_kafka_log(KafkaLogOptions options);

}  // namespace ebb
