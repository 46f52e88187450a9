#include <fmt/format.h>

#include <algorithm>

#include "config/scalars.h"
#include "config/sections.h"

namespace ebb {

namespace {

// Comma-separated addresses, checked and without blanks.
std::string clean_brokers(const Node& node, Diagnostics* diagnostics) {
  const std::string& text = node.scalar();
  std::string joined;
  bool good = true;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string broker = text.substr(begin, end - begin);
    broker.erase(0, broker.find_first_not_of(' '));
    broker.erase(broker.find_last_not_of(' ') + 1);
    good = good && is_address(broker, PortRule::kOptional);
    joined += (joined.empty() ? "" : ",") + broker;
    begin = end + 1;
  }
  if (!good) {
    diagnostics->error(
        node.place(),
        fmt::format("log.kafka.brokers: expected host:port,host:port..., found {}", node.describe()));
  }
  return joined;
}

std::string read_brokers(FieldReader* reader, Diagnostics* diagnostics) {
  if (!reader->has("brokers")) {
    reader->error("brokers", "missing; expected host:port,host:port...");
    return {};
  }
  const Node node = reader->child("brokers");
  if (node.kind() != Node::Kind::kList) {
    const std::string text = reader->text("brokers", "");
    return node.kind() == Node::Kind::kScalar && !node.is_broken() ? clean_brokers(node, diagnostics) : text;
  }
  if (node.items().empty()) reader->error("brokers", "expected at least one host:port, found none");
  if (reader->names("brokers").size() != node.items().size()) return {};  // reported
  std::string joined;
  for (const Node& item : node.items())
    joined += (joined.empty() ? "" : ",") + clean_brokers(item, diagnostics);
  return joined;
}

std::string read_id(FieldReader* reader, std::string_view field, const std::string& otherwise) {
  std::string id = reader->text(field, otherwise);
  if (reader->has(field) && !is_word(id, "._-", 200)) {
    reader->error(field, "expected 1 to 200 letters, digits, '.', '_' or '-'");
  }
  return id;
}

KafkaConfig load_kafka(const Node& node, const std::string& config_name, Diagnostics* diagnostics) {
  FieldReader reader(node, "log.kafka", diagnostics);
  KafkaConfig kafka;
  kafka.brokers = read_brokers(&reader, diagnostics);
  kafka.client = load_client(reader.child("client"), diagnostics);
  kafka.group = read_id(&reader, "group", config_name);
  kafka.transactional_id_prefix = read_id(&reader, "transactional_id_prefix", config_name);
  kafka.changelog_topic = read_topic(&reader, "changelog_topic", config_name + ".changelog");
  kafka.session_timeout_ms =
      reader.duration("session_timeout", kafka.session_timeout_ms, 6 * kSecondMs, 30 * kMinuteMs);
  kafka.transaction_timeout_ms =
      reader.duration("transaction_timeout", kafka.transaction_timeout_ms, kSecondMs, 15 * kMinuteMs);
  kafka.replication = static_cast<std::int32_t>(reader.integer("replication", kafka.replication, 0, 32'767));
  return kafka;
}

EmbeddedConfig load_embedded(const Node& node, const std::string& config_name, Diagnostics* diagnostics) {
  FieldReader reader(node, "log.embedded", diagnostics);
  EmbeddedConfig embedded;
  embedded.dir = reader.text("dir", "./" + config_name + "-data");
  if (embedded.dir.empty()) reader.error("dir", "expected a folder, found nothing");
  return embedded;
}

}  // namespace

std::string read_topic(FieldReader* reader, std::string_view field, std::string otherwise) {
  std::string topic = reader->text(field, std::move(otherwise));
  if (reader->has(field) && (!is_word(topic, "._-", 249) || topic == "." || topic == "..")) {
    reader->error(field, "expected a topic's name: 1 to 249 letters, digits, '.', '_' or '-'");
  }
  return topic;
}

LogConfig load_log(const Node& node, const std::string& config_name, Diagnostics* diagnostics) {
  FieldReader reader(node, "log", diagnostics);
  LogConfig log;
  const bool kafka = reader.has("kafka");
  const bool embedded = reader.has("embedded");
  if (kafka && embedded) reader.error("embedded", "expected either kafka or embedded, found both");
  const bool a_mapping = node.kind() == Node::Kind::kMap || node.kind() == Node::Kind::kNull;
  if (!kafka && !embedded && a_mapping) {
    diagnostics->error(node.place(),
                       "log: expected kafka: {brokers: ...} or embedded: {dir: ...}, found neither");
  }
  if (kafka) {
    log.kind = LogKind::kKafka;
    log.kafka = load_kafka(reader.child("kafka"), config_name, diagnostics);
  } else {
    log.kind = LogKind::kEmbedded;
    log.embedded = load_embedded(reader.child("embedded"), config_name, diagnostics);
  }
  return log;
}

}  // namespace ebb
