// The sections that hold settings only: time, money, engine, state, http, logging.
#include <fmt/format.h>

#include <limits>

#include "config/currency.h"
#include "config/scalars.h"
#include "config/sections.h"

namespace ebb {

namespace {

constexpr DurationMs kYearMs = 365 * kDayMs;
constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kGiB = 1 << 30;

}  // namespace

TimeConfig load_time(const Node& node, Diagnostics* diagnostics) {
  FieldReader reader(node, "time", diagnostics);
  TimeConfig t;
  t.advance = static_cast<TimeAdvance>(reader.choice("advance", {"clock", "events"}, 0));
  t.lateness_ms = reader.duration("lateness", t.lateness_ms, 0, kYearMs);
  t.max_ahead_ms = reader.duration("max_ahead", t.max_ahead_ms, 0, kYearMs);
  t.max_jump_ms = reader.duration("max_jump", t.max_jump_ms, kMinuteMs, 100 * kYearMs);
  t.jump_confirmations =
      static_cast<int>(reader.integer("jump_confirmations", t.jump_confirmations, 0, 1000));
  t.freshness_ms = reader.duration("freshness", t.freshness_ms, 100, kMinuteMs);
  t.max_source_silence_ms =
      reader.duration("max_source_silence", t.max_source_silence_ms, kSecondMs, 100 * kYearMs);
  t.merge_wait_ms = reader.duration("merge_wait", t.merge_wait_ms, 3 * kSecondMs, kHourMs);
  return t;
}

MoneyConfig load_money(const Node& node, Diagnostics* diagnostics) {
  FieldReader reader(node, "money", diagnostics);
  MoneyConfig money;
  money.currency = reader.text("currency", money.currency);
  if (!is_currency_code(money.currency)) {
    reader.error("currency", fmt::format("expected an ISO 4217 code such as USD, found {}",
                                         reader.child("currency").describe()));
  }
  const Node rates = reader.child("rates");
  FieldReader rate_reader(rates, "money.rates", diagnostics);
  for (std::size_t i = 0; i < rates.fields().size(); ++i) {
    const std::string& code = rates.fields()[i].first;
    const std::string text = rate_reader.text(code, "");
    if (!is_currency_code(code)) {
      diagnostics->error(rates.key_place(i),
                         fmt::format("money.rates: expected an ISO 4217 code such as EUR, "
                                     "found '{}'",
                                     code));
    } else if (code == money.currency) {
      diagnostics->error(rates.key_place(i),
                         fmt::format("money.rates: {} is the reporting currency, its rate is 1", code));
    } else if (const Node& rate = rates.fields()[i].second;
               rate.kind() == Node::Kind::kScalar && !rate.is_broken()) {
      auto micro = parse_rate(text, code, money.currency);
      if (micro) {
        money.rates_micro.emplace_back(code, *micro);
      } else {
        rate_reader.error(code, fmt::format("{}, found {}", micro.status().message(), rate.describe()));
      }
    }
  }
  return money;
}

EngineConfig load_engine(const Node& node, Diagnostics* diagnostics) {
  FieldReader reader(node, "engine", diagnostics);
  EngineConfig e;
  e.workers = static_cast<int>(reader.integer("workers", e.workers, 0, 256));
  e.epoch_interval_ms = reader.duration("epoch_interval", e.epoch_interval_ms, 10, kMinuteMs);
  e.epoch_max_records = static_cast<std::size_t>(
      reader.integer("epoch_max_records", static_cast<std::int64_t>(e.epoch_max_records), 1, 10'000'000));
  e.epoch_max_bytes = static_cast<std::size_t>(
      reader.bytes("epoch_max_bytes", static_cast<std::int64_t>(e.epoch_max_bytes), 64 * kKiB, kGiB));
  e.shutdown_timeout_ms = reader.duration("shutdown_timeout", e.shutdown_timeout_ms, kSecondMs, kHourMs);
  e.foreign_key = static_cast<ForeignKeyPolicy>(reader.choice("foreign_key", {"fail", "accept"}, 0));
  e.max_record_bytes = static_cast<std::size_t>(
      reader.bytes("max_record_bytes", static_cast<std::int64_t>(e.max_record_bytes), kKiB, 64 * kMiB));
  e.skip_gaps = reader.boolean("skip_gaps", e.skip_gaps);
  return e;
}

StateConfig load_state(const Node& node, const std::string& config_name, Diagnostics* diagnostics) {
  FieldReader reader(node, "state", diagnostics);
  StateConfig state;
  state.dir = reader.text("dir", "./" + config_name + "-state");
  if (state.dir.empty()) reader.error("dir", "expected a folder, found nothing");
  state.instance = reader.text("instance", "");
  if (reader.has("instance") && !is_word(state.instance, "._-", 100)) {
    reader.error("instance", "expected 1 to 100 letters, digits, '.', '_' or '-'");
  }
  const Node memory = reader.child("memory");
  if (memory.kind() == Node::Kind::kScalar && memory.scalar() == "auto") {
    state.memory_bytes = 0;
  } else {
    state.memory_bytes = static_cast<std::size_t>(
        reader.bytes("memory", static_cast<std::int64_t>(state.memory_bytes), 64 * kMiB, 16'384 * kGiB));
  }
  state.changelog_delete_retention_ms =
      reader.duration("changelog_delete_retention", state.changelog_delete_retention_ms, kHourMs, kYearMs);
  state.erasure_marker_ms = reader.duration("erasure_marker", state.erasure_marker_ms, kDayMs, 100 * kYearMs);
  state.erasure_promise_ms =
      reader.duration("erasure_promise", state.erasure_promise_ms, kHourMs, 100 * kYearMs);
  return state;
}

HttpConfig load_http(const Node& node, Diagnostics* diagnostics) {
  HttpConfig http;
  if (node.kind() == Node::Kind::kScalar && !node.is_broken()) {
    http.enabled = false;
    if (node.scalar() != "off") {
      diagnostics->error(node.place(),
                         fmt::format("http: expected off or a mapping such as {{listen: 127.0.0.1:8080}}, "
                                     "found {}",
                                     node.describe()));
    }
    return http;
  }
  FieldReader reader(node, "http", diagnostics);
  http.listen = reader.text("listen", http.listen);
  if (!is_address(http.listen, PortRule::kZeroAllowed)) {
    reader.error("listen", fmt::format("expected host:port, found {}", reader.child("listen").describe()));
  }
  http.advertise = reader.text("advertise", "");
  if (reader.has("advertise") && !is_address(http.advertise, PortRule::kRequired)) {
    reader.error("advertise",
                 fmt::format("expected host:port, found {}", reader.child("advertise").describe()));
  }
  return http;
}

LoggingConfig load_logging(const Node& node, Diagnostics* diagnostics) {
  FieldReader reader(node, "logging", diagnostics);
  const std::vector<std::string_view> levels = {"trace", "debug", "info", "warn", "error"};
  const std::vector<std::string_view> formats = {"logfmt", "json"};
  LoggingConfig logging;
  logging.level = levels[reader.choice("level", levels, 2)];
  logging.format = formats[reader.choice("format", formats, 0)];
  return logging;
}

}  // namespace ebb
