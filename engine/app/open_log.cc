#include "engine/app/open_log.h"

#include <utility>

#include "engine/kafka/kafka_log.h"

namespace ebb::app {
namespace {

constexpr DurationMs kSegmentsRetentionMs = 400 * kDayMs;  // reports compare with last year
constexpr std::size_t kToolMemoryBytes = std::size_t{32} << 20;
constexpr DurationMs kCompactionLagMaxMs = kDayMs;
constexpr std::size_t kBatchOverheadBytes = std::size_t{64} << 10;  // headers and framing around a record

std::vector<std::string> source_topics(const Config& config) {
  std::vector<std::string> out;
  for (const SourceConfig& source : config.sources) out.push_back(source.topic);
  return out;
}

std::vector<std::string> sink_topics(const Config& config) {
  std::vector<std::string> out;
  for (const SinkConfig& sink : config.sinks) out.push_back(sink.topic);
  return out;
}

EmbeddedOptions embedded_options(const Config& config) {
  EmbeddedOptions options;
  options.dir = config.log.embedded.dir;
  options.partitions = config.partitions;
  options.sources = source_topics(config);
  for (const SinkConfig& sink : config.sinks)
    options.sinks.push_back({sink.topic, sink.kind == SinkKind::kRisk});
  options.changelog = changelog_topic(config);
  options.tombstone_retention_ms = config.state.changelog_delete_retention_ms;
  return options;
}

}  // namespace

std::string changelog_topic(const Config& config) {
  return config.log.kind == LogKind::kKafka ? config.log.kafka.changelog_topic : config.name + ".changelog";
}

Result<std::unique_ptr<Log>> open_kafka(const Config& config, const std::string& instance,
                                        std::size_t memory_bytes) {
  const KafkaConfig& kafka = config.log.kafka;
  KafkaLogOptions options;
  options.brokers = kafka.brokers;
  options.client = kafka.client;
  options.group = kafka.group;
  options.transactional_id_prefix = kafka.transactional_id_prefix;
  options.instance = instance;
  options.changelog_topic = kafka.changelog_topic;
  options.source_topics = source_topics(config);
  options.sink_topics = sink_topics(config);
  options.session_timeout_ms = kafka.session_timeout_ms;
  options.transaction_timeout_ms = kafka.transaction_timeout_ms;
  options.freshness_ms = config.time.freshness_ms;
  options.fetch_memory_bytes = memory_bytes;
  options.max_record_bytes = config.engine.max_record_bytes;
  options.replication = kafka.replication;
  return open_kafka_log(std::move(options));
}

Result<std::unique_ptr<EmbeddedLog>> open_embedded(const Config& config, int workers,
                                                   std::size_t memory_bytes) {
  EmbeddedOptions options = embedded_options(config);
  options.workers = workers;
  options.memory_bytes = memory_bytes;
  return open_embedded_log(options);
}

Result<std::unique_ptr<Log>> open_for_tools(const Config& config) {
  if (config.log.kind == LogKind::kKafka) return open_kafka(config, "tool", kToolMemoryBytes);
  EmbeddedOptions options = embedded_options(config);
  options.read_only = true;
  options.memory_bytes = kToolMemoryBytes;
  EBB_ASSIGN(std::unique_ptr<EmbeddedLog> log, open_embedded_log(options));
  return std::unique_ptr<Log>(std::move(log));
}

std::vector<TopicSpec> needed_topics(const Config& config, std::int32_t partitions) {
  std::vector<TopicSpec> out;
  const auto add = [&](const std::string& name, const char* policy) {
    TopicSpec& topic = out.emplace_back();
    topic.name = name;
    topic.partitions = partitions;
    topic.config.emplace_back("cleanup.policy", policy);
    topic.config.emplace_back("max.message.bytes",
                              std::to_string(config.engine.max_record_bytes + kBatchOverheadBytes));
    if (config.log.kafka.replication >= 3) topic.config.emplace_back("min.insync.replicas", "2");
  };
  for (const SourceConfig& source : config.sources) add(source.topic, "delete");
  for (const SinkConfig& sink : config.sinks) {
    add(sink.topic, sink.kind == SinkKind::kRisk ? "compact" : "delete");
    if (sink.kind == SinkKind::kSegments) {
      out.back().config.emplace_back("retention.ms", std::to_string(kSegmentsRetentionMs));
    }
  }
  add(changelog_topic(config), "compact");
  out.back().config.emplace_back("delete.retention.ms",
                                 std::to_string(config.state.changelog_delete_retention_ms));
  out.back().config.emplace_back("max.compaction.lag.ms", std::to_string(kCompactionLagMaxMs));
  return out;
}

}  // namespace ebb::app
