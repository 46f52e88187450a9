// ProtoJSON of the events, written for speed: the same text that protobuf's own writer makes of these
// messages, except that map keys are sorted, so that the same message is always the same bytes.
#pragma once

#include <string>

#include "ebb/v1/event.pb.h"

namespace ebb::gen {

// Appends the event as one line of JSON, without the line's end.
void append_json(const v1::Event& event, std::string* out);

// Appends a string with its quotes.
void append_json_string(const std::string& text, std::string* out);

// Appends an RFC 3339 time with its quotes: "2026-01-31T08:15:00.250Z".
void append_json_time(std::int64_t at_ms, std::string* out);

}  // namespace ebb::gen
