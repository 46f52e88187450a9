#include "config/describe.h"

#include <fmt/format.h>

#include <array>

#include "config/client_properties.h"
#include "config/currency.h"
#include "config/scalars.h"

namespace ebb {

namespace {

constexpr std::array<std::string_view, 5> kFormats = {"auto", "protobuf", "confluent", "json", "cloudevents"};
constexpr std::array<std::string_view, 3> kKinds = {"alerts", "risk", "dead_letters"};
constexpr std::array<std::string_view, 2> kSinkFormats = {"protobuf", "json"};

// Quoted unless it can only be read as itself; a dollar is doubled so that nothing is filled in again.
std::string scalar(std::string_view text, bool keep_dollars = false) {
  if (is_word(text, "._-/", 1000) && text.front() != '-' && text != "null") return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else if (c == '$' && !keep_dollars) {
      out += "$$";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string name_list(const std::vector<std::pair<std::string, Place>>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + scalar(name.first);
  return "[" + out + "]";
}

// A node in flow style.
std::string flow(const Node& node) {
  std::string out;
  switch (node.kind()) {
    case Node::Kind::kNull:
      return "~";
    case Node::Kind::kScalar: {
      const std::string& written = node.data()->written;
      return written.empty() ? scalar(node.scalar()) : scalar(written, true);
    }
    case Node::Kind::kList:
      for (const Node& item : node.items()) out += (out.empty() ? "" : ", ") + flow(item);
      return "[" + out + "]";
    case Node::Kind::kMap:
      for (const auto& [name, value] : node.fields()) {
        out += (out.empty() ? "" : ", ") + scalar(name, true) + ": " + flow(value);
      }
      return "{" + out + "}";
  }
  return out;
}

class Writer {
 public:
  void open(std::string_view key) {
    line(fmt::format("{}:", key));
    depth_ += 2;
  }
  void close() { depth_ -= 2; }
  void field(std::string_view key, std::string_view value) { line(fmt::format("{}: {}", key, value)); }
  void text(std::string_view key, std::string_view value) { field(key, scalar(value)); }
  void duration(std::string_view key, DurationMs value) { field(key, format_duration(value)); }
  void bytes(std::string_view key, std::size_t value) {
    field(key, format_bytes(static_cast<std::int64_t>(value)));
  }
  template <typename T>
  void number(std::string_view key, T value) {
    field(key, std::to_string(value));
  }
  std::string take() { return std::move(out_); }

 private:
  void line(std::string_view text) { out_ += std::string(depth_, ' ') + std::string(text) + "\n"; }
  std::string out_;
  std::size_t depth_ = 0;
};

void write_log(const LogConfig& log, Writer* out) {
  out->open("log");
  if (log.kind == LogKind::kKafka) {
    out->open("kafka");
    out->text("brokers", log.kafka.brokers);
    if (!log.kafka.client.empty()) out->open("client");
    for (const auto& [name, value] : log.kafka.client)
      out->text(name, is_secret_property(name) ? "***" : value);
    if (!log.kafka.client.empty()) out->close();
    out->text("group", log.kafka.group);
    out->text("transactional_id_prefix", log.kafka.transactional_id_prefix);
    out->text("changelog_topic", log.kafka.changelog_topic);
    out->duration("session_timeout", log.kafka.session_timeout_ms);
    out->duration("transaction_timeout", log.kafka.transaction_timeout_ms);
    out->number("replication", log.kafka.replication);
  } else {
    out->open("embedded");
    out->text("dir", log.embedded.dir);
  }
  out->close();
  out->close();
}

void write_graph(const Config& config, Writer* out) {
  out->open("sources");
  for (const SourceConfig& source : config.sources) {
    out->field(source.name, fmt::format("{{topic: {}, format: {}}}", scalar(source.topic),
                                        kFormats[static_cast<std::size_t>(source.format)]));
  }
  out->close();
  out->open("graph");
  for (const NodeConfig& node : config.graph.nodes) {
    std::string fields = fmt::format("op: {}, from: {}", scalar(node.op), name_list(node.from));
    for (const auto& [name, value] : node.params.fields())
      fields += ", " + scalar(name, true) + ": " + flow(value);
    out->field(node.name, "{" + fields + "}");
  }
  out->close();
  out->open("sinks");
  for (const SinkConfig& sink : config.sinks) {
    const std::string from = sink.from.empty() ? "" : ", from: " + scalar(sink.from);
    out->field(sink.name, fmt::format("{{kind: {}, topic: {}{}, format: {}}}",
                                      kKinds[static_cast<std::size_t>(sink.kind)], scalar(sink.topic), from,
                                      kSinkFormats[static_cast<std::size_t>(sink.format)]));
  }
  out->close();
}

void write_time(const TimeConfig& time, Writer* out) {
  out->open("time");
  out->field("advance", time.advance == TimeAdvance::kClock ? "clock" : "events");
  out->duration("lateness", time.lateness_ms);
  out->duration("max_ahead", time.max_ahead_ms);
  out->duration("max_jump", time.max_jump_ms);
  out->number("jump_confirmations", time.jump_confirmations);
  out->duration("freshness", time.freshness_ms);
  out->duration("max_source_silence", time.max_source_silence_ms);
  out->duration("merge_wait", time.merge_wait_ms);
  out->close();
}

void write_money(const MoneyConfig& money, Writer* out) {
  out->open("money");
  out->text("currency", money.currency);
  if (!money.rates_micro.empty()) {
    out->open("rates");
    for (const auto& [code, rate] : money.rates_micro)
      out->field(code, format_rate(rate, code, money.currency));
    out->close();
  }
  out->close();
}

void write_engine(const EngineConfig& engine, Writer* out) {
  out->open("engine");
  out->number("workers", engine.workers);
  out->duration("epoch_interval", engine.epoch_interval_ms);
  out->number("epoch_max_records", engine.epoch_max_records);
  out->bytes("epoch_max_bytes", engine.epoch_max_bytes);
  out->duration("shutdown_timeout", engine.shutdown_timeout_ms);
  out->field("foreign_key", engine.foreign_key == ForeignKeyPolicy::kFail ? "fail" : "accept");
  out->bytes("max_record_bytes", engine.max_record_bytes);
  out->field("skip_gaps", engine.skip_gaps ? "true" : "false");
  out->close();
}

void write_state(const StateConfig& state, Writer* out) {
  out->open("state");
  out->text("dir", state.dir);
  if (!state.instance.empty()) out->text("instance", state.instance);
  if (state.memory_bytes == 0) {
    out->field("memory", "auto");
  } else {
    out->bytes("memory", state.memory_bytes);
  }
  out->duration("changelog_delete_retention", state.changelog_delete_retention_ms);
  out->duration("erasure_marker", state.erasure_marker_ms);
  if (state.erasure_promise_ms > 0) out->duration("erasure_promise", state.erasure_promise_ms);
  out->close();
}

void write_http(const HttpConfig& http, Writer* out) {
  if (!http.enabled) {
    out->field("http", "off");
    return;
  }
  out->open("http");
  out->text("listen", http.listen);
  if (!http.advertise.empty()) out->text("advertise", http.advertise);
  out->close();
}

}  // namespace

std::string describe(const Config& config) {
  Writer out;
  out.text("name", config.name);
  if (config.partitions > 0) out.number("partitions", config.partitions);
  write_log(config.log, &out);
  write_graph(config, &out);
  write_time(config.time, &out);
  write_money(config.money, &out);
  write_engine(config.engine, &out);
  write_state(config.state, &out);
  write_http(config.http, &out);
  out.open("logging");
  out.text("level", config.logging.level);
  out.text("format", config.logging.format);
  out.close();
  return out.take();
}

}  // namespace ebb
