// Records of the sinks, decoded: what the engine wrote, as messages again.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "ebb/v1/alert.pb.h"
#include "ebb/v1/dead_letter.pb.h"
#include "ebb/v1/request.pb.h"
#include "ebb/v1/risk.pb.h"
#include "ebb/v1/segment.pb.h"
#include "engine/app/console.h"
#include "engine/base/status.h"
#include "engine/log.h"

namespace ebb::app {

// Protobuf or JSON, told by the first byte. kInvalid: neither.
Result<v1::Alert> decode_alert(std::string_view value);
Result<v1::Risk> decode_risk(std::string_view value);
Result<v1::Request> decode_request(std::string_view value);
Result<v1::SegmentDay> decode_segment(std::string_view value);
// From the raw record with its reason in headers (see the engine's dead letters).
v1::DeadLetter decode_dead_letter(const Record& record);

// A record to be shown: as JSON, or as a line for people. A null value of the risk table reads as a customer
// who is forgotten. Without the line's end.
Result<std::string> show_record(SinkKind kind, const Record& record, bool json, const Painter& painter);

}  // namespace ebb::app
