// The formats of an event, one function each. They parse; what the event says is judged by validate().
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/decode/refusal.h"

namespace ebb::v1 {
class Event;
}  // namespace ebb::v1

namespace ebb {

struct Record;

// Each returns nullopt when `event`, empty before, holds what was read.
std::optional<DecodeRefusal> parse_protobuf(std::string_view value, v1::Event* event);
std::optional<DecodeRefusal> parse_confluent(std::string_view value, v1::Event* event);
std::optional<DecodeRefusal> parse_json(std::string_view value, v1::Event* event);
// The same without the short cut for what is usual; `text` begins with its first brace.
std::optional<DecodeRefusal> parse_any_json(std::string_view text, v1::Event* event);
std::optional<DecodeRefusal> parse_cloud_event_binary(const Record& record, v1::Event* event);
std::optional<DecodeRefusal> parse_cloud_event_structured(std::string_view value, v1::Event* event);
// Tells plain protobuf, Confluent and JSON (CloudEvents' envelope included) by the bytes.
std::optional<DecodeRefusal> parse_by_bytes(std::string_view value, v1::Event* event);

// The value of the last header of that name, ASCII case ignored; empty if there is none.
std::string_view header(const Record& record, std::string_view name);

// What a content type says of the value.
enum class ContentType { kNone, kProtobuf, kJson, kCloudEventJson, kCloudEventOther, kOther };
ContentType content_type(std::string_view header_value);

// A JSON text without the bytes that may stand before its first brace.
std::string_view without_json_lead(std::string_view text);

}  // namespace ebb
