#include "config/load.h"

#include <fmt/format.h>

#include <map>

#include "config/files.h"
#include "config/scalars.h"
#include "config/sections.h"
#include "config/yaml.h"

namespace ebb {

namespace {

constexpr std::size_t kLargestFile = 4u << 20;
constexpr std::int32_t kEmbeddedPartitions = 4;
constexpr std::string_view kDefaultName = "ebb";

std::string load_name(FieldReader* reader) {
  if (!reader->has("name")) {
    reader->error("name", "missing; expected a name for this config, such as shop");
    return std::string(kDefaultName);
  }
  std::string name = reader->text("name", std::string(kDefaultName));
  if (is_word(name, "._-", 100)) return name;
  reader->error("name", "expected 1 to 100 letters, digits, '.', '_' or '-'");
  return std::string(kDefaultName);
}

// `from` names sources and nodes alike, so no name may stand for both.
void check_names(const Config& config, Diagnostics* diagnostics) {
  for (const NodeConfig& node : config.graph.nodes) {
    for (const SourceConfig& source : config.sources) {
      if (node.name != source.name) continue;
      const bool written = node.place.line > 0;
      diagnostics->error(written ? node.place : source.place,
                         fmt::format("'{}' names both a source and a node{}", node.name,
                                     written ? "" : " of the default graph"));
    }
  }
}

// No topic may be used twice: not by two sources, and never as input and output.
void check_topics(const Config& config, Diagnostics* diagnostics) {
  std::map<std::string, std::string> users;
  auto use = [&](const std::string& topic, const std::string& user, Place place) {
    const auto [seen, fresh] = users.emplace(topic, user);
    if (fresh) return;
    diagnostics->error(place,
                       fmt::format("{}: the topic '{}' is already that of {}", user, topic, seen->second));
  };
  if (config.log.kind == LogKind::kKafka)
    use(config.log.kafka.changelog_topic, "log.kafka.changelog_topic", {});
  for (const SourceConfig& source : config.sources) use(source.topic, "sources." + source.name, source.place);
  for (const SinkConfig& sink : config.sinks) use(sink.topic, "sinks." + sink.name, sink.place);
}

void check_times(const Config& config, FieldReader* root) {
  if (config.log.kind == LogKind::kKafka &&
      config.engine.epoch_interval_ms >= config.log.kafka.transaction_timeout_ms) {
    root->error("engine",
                fmt::format("epoch_interval ({}) must be shorter than log.kafka.transaction_timeout ({})",
                            format_duration(config.engine.epoch_interval_ms),
                            format_duration(config.log.kafka.transaction_timeout_ms)));
  }
}

void load_root(const Node& root, Config* config, Diagnostics* diagnostics) {
  FieldReader reader(root, "", diagnostics);
  if (root.kind() != Node::Kind::kMap) return;
  config->name = load_name(&reader);
  const std::string& name = config->name;
  config->partitions = static_cast<std::int32_t>(reader.integer("partitions", 0, 1, 10'000));
  if (reader.has("log")) {
    config->log = load_log(reader.child("log"), name, diagnostics);
  } else {
    reader.error("log", "missing; expected kafka: {brokers: ...} or embedded: {dir: ...}");
  }
  if (config->partitions == 0 && config->log.kind == LogKind::kEmbedded)
    config->partitions = kEmbeddedPartitions;
  if (reader.has("sources")) {
    config->sources = load_sources(reader.child("sources"), name, diagnostics);
  } else {
    reader.error("sources", "missing; expected the input topics by name, such as purchases:");
  }
  config->graph = load_graph(reader.child("graph"), config->sources, diagnostics);
  config->sinks = load_sinks(reader.child("sinks"), config->graph, name, diagnostics);
  config->time = load_time(reader.child("time"), diagnostics);
  config->money = load_money(reader.child("money"), diagnostics);
  config->engine = load_engine(reader.child("engine"), diagnostics);
  config->state = load_state(reader.child("state"), name, diagnostics);
  config->http = load_http(reader.child("http"), diagnostics);
  config->logging = load_logging(reader.child("logging"), diagnostics);
  check_names(*config, diagnostics);
  check_topics(*config, diagnostics);
  check_times(*config, &reader);
}

}  // namespace

Config parse_config(const std::string& text, const std::string& path, Diagnostics* diagnostics) {
  Config config;
  config.path = path;
  const std::size_t before = diagnostics->errors().size();
  const Node root = parse_yaml(text, diagnostics);
  if (root.kind() != Node::Kind::kNull) {
    load_root(root, &config, diagnostics);
  } else if (diagnostics->errors().size() == before) {
    diagnostics->error({}, "the file is empty; expected at least name, log and sources");
  }
  return config;
}

Config load_config(const std::string& path, Diagnostics* diagnostics) {
  auto text = read_file(path, kLargestFile);
  if (text) return parse_config(*text, path, diagnostics);
  diagnostics->error({}, fmt::format("can't read the file: {}", text.status().message()));
  Config config;
  config.path = path;
  return config;
}

}  // namespace ebb
