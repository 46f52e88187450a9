// ProtoJSON, written for speed and always the same bytes for the same message: what protobuf's own writer
// makes of it, except that map keys are sorted.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/types.h"

namespace google::protobuf {
class Message;
}

namespace ebb {

// Appends the message on one line, without the line's end. REQUIRES: strings are UTF-8; of the well-known
// types it holds Timestamp only, between the years 1970 and 9999.
void append_json(const google::protobuf::Message& message, std::string* out);

// Appends a string with its quotes. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string_view text, std::string* out);

// Appends an RFC 3339 time with its quotes: "2026-01-31T08:15:00.250Z". REQUIRES: as above.
void append_json_time(TimeMs at_ms, std::string* out);

}  // namespace ebb
