// CloudEvents 1.0 on Kafka. Binary: attributes are headers ce_*, the value is the event. Structured: the
// value is a JSON envelope. An attribute never overrides what the event itself says.
#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "ebb/v1/event.pb.h"
#include "engine/decode/decoder.h"
#include "engine/decode/formats.h"
#include "engine/decode/json_scan.h"
#include "engine/decode/text.h"

namespace ebb {
namespace {

using Reason = DecodeRefusal::Reason;

// The attributes that matter here; empty = absent.
struct Attributes {
  std::string_view prefix;  // how messages name them: "header ce_", ""
  std::string_view specversion;
  std::string_view id;
  std::string_view source;
  std::string_view subject;
  std::string_view time;
};

std::string named(const Attributes& attributes, std::string_view name) {
  return fmt::format("{}{}", attributes.prefix, name);
}

std::optional<DecodeRefusal> check_version(const Attributes& attributes) {
  if (attributes.specversion.starts_with("1.")) return std::nullopt;
  return DecodeRefusal{Reason::kUnknownFormat, named(attributes, "specversion"), "expected CloudEvents 1.0"};
}

std::optional<DecodeRefusal> fill_event_id(const Attributes& attributes, v1::Event* event) {
  if (!event->event_id().empty() || (attributes.id.empty() && attributes.source.empty())) return std::nullopt;
  // Only both together are unique. A source is a URI reference, so it has no '|'.
  if (attributes.id.empty() || attributes.source.empty()) {
    return DecodeRefusal{Reason::kMissingField, named(attributes, attributes.id.empty() ? "id" : "source"),
                         "an event without event_id needs both id and source"};
  }
  event->set_event_id(fmt::format("{}|{}", attributes.source, attributes.id));
  return std::nullopt;
}

std::optional<DecodeRefusal> fill_event_time(const Attributes& attributes, v1::Event* event) {
  if (event->has_event_time() || attributes.time.empty()) return std::nullopt;
  if (google::protobuf::util::TimeUtil::FromString(std::string(attributes.time),
                                                   event->mutable_event_time())) {
    return std::nullopt;
  }
  return DecodeRefusal{Reason::kBadField, named(attributes, "time"),
                       "expected a time such as 2024-05-31T12:00:00Z"};
}

std::optional<DecodeRefusal> fill(const Attributes& attributes, v1::Event* event) {
  if (auto refusal = fill_event_id(attributes, event)) return refusal;
  if (auto refusal = fill_event_time(attributes, event)) return refusal;
  if (event->customer_id().empty() && !attributes.subject.empty()) {
    event->set_customer_id(std::string(attributes.subject));
  }
  return std::nullopt;
}

DecodeRefusal no_data() {
  return {Reason::kEmptyValue, "data", "a CloudEvent without data: nothing happened"};
}

std::optional<DecodeRefusal> parse_data(std::string_view data, ContentType type, v1::Event* event) {
  if (data.empty()) return no_data();
  switch (type) {
    case ContentType::kJson:
      return parse_json(data, event);
    case ContentType::kProtobuf:
      return data.front() == '\0' ? parse_confluent(data, event) : parse_protobuf(data, event);
    case ContentType::kNone:
      return parse_by_bytes(data, event);
    default:
      return DecodeRefusal{Reason::kUnknownFormat, "datacontenttype",
                           "expected application/json or application/protobuf"};
  }
}

using Json = nlohmann::json;

// An attribute of the envelope; one that is no string counts as wrong, not as absent.
std::optional<DecodeRefusal> take(const Json& envelope, const char* name, std::string_view* out) {
  const auto it = envelope.find(name);
  if (it == envelope.end() || it->is_null()) return std::nullopt;
  if (!it->is_string()) return DecodeRefusal{Reason::kBadField, name, "expected a string"};
  *out = it->get_ref<const std::string&>();
  return std::nullopt;
}

std::optional<DecodeRefusal> parse_envelope_data(const Json& envelope, ContentType type, v1::Event* event) {
  const auto data = envelope.find("data");
  std::string_view base64;
  if (auto refusal = take(envelope, "data_base64", &base64)) return refusal;
  if (data != envelope.end() && !data->is_null()) {
    if (!base64.empty()) return DecodeRefusal{Reason::kBadField, "data", "both data and data_base64"};
    if (!data->is_object())
      return DecodeRefusal{Reason::kBadField, "data", "expected the event as a JSON object"};
    if (type != ContentType::kNone && type != ContentType::kJson) {
      return DecodeRefusal{Reason::kUnknownFormat, "datacontenttype",
                           "data is JSON; other types come as data_base64"};
    }
    return parse_json(data->dump(), event);
  }
  if (base64.empty()) return no_data();
  std::string bytes;
  if (!absl::Base64Unescape({base64.data(), base64.size()}, &bytes)) {
    return DecodeRefusal{Reason::kBadField, "data_base64", "expected base64"};
  }
  return parse_data(bytes, type, event);
}

}  // namespace

std::string_view header(const Record& record, std::string_view name) {
  std::string_view value;
  for (const Header& h : record.headers) {
    if (same_word(h.name, name)) value = h.value;
  }
  return value;
}

ContentType content_type(std::string_view header_value) {
  std::string media(header_value.substr(0, header_value.find(';')));
  std::erase(media, ' ');
  std::ranges::transform(media, media.begin(), ascii_lower);
  std::string_view type = media;
  if (type.empty()) return ContentType::kNone;
  if (take_prefix(&type, "application/cloudevents")) {
    return type.empty() || type == "+json" ? ContentType::kCloudEventJson : ContentType::kCloudEventOther;
  }
  if (type == "application/json" || type == "text/json" || type.ends_with("+json")) return ContentType::kJson;
  if (type == "application/protobuf" || type == "application/x-protobuf" ||
      type == "application/vnd.google.protobuf" || type.ends_with("+protobuf")) {
    return ContentType::kProtobuf;
  }
  return ContentType::kOther;
}

std::optional<DecodeRefusal> parse_cloud_event_binary(const Record& record, v1::Event* event) {
  const Attributes attributes{.prefix = "header ce_",
                              .specversion = header(record, "ce_specversion"),
                              .id = header(record, "ce_id"),
                              .source = header(record, "ce_source"),
                              .subject = header(record, "ce_subject"),
                              .time = header(record, "ce_time")};
  if (auto refusal = check_version(attributes)) return refusal;
  if (auto refusal = parse_data(record.value, content_type(header(record, "content-type")), event)) {
    return refusal;
  }
  return fill(attributes, event);
}

std::optional<DecodeRefusal> parse_cloud_event_structured(std::string_view value, v1::Event* event) {
  const std::string_view text = without_json_lead(value);
  const JsonScan scan = scan_json(text);
  if (!scan.ok) {
    return DecodeRefusal{Reason::kMalformed, "value",
                         fmt::format("{}; expected a CloudEvent in JSON", scan.why)};
  }
  const Json envelope = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  Attributes attributes;
  std::string_view data_type;
  for (auto [name, out] : {std::pair{"specversion", &attributes.specversion},
                           {"id", &attributes.id},
                           {"source", &attributes.source},
                           {"subject", &attributes.subject},
                           {"time", &attributes.time},
                           {"datacontenttype", &data_type}}) {
    if (auto refusal = take(envelope, name, out)) return refusal;
  }
  if (auto refusal = check_version(attributes)) return refusal;
  if (auto refusal = parse_envelope_data(envelope, content_type(data_type), event)) return refusal;
  return fill(attributes, event);
}

}  // namespace ebb
