// Good events and the ways to write them down, for tests.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "ebb/v1/event.pb.h"

namespace ebb::test {

// 2024-05-31T12:00:00.250Z
inline constexpr std::int64_t kSampleTimeMs = 1'717'156'800'250;

// Event "e-1" of customer "anna" without a body.
v1::Event bare_event();
// The same with a purchase of 20.00 EUR.
v1::Event purchase_event();
// One event with every field of its body set, for each body.
v1::Event full_event(v1::Event::BodyCase body);

// All pieces after one another.
template <typename... Pieces>
std::string cat(const Pieces&... pieces) {
  std::string all;
  ((all += fmt::format("{}", pieces)), ...);
  return all;
}
// `text` with each `piece` replaced.
std::string replaced(std::string text, std::string_view piece, std::string_view by);

std::string to_json(const v1::Event& event);
// Confluent's framing: byte 0, schema id 7, the given index bytes, the message.
std::string to_confluent(const v1::Event& event, std::string_view indexes = std::string_view("\0", 1));
// A structured CloudEvent around the event, with data or, if asked, data_base64.
std::string to_cloud_event(const v1::Event& event, bool base64 = false);

}  // namespace ebb::test
