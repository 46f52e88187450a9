// Records in every format: protobuf, Confluent's framing, JSON, CloudEvents in both modes.
//
// Input: a byte of switches (below), the record's key (length, bytes), with bit 3 three CloudEvents headers'
// values (length, bytes), and the value.
#include <google/protobuf/arena.h>

#include <array>
#include <string>
#include <vector>

#include "ebb/v1/event.pb.h"
#include "engine/decode/decoder.h"
#include "tests/fuzz/fuzz.h"

namespace {

using ebb::fuzz::require;

constexpr ebb::TimeMs kLogTimeMs = 1'717'156'800'000;

constexpr std::array kFormats = {ebb::EventFormat::kAuto, ebb::EventFormat::kProtobuf,
                                 ebb::EventFormat::kJson, ebb::EventFormat::kCloudEvents};
constexpr std::uint8_t kFormatBits = 3;
constexpr std::uint8_t kHasKey = 4;
constexpr std::uint8_t kBinaryCloudEvent = 8;
constexpr std::uint8_t kJsonType = 16;
constexpr std::uint8_t kStructuredType = 32;
constexpr std::uint8_t kHasTime = 64;
constexpr std::uint8_t kNoValue = 128;

// Once more as protobuf: what was accepted is accepted, and says the same.
void decode_again(const ebb::v1::Event& event, google::protobuf::Arena* arena) {
  const std::string bytes = event.SerializeAsString();
  ebb::Record record;
  record.value = bytes;
  record.has_value = true;
  ebb::DecoderOptions options;
  options.format = ebb::EventFormat::kProtobuf;
  options.value_bytes_max = bytes.size() + 1;
  const ebb::v1::Event* again = nullptr;
  require(!ebb::Decoder(options).decode(record, arena, &again), "an accepted event is accepted as protobuf");
  require(again->SerializeAsString() == bytes, "an accepted event stays the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ebb::fuzz::Input input(data, size);
  const std::uint8_t switches = input.byte();
  ebb::Record record;
  record.key = input.text();
  record.has_key = (switches & kHasKey) != 0;
  if ((switches & kBinaryCloudEvent) != 0) {
    record.headers.push_back({"ce_specversion", "1.0"});
    record.headers.push_back({"ce_id", input.text()});
    record.headers.push_back({"ce_source", input.text()});
    record.headers.push_back({"ce_time", input.text()});
  }
  if ((switches & kJsonType) != 0) record.headers.push_back({"content-type", "application/json"});
  if ((switches & kStructuredType) != 0)
    record.headers.push_back({"content-type", "application/cloudevents+json"});
  record.timestamp_ms = (switches & kHasTime) != 0 ? kLogTimeMs : 0;
  record.has_value = (switches & kNoValue) == 0;
  if (record.has_value) record.value = input.rest();

  ebb::DecoderOptions options;
  options.format = kFormats[switches & kFormatBits];
  options.max_ahead_ms = ebb::kDayMs;
  google::protobuf::Arena arena;
  const ebb::v1::Event* event = nullptr;
  const auto refusal = ebb::Decoder(options).decode(record, &arena, &event);
  require(refusal.has_value() == (event == nullptr), "either an event or a reason");
  if (refusal) return 0;
  require(!event->event_id().empty() && !event->customer_id().empty(), "an event has an id and a customer");
  if (record.timestamp_ms > 0)
    require(ebb::event_time_ms(*event) <= kLogTimeMs + ebb::kDayMs, "no event is too far ahead");
  decode_again(*event, &arena);
  return 0;
}
