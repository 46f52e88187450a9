#include "config/client_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "config/scalars.h"

namespace ebb {

namespace {

using Type = ClientProperty::Type;
using Property = ClientProperty;

constexpr std::int64_t kIntMax = 2147483647;

Property text(std::string_view name) {
  return {name, Type::kText, 0, 0, {}};
}
Property secret(std::string_view name) {
  return {name, Type::kSecret, 0, 0, {}};
}
Property boolean(std::string_view name) {
  return {name, Type::kBoolean, 0, 0, {}};
}
Property integer(std::string_view name, std::int64_t min, std::int64_t max) {
  return {name, Type::kInteger, min, max, {}};
}
Property choice(std::string_view name, std::vector<std::string_view> choices) {
  return {name, Type::kChoice, 0, 0, std::move(choices)};
}

// Ranges as librdkafka 2.0.2 documents them.
std::vector<Property> make_properties() {
  const std::vector<std::string_view> codecs = {"none", "gzip", "snappy", "lz4", "zstd"};
  const std::vector<std::string_view> mechanisms = {"GSSAPI", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512",
                                                    "OAUTHBEARER"};
  return {
      integer("api.version.fallback.ms", 0, 604800000),
      boolean("api.version.request"),
      integer("api.version.request.timeout.ms", 1, 300000),
      choice("broker.address.family", {"any", "v4", "v6"}),
      integer("broker.address.ttl", 0, 86400000),
      text("broker.version.fallback"),
      boolean("check.crcs"),
      text("client.id"),
      text("client.rack"),
      choice("compression.codec", codecs),
      integer("compression.level", -1, 12),
      choice("compression.type", codecs),
      integer("connections.max.idle.ms", 0, kIntMax),
      text("debug"),
      boolean("enable.sasl.oauthbearer.unsecure.jwt"),
      boolean("enable.ssl.certificate.verification"),
      integer("fetch.error.backoff.ms", 0, 300000),
      integer("fetch.min.bytes", 1, 100000000),
      integer("fetch.wait.max.ms", 0, 300000),
      boolean("log.connection.close"),
      boolean("log.thread.name"),
      integer("log_level", 0, 7),
      integer("metadata.max.age.ms", 1, 86400000),
      integer("receive.message.max.bytes", 1000, kIntMax),
      integer("reconnect.backoff.max.ms", 0, 3600000),
      integer("reconnect.backoff.ms", 0, 3600000),
      integer("retry.backoff.ms", 1, 300000),
      text("sasl.kerberos.keytab"),
      text("sasl.kerberos.kinit.cmd"),
      integer("sasl.kerberos.min.time.before.relogin", 0, 86400000),
      text("sasl.kerberos.principal"),
      text("sasl.kerberos.service.name"),
      choice("sasl.mechanism", mechanisms),
      choice("sasl.mechanisms", mechanisms),
      text("sasl.oauthbearer.client.id"),
      secret("sasl.oauthbearer.client.secret"),
      secret("sasl.oauthbearer.config"),
      text("sasl.oauthbearer.extensions"),
      choice("sasl.oauthbearer.method", {"default", "oidc"}),
      text("sasl.oauthbearer.scope"),
      text("sasl.oauthbearer.token.endpoint.url"),
      secret("sasl.password"),
      text("sasl.username"),
      choice("security.protocol", {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}),
      integer("socket.connection.setup.timeout.ms", 1000, kIntMax),
      boolean("socket.keepalive.enable"),
      integer("socket.max.fails", 0, 1000000),
      integer("socket.receive.buffer.bytes", 0, 100000000),
      integer("socket.send.buffer.bytes", 0, 100000000),
      integer("socket.timeout.ms", 10, 300000),
      text("ssl.ca.location"),
      text("ssl.ca.pem"),
      text("ssl.certificate.location"),
      text("ssl.certificate.pem"),
      text("ssl.cipher.suites"),
      text("ssl.crl.location"),
      text("ssl.curves.list"),
      choice("ssl.endpoint.identification.algorithm", {"none", "https"}),
      text("ssl.key.location"),
      secret("ssl.key.password"),
      secret("ssl.key.pem"),
      text("ssl.keystore.location"),
      secret("ssl.keystore.password"),
      text("ssl.providers"),
      text("ssl.sigalgs.list"),
      integer("topic.metadata.propagation.max.ms", 0, 3600000),
      integer("topic.metadata.refresh.fast.interval.ms", 1, 60000),
      integer("topic.metadata.refresh.interval.ms", -1, 3600000),
      boolean("topic.metadata.refresh.sparse"),
  };
}

struct Refusal {
  std::string_view name;  // a trailing '*' stands for any ending
  std::string_view reason;
};

constexpr std::string_view kReads = "it would break exactly-once: Ebb reads committed records only";
constexpr std::string_view kPositions =
    "it would break exactly-once: positions are committed with the epoch, in its transaction";
constexpr std::string_view kDurable =
    "it would break exactly-once: every record must be acknowledged by all in-sync replicas, once and in "
    "order";
constexpr std::string_view kPlacement =
    "it would break the placement of customers: Ebb chooses the partition";
constexpr std::string_view kBudget = "it belongs to the memory budget; set state.memory";
constexpr std::string_view kTransaction =
    "it follows from the transaction's time limit; set log.kafka.transaction_timeout";
constexpr std::string_view kSession = "it follows from log.kafka.session_timeout";
constexpr std::string_view kOwn = "Ebb sets it itself";
constexpr std::string_view kBrokers = "set log.kafka.brokers";
constexpr std::string_view kSize = "it follows from engine.max_record_bytes";
constexpr std::string_view kCode = "it loads foreign code into Ebb";
constexpr std::string_view kTopics =
    "Ebb needs the right partition counts; 'ebb topics --create' makes its topics";
constexpr std::string_view kUnused = "librdkafka no longer uses it";

constexpr Refusal kRefusals[] = {
    {"acks", kDurable},
    {"allow.auto.create.topics", kTopics},
    {"auto.commit*", kPositions},
    {"auto.offset.reset", "it would lose or repeat records in silence; see engine.skip_gaps"},
    {"batch.*", kOwn},
    {"bootstrap.servers", kBrokers},
    {"builtin.features", kOwn},
    {"consume.callback.max.messages", kOwn},
    {"coordinator.query.interval.ms", kOwn},
    {"delivery.report.only.error", kOwn},
    {"delivery.timeout.ms", kTransaction},
    {"enable.auto.commit", kPositions},
    {"enable.auto.offset.store", kPositions},
    {"enable.gapless.guarantee", kDurable},
    {"enable.idempotence", kDurable},
    {"enable.partition.eof", kOwn},
    {"enable.random.seed", kOwn},
    {"enabled_events", kOwn},
    {"fetch.max.bytes", kBudget},
    {"fetch.message.max.bytes", kBudget},
    {"group.id", "set log.kafka.group"},
    {"group.instance.id", "it must be stable and belong to one worker; set state.instance"},
    {"group.*", "Ebb's group needs its own protocol"},
    {"heartbeat.interval.ms", kSession},
    {"internal.termination.signal", kOwn},
    {"isolation.level", kReads},
    {"linger.ms", "it delays every commit; set engine.epoch_interval"},
    {"log.queue", kOwn},
    {"max.in.flight*", kDurable},
    {"max.partition.fetch.bytes", kBudget},
    {"max.poll.interval.ms", kOwn},
    {"message.copy.max.bytes", kOwn},
    {"message.max.bytes", kSize},
    {"message.send.max.retries", kDurable},
    {"message.timeout.ms", kTransaction},
    {"metadata.broker.list", kBrokers},
    {"offset.store*", kPositions},
    {"partition.assignment.strategy", "Ebb's group needs cooperative-sticky"},
    {"partitioner", kPlacement},
    {"plugin.library.paths", kCode},
    {"produce.offset.report", kUnused},
    {"queue.buffering.max.ms", "it delays every commit; set engine.epoch_interval"},
    {"queue.buffering*", kBudget},
    {"queued.*", kBudget},
    {"queuing.strategy", kDurable},
    {"reconnect.backoff.jitter.ms", kUnused},
    {"request.required.acks", kDurable},
    {"request.timeout.ms", kTransaction},
    {"retries", kDurable},
    {"session.timeout.ms", "set log.kafka.session_timeout"},
    {"socket.blocking.max.ms", kUnused},
    {"socket.nagle.disable", kOwn},
    {"ssl.ca.certificate.stores", "it means something on Windows only"},
    {"ssl.engine.*", kCode},
    {"statistics.interval.ms", kOwn},
    {"sticky.partitioning.linger.ms", kPlacement},
    {"topic.blacklist", "it would hide topics that Ebb needs"},
    {"topic.metadata.refresh.fast.cnt", kUnused},
    {"transaction.timeout.ms", "set log.kafka.transaction_timeout"},
    {"transactional.id", "set log.kafka.transactional_id_prefix"},
    {"transactional.*", "Ebb's transactions are its own"},
};

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.back() != '*') return pattern == name;
  pattern.remove_suffix(1);
  return name.substr(0, pattern.size()) == pattern;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string ClientProperty::check(std::string_view value) const {
  switch (type) {
    case Type::kText:
    case Type::kSecret:
      return value.empty() ? "expected text, found nothing" : "";
    case Type::kBoolean:
      return value == "true" || value == "false" ? "" : "expected true or false";
    case Type::kInteger: {
      const auto number = parse_integer(value);
      if (number && *number >= min && *number <= max) return "";
      return fmt::format("expected a whole number from {} to {}", min, max);
    }
    case Type::kChoice: {
      const bool known = std::any_of(choices.begin(), choices.end(),
                                     [&](std::string_view c) { return same_ignoring_case(c, value); });
      return known ? "" : fmt::format("expected one of {}", fmt::join(choices, ", "));
    }
  }
  return "";
}

const std::vector<ClientProperty>& client_properties() {
  static const std::vector<ClientProperty> properties = make_properties();
  return properties;
}

const ClientProperty* find_client_property(std::string_view name) {
  for (const ClientProperty& property : client_properties()) {
    if (property.name == name) return &property;
  }
  return nullptr;
}

bool is_secret_property(std::string_view name) {
  const ClientProperty* property = find_client_property(name);
  return !property || property->type == ClientProperty::Type::kSecret;
}

std::string client_property_refusal(std::string_view name) {
  for (const Refusal& refusal : kRefusals) {
    if (matches(refusal.name, name)) return std::string(refusal.reason);
  }
  return {};
}

}  // namespace ebb
