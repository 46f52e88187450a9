// From a record's bytes to an event that operators can rely on, or to the reason why not.
//
//   plain protobuf      the value is an ebb.v1.Event
//   Confluent framing   byte 0, schema id (4 bytes), message indexes, then the same
//   ProtoJSON           the value is the event as one JSON object
//   CloudEvents         binary (ce_* headers, the value is the event in protobuf or JSON) and structured (a
//   JSON
//                       envelope with the event in data or data_base64). Attributes fill in what the event
//                       leaves out: event_id = source|id, event_time = time, customer_id = subject.
//
// What remains empty is then filled from the record: customer_id = key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "config/config.h"
#include "engine/base/types.h"
#include "engine/decode/refusal.h"
#include "engine/log.h"

namespace google::protobuf {
class Arena;
}  // namespace google::protobuf
namespace ebb::v1 {
class Event;
}  // namespace ebb::v1

namespace ebb {

struct DecoderOptions {
  EventFormat format = EventFormat::kAuto;
  std::size_t value_bytes_max = 1'000'000;
  // An event may be this much later than the record's timestamp; clocks differ. Not checked where the log has
  // no timestamp (0 or less).
  DurationMs max_ahead_ms = std::numeric_limits<DurationMs>::max();
  // Bit n: the body with field number n of ebb.v1.Event may come (body_bit).
  std::uint32_t bodies = ~std::uint32_t{0};
};

// The bit of DecoderOptions::bodies for a v1::Event::BodyCase.
constexpr std::uint32_t body_bit(int body_case) {
  return std::uint32_t{1} << body_case;
}

// Thread-safety: const methods from any thread; each call needs an arena that no other uses meanwhile.
class Decoder {
 public:
  // Turns protobuf's own error log off for the process: it writes a line for each bad record.
  explicit Decoder(const DecoderOptions& options);

  // nullopt: *out is a validated event that lives as long as the arena. Else *out is nullptr, and what was
  // parsed stays on the arena until that is reset. REQUIRES: arena and out are not null.
  [[nodiscard]] std::optional<DecodeRefusal> decode(const Record& record, google::protobuf::Arena* arena,
                                                    const v1::Event** out) const;

 private:
  std::optional<DecodeRefusal> parse(const Record& record, v1::Event* event) const;
  std::optional<DecodeRefusal> check_against(const Record& record, const v1::Event& event) const;

  DecoderOptions options_;
};

// The event's time. REQUIRES: the event came out of a Decoder.
TimeMs event_time_ms(const v1::Event& event);

}  // namespace ebb
