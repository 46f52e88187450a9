// ProtoJSON: what is usual by usual_json.h, all else by protobuf's own parser. That parser takes more than
// JSON (single quotes, bare names, trailing commas), so the text is scanned first; and its errors quote the
// input, so they are said anew.
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "ebb/v1/event.pb.h"
#include "engine/decode/formats.h"
#include "engine/decode/json_scan.h"
#include "engine/decode/text.h"
#include "engine/decode/usual_json.h"

namespace ebb {
namespace {

using Reason = DecodeRefusal::Reason;

constexpr std::size_t kNameBytesMax = 64;

// Something that may be repeated to a person: made like the names and paths of a schema.
bool is_path(std::string_view text) {
  return !text.empty() && text.size() <= 4 * kNameBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '[' || c == ']';
  });
}

bool is_name(std::string_view text) {
  return is_path(text) && text.size() <= kNameBytesMax && text.find_first_of(".[]") == std::string_view::npos;
}

// "TYPE_INT64" and "type.googleapis.com/ebb.v1.PurchaseKind" as people say it.
std::string expected(std::string_view type) {
  if (take_prefix(&type, "TYPE_")) {
    std::string name(type);
    std::ranges::transform(name, name.begin(), ascii_lower);
    return "expected a value of type " + name;
  }
  take_prefix(&type, "type.googleapis.com/");
  if (type == "google.protobuf.Timestamp") return "expected a time such as 2024-05-31T12:00:00Z";
  if (is_path(type)) return fmt::format("expected {}", type);
  return "a value that this field can't hold";
}

DecodeRefusal unknown_field(std::string_view path, std::string_view name) {
  // The names inside a map's value are data, not fields.
  const bool in_map = path.ends_with(".value");
  std::string field(path);
  if (is_name(name) && !in_map) field += fmt::format("{}{}", field.empty() ? "" : ".", name);
  return {Reason::kUnknownField, field, "a name that ebb.v1.Event doesn't have at this place"};
}

DecodeRefusal invalid_value(std::string_view path, std::string_view type) {
  if (type == "oneof")
    return {Reason::kBadField, "", "two fields of which an event has only one (see oneof)"};
  // "Starting an object on a scalar" names the field in the place of its type.
  if (path.empty() && is_name(type)) {
    return {Reason::kBadField, std::string(type), "an object, where a single value was expected"};
  }
  return {Reason::kBadField, std::string(path), expected(type)};
}

// Reads what protobuf's parser says: "(path) name: Cannot find field.", "(path): invalid value V for type T",
// "name: Proto field is not repeating, cannot start list." V is the customer's.
DecodeRefusal say_anew(std::string_view error) {
  std::string_view path;
  if (take_prefix(&error, "(")) {
    const std::size_t end = error.find(')');
    if (end != std::string_view::npos && is_path(error.substr(0, end))) {
      path = error.substr(0, end);
      error.remove_prefix(end + 1);
    }
  }
  take_prefix(&error, " ");
  if (take_suffix(&error, ": Cannot find field.")) return unknown_field(path, error);
  if (take_suffix(&error, ": Proto field is not repeating, cannot start list.")) {
    DecodeRefusal refusal = unknown_field(path, error);
    return {Reason::kBadField, refusal.field, "a list, where a single value was expected"};
  }
  const std::size_t type = error.rfind(" for type ");
  if (error.starts_with(": invalid value ") && type != std::string_view::npos) {
    return invalid_value(path, error.substr(type + sizeof(" for type ") - 1));
  }
  return {Reason::kMalformed, std::string(path), "not ProtoJSON of ebb.v1.Event"};
}

}  // namespace

std::string_view without_json_lead(std::string_view text) {
  take_prefix(&text, "\xEF\xBB\xBF");
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

std::optional<DecodeRefusal> parse_json(std::string_view value, v1::Event* event) {
  const std::string_view text = without_json_lead(value);
  if (parse_usual_json(text, event)) return std::nullopt;
  event->Clear();
  return parse_any_json(text, event);
}

std::optional<DecodeRefusal> parse_any_json(std::string_view text, v1::Event* event) {
  const JsonScan scan = scan_json(text);
  if (!scan.ok) {
    return DecodeRefusal{Reason::kMalformed, "value", fmt::format("{}; expected one JSON object", scan.why)};
  }
  const auto status = google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, event, {});
  if (status.ok()) return std::nullopt;
  return say_anew({status.message().data(), status.message().size()});
}

}  // namespace ebb
