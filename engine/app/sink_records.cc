#include "engine/app/sink_records.h"

#include <charconv>
#include <string_view>

#include "engine/app/show.h"
#include "engine/json/json_writer.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

namespace ebb::app {
namespace {

constexpr TimeMs kLastTimeMs = 253'402'300'799'999;  // the end of the year 9999

// No protobuf message of ours can begin with '{': it would be a group, field 15.
template <typename Message>
Result<Message> decode(std::string_view value, std::string_view what) {
  Message message;
  const bool ok =
      value.starts_with('{')
          ? google::protobuf::util::JsonStringToMessage(
                google::protobuf::StringPiece(value.data(), static_cast<std::ptrdiff_t>(value.size())),
                &message)
                .ok()
          : message.ParseFromArray(value.data(), static_cast<int>(value.size()));
  if (!ok) return Status::invalid(fmt::format("this record is no {}", what));
  return message;
}

template <typename Number>
Number number_in(std::string_view text) {
  Number n{};
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

bool take_own_header(const Header& header, v1::DeadLetter* letter) {
  const std::string value(header.value);
  if (header.name == "ebb.reason") {
    letter->set_reason(value);
  } else if (header.name == "ebb.field") {
    letter->set_field(value);
  } else if (header.name == "ebb.message") {
    letter->set_message(value);
  } else if (header.name == "ebb.topic") {
    letter->set_topic(value);
  } else if (header.name == "ebb.partition") {
    letter->set_partition(number_in<std::int32_t>(value));
  } else if (header.name == "ebb.offset") {
    letter->set_offset(number_in<std::int64_t>(value));
  } else if (header.name == "ebb.timestamp_ms") {
    const auto at_ms = number_in<std::int64_t>(value);
    if (at_ms <= 0 || at_ms > kLastTimeMs) return true;  // the log had none, or nonsense
    letter->mutable_log_time()->set_seconds(at_ms / kSecondMs);
    letter->mutable_log_time()->set_nanos(static_cast<std::int32_t>(at_ms % kSecondMs * 1'000'000));
  } else if (header.name == "ebb.value.length") {
    letter->set_value_length(number_in<std::int64_t>(value));
    letter->set_value_truncated(true);
  } else if (header.name == "ebb.value.xxh3") {
    std::uint64_t hash = 0;
    std::from_chars(value.data(), value.data() + value.size(), hash, 16);
    letter->set_value_hash(hash);
  } else {
    return header.name.starts_with("__streams.errors.");
  }
  return true;
}

template <typename Message>
std::string as_json(const Message& message) {
  std::string out;
  append_json(message, &out);
  return out;
}

std::string forgotten(const Record& record, bool json, const Painter& painter) {
  if (!json) return painter.paint(Colour::kDim, fmt::format("forgotten            {}", record.key));
  std::string out = "{\"customerId\":";
  append_json_string(record.key, &out);
  return out + ",\"forgotten\":true}";
}

}  // namespace

Result<v1::Alert> decode_alert(std::string_view value) {
  return decode<v1::Alert>(value, "alert");
}
Result<v1::Risk> decode_risk(std::string_view value) {
  return decode<v1::Risk>(value, "row of the risk table");
}

Result<v1::Request> decode_request(std::string_view value) {
  return decode<v1::Request>(value, "request");
}
Result<v1::SegmentDay> decode_segment(std::string_view value) {
  return decode<v1::SegmentDay>(value, "day of a segment");
}

v1::DeadLetter decode_dead_letter(const Record& record) {
  v1::DeadLetter letter;
  letter.set_value_length(static_cast<std::int64_t>(record.value.size()));
  for (const Header& header : record.headers) {
    if (take_own_header(header, &letter)) continue;
    v1::RecordHeader& kept = *letter.add_headers();
    kept.set_name(std::string(header.name));
    kept.set_value(std::string(header.value));
  }
  if (record.has_key) letter.set_key(std::string(record.key));
  if (record.has_value) letter.set_value(std::string(record.value));
  return letter;
}

Result<std::string> show_record(SinkKind kind, const Record& record, bool json, const Painter& painter) {
  switch (kind) {
    case SinkKind::kAlerts: {
      EBB_ASSIGN(const v1::Alert alert, decode_alert(record.value));
      return json ? as_json(alert) : alert_line(alert, painter);
    }
    case SinkKind::kRisk: {
      if (!record.has_value) return forgotten(record, json, painter);
      EBB_ASSIGN(const v1::Risk risk, decode_risk(record.value));
      return json ? as_json(risk) : risk_line(risk, painter);
    }
    case SinkKind::kRequests: {
      EBB_ASSIGN(const v1::Request request, decode_request(record.value));
      return json ? as_json(request) : request_line(request, painter);
    }
    case SinkKind::kSegments: {
      EBB_ASSIGN(const v1::SegmentDay segment, decode_segment(record.value));
      return json ? as_json(segment) : segment_line(segment, painter);
    }
    case SinkKind::kDeadLetters:
      break;
  }
  const v1::DeadLetter letter = decode_dead_letter(record);
  return json ? as_json(letter) : dead_letter_line(letter, painter);
}

}  // namespace ebb::app
