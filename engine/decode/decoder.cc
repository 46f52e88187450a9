#include "engine/decode/decoder.h"

#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/stubs/logging.h>

#include <mutex>

#include "ebb/v1/event.pb.h"
#include "engine/decode/formats.h"
#include "engine/decode/json_scan.h"
#include "engine/decode/validate.h"

namespace ebb {
namespace {

using Reason = DecodeRefusal::Reason;

// Headers decide before bytes do, since their sender meant them.
std::optional<DecodeRefusal> parse_by_record(const Record& record, v1::Event* event) {
  if (record.headers.empty()) return parse_by_bytes(record.value, event);
  const ContentType type = content_type(header(record, "content-type"));
  if (type == ContentType::kCloudEventJson) return parse_cloud_event_structured(record.value, event);
  if (type == ContentType::kCloudEventOther) {
    return DecodeRefusal{Reason::kUnknownFormat, "header content-type",
                         "expected application/cloudevents+json, one event a record"};
  }
  if (!header(record, "ce_specversion").empty()) return parse_cloud_event_binary(record, event);
  if (type == ContentType::kJson) return parse_json(record.value, event);
  return parse_by_bytes(record.value, event);
}

std::optional<DecodeRefusal> parse_cloud_event(const Record& record, v1::Event* event) {
  const ContentType type = content_type(header(record, "content-type"));
  if (type != ContentType::kCloudEventJson && !header(record, "ce_specversion").empty()) {
    return parse_cloud_event_binary(record, event);
  }
  if (type == ContentType::kCloudEventOther) {
    return DecodeRefusal{Reason::kUnknownFormat, "header content-type",
                         "expected application/cloudevents+json, one event a record"};
  }
  return parse_cloud_event_structured(record.value, event);
}

std::optional<DecodeRefusal> parse_some_json(std::string_view text, v1::Event* event) {
  // The scan is dear and almost no event has the word in it.
  if (text.find("\"specversion\"") != std::string_view::npos && scan_json(text).cloud_event) {
    return parse_cloud_event_structured(text, event);
  }
  return parse_json(text, event);
}

}  // namespace

std::optional<DecodeRefusal> parse_by_bytes(std::string_view value, v1::Event* event) {
  if (value.front() == '\0') return parse_confluent(value, event);  // no protobuf message begins with it
  const std::string_view text = without_json_lead(value);
  if (text.empty() || text.front() != '{') return parse_protobuf(value, event);
  // '{' begins no Event in protobuf, but a line feed or a blank before it may: '\n' is the tag of event_id.
  if (text.size() != value.size()) {
    if (!parse_protobuf(value, event)) return std::nullopt;
    event->Clear();
  }
  return parse_some_json(text, event);
}

Decoder::Decoder(const DecoderOptions& options) : options_(options) {
  static std::once_flag once;
  std::call_once(once, [] { google::protobuf::SetLogHandler(nullptr); });
}

std::optional<DecodeRefusal> Decoder::decode(const Record& record, google::protobuf::Arena* arena,
                                             const v1::Event** out) const {
  *out = nullptr;
  if (record.value.empty()) {
    return DecodeRefusal{Reason::kEmptyValue, "value",
                         record.has_value ? "the value is empty" : "the value is null"};
  }
  if (record.value.size() > options_.value_bytes_max) {
    return DecodeRefusal{Reason::kTooLarge, "value",
                         fmt::format("{} bytes; at most {}", record.value.size(), options_.value_bytes_max)};
  }
  auto* event = google::protobuf::Arena::CreateMessage<v1::Event>(arena);
  if (auto refusal = parse(record, event)) return refusal;
  if (event->customer_id().empty() && record.has_key) {
    event->set_customer_id(std::string(record.key));
  }
  if (auto refusal = validate(*event)) return refusal;
  if (auto refusal = check_against(record, *event)) return refusal;
  *out = event;
  return std::nullopt;
}

std::optional<DecodeRefusal> Decoder::parse(const Record& record, v1::Event* event) const {
  switch (options_.format) {
    case EventFormat::kAuto:
      return parse_by_record(record, event);
    case EventFormat::kProtobuf:
      return parse_protobuf(record.value, event);
    case EventFormat::kConfluent:
      return parse_confluent(record.value, event);
    case EventFormat::kJson:
      return parse_json(record.value, event);
    case EventFormat::kCloudEvents:
      return parse_cloud_event(record, event);
  }
  return std::nullopt;
}

// What only the record and the options can tell.
std::optional<DecodeRefusal> Decoder::check_against(const Record& record, const v1::Event& event) const {
  if (record.has_key && record.key != event.customer_id()) {
    return DecodeRefusal{Reason::kKeyMismatch, "key", "expected the key to be the event's customer_id"};
  }
  if ((options_.bodies & body_bit(event.body_case())) == 0) {
    return DecodeRefusal{Reason::kUnexpectedBody,
                         v1::Event::descriptor()->FindFieldByNumber(event.body_case())->name(),
                         "this source does not carry events of this kind"};
  }
  const bool has_limit = record.timestamp_ms > 0 && options_.max_ahead_ms < kNever - record.timestamp_ms;
  if (has_limit && event_time_ms(event) > record.timestamp_ms + options_.max_ahead_ms) {
    return DecodeRefusal{
        Reason::kTimeAhead, "event_time",
        fmt::format("expected at most {} ms after the record's timestamp", options_.max_ahead_ms)};
  }
  return std::nullopt;
}

TimeMs event_time_ms(const v1::Event& event) {
  return event.event_time().seconds() * kSecondMs + event.event_time().nanos() / 1'000'000;
}

}  // namespace ebb
