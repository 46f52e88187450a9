// The configuration as plain structs: what config/load.h makes of the YAML file, with every default filled
// in. Whoever needs a part of it takes that leaf struct, never the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/node.h"
#include "engine/base/types.h"

namespace ebb {

enum class LogKind { kKafka, kEmbedded, kFiles };

struct KafkaConfig {
  std::string brokers;  // host:port, comma-separated
  // Properties handed to librdkafka's clients (TLS, SASL, ...), from an allow-list; secrets are resolved.
  std::vector<std::pair<std::string, std::string>> client;
  std::string group;                    // consumer group; default: the config's name
  std::string transactional_id_prefix;  // default: the config's name
  std::string changelog_topic;          // default: <name>.changelog
  DurationMs session_timeout_ms = 10'000;
  DurationMs transaction_timeout_ms = 10'000;
  std::int32_t replication = 0;  // for created topics; 0 = the broker's default
};

struct EmbeddedConfig {
  std::string dir;  // where the log lives
};

struct LogConfig {
  LogKind kind = LogKind::kEmbedded;
  KafkaConfig kafka;
  EmbeddedConfig embedded;
};

enum class EventFormat { kAuto, kProtobuf, kConfluent, kJson, kCloudEvents };

struct SourceConfig {
  std::string name;   // purchases, feedback, ...: the user's word; in a replay the file <name>.jsonl
  std::string topic;  // default: <config name>.<source name>
  EventFormat format = EventFormat::kAuto;
  Place place;  // of the name
};

// A file of a fitted model, read with the config. Its contents are the operator's to check.
struct ModelFile {
  std::string path;    // empty: none is named, or it can't be used
  std::string digest;  // 8 hex digits of a hash of its text
  Node root;
};

// One node of the graph as written; operators read their parameters from `params`.
struct NodeConfig {
  std::string name;
  std::string op;  // default: the name
  std::vector<std::pair<std::string, Place>> from;
  Node params;  // the node's mapping; `op` and `from` are already taken out
  ModelFile model;
  Place place;  // of the name; 0:0 in the default graph
};

enum class SinkKind { kAlerts, kRisk, kDeadLetters, kRequests, kSegments };
enum class SinkFormat { kProtobuf, kJson };

struct SinkConfig {
  std::string name;
  SinkKind kind = SinkKind::kAlerts;
  std::string topic;  // default: <config name>.<sink name>
  std::string from;   // node; empty for dead letters
  SinkFormat format = SinkFormat::kProtobuf;
  std::string lens;  // of alerts: the weighting by which they are told; empty: none
  Place place;
};

enum class TimeAdvance { kClock, kEvents };
enum class ForeignKeyPolicy { kFail, kAccept };

struct TimeConfig {
  TimeAdvance advance = TimeAdvance::kClock;
  DurationMs lateness_ms = 10 * kMinuteMs;
  DurationMs max_ahead_ms = kHourMs;        // an event later than its log timestamp plus this is refused
  DurationMs max_jump_ms = 30 * kDayMs;     // a jump beyond this needs confirming ...
  int jump_confirmations = 3;               // ... by so many further records
  DurationMs freshness_ms = 2 * kSecondMs;  // "at the end" must be confirmed within this
  DurationMs max_source_silence_ms = 6 * kHourMs;  // the wall clock moves the watermark no further after this
  DurationMs merge_wait_ms = 3 * kSecondMs;        // live: how long a source that lags is waited for
};

struct MoneyConfig {
  std::string currency = "USD";  // reporting currency
  // Other currencies: value of one minor unit in millionths of the reporting currency's minor unit.
  std::vector<std::pair<std::string, std::int64_t>> rates_micro;
};

struct EngineConfig {
  int workers = 0;  // threads; 0 = as many as cores
  DurationMs epoch_interval_ms = 100;
  std::size_t epoch_max_records = 50'000;
  std::size_t epoch_max_bytes = 32u << 20;  // of outputs
  DurationMs shutdown_timeout_ms = 30'000;
  ForeignKeyPolicy foreign_key = ForeignKeyPolicy::kFail;  // a key that hashes to another partition
  std::size_t max_record_bytes = 1u << 20;  // larger events are dead-lettered; larger dead letters are cut
  // Out-of-range positions: stop the task, or go on at the earliest record and count the gap.
  bool skip_gaps = false;
};

struct StateConfig {
  std::string dir;                        // default: ./<name>-state
  std::string instance;                   // instance id; empty: made once and kept in the state directory
  std::size_t memory_bytes = 512u << 20;  // one budget for everything; 0 (auto) = 60 % of the cgroup's limit
  DurationMs changelog_delete_retention_ms = kDayMs;  // delete.retention.ms; longer away: restore from empty
  DurationMs erasure_marker_ms = 30 * kDayMs;  // how long the marker of an erased customer is kept at least
  // How soon alerts and dead letters of an erased customer have gone; only to be checked. 0: no promise.
  DurationMs erasure_promise_ms = 0;
};

struct HttpConfig {
  bool enabled = true;
  std::string listen = "127.0.0.1:8080";  // host:port; port 0 = any free one
  std::string advertise;  // what other instances are told, host:port; empty: where it really listens
};

struct LoggingConfig {
  std::string level = "info";     // trace, debug, info, warn, error
  std::string format = "logfmt";  // logfmt or json
};

struct GraphConfig {
  std::vector<NodeConfig> nodes;  // in the file's order
};

struct Config {
  std::string path;  // of the file, for messages
  std::string name = "ebb";
  // Tasks of an embedded log (default 4) or a replay; on Kafka the topics have the say (0) or must agree.
  std::int32_t partitions = 0;
  LogConfig log;
  std::vector<SourceConfig> sources;
  GraphConfig graph;
  std::vector<SinkConfig> sinks;
  TimeConfig time;
  MoneyConfig money;
  EngineConfig engine;
  StateConfig state;
  HttpConfig http;
  LoggingConfig logging;
};

}  // namespace ebb
