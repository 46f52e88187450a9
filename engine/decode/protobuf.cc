// Plain protobuf, and protobuf in Confluent's framing:
//
//   byte 0       00
//   bytes 1-4    schema id, big-endian; not looked up, the schema is known
//   then         the path to the message within its schema: a count and so many indexes, zigzag varints. The
//                path [0], the first message of the file, is mostly written as the single byte 00.
//   the rest     the message
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "ebb/v1/event.pb.h"
#include "engine/decode/formats.h"

namespace ebb {
namespace {

using Reason = DecodeRefusal::Reason;

constexpr std::size_t kPrefixBytes = 5;
constexpr std::int64_t kIndexesMax = 16;
constexpr int kVarintBytesMax = 5;

DecodeRefusal bad_frame(std::string_view what) {
  return {Reason::kMalformed, "value", fmt::format("Confluent framing: {}", what)};
}

// Takes a zigzag varint of at most 32 bits off the front.
std::optional<std::int64_t> take_zigzag(std::string_view* bytes) {
  std::uint64_t raw = 0;
  for (int i = 0; i < kVarintBytesMax && !bytes->empty(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    raw |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) == 0) return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
  }
  return std::nullopt;
}

// Takes the indexes off the front. Event is the first message of its file, the only path to it is [0].
std::optional<DecodeRefusal> take_indexes(std::string_view* bytes) {
  const std::optional<std::int64_t> count = take_zigzag(bytes);
  if (!count) return bad_frame("the count of message indexes is cut off or too long");
  if (*count < 0 || *count > kIndexesMax) return bad_frame("the count of message indexes is out of range");
  bool is_event = *count <= 1;
  for (std::int64_t i = 0; i < *count; ++i) {
    const std::optional<std::int64_t> index = take_zigzag(bytes);
    if (!index) return bad_frame("a message index is cut off or too long");
    if (*index < 0) return bad_frame("a message index is negative");
    is_event = is_event && *index == 0;
  }
  if (is_event) return std::nullopt;
  return DecodeRefusal{Reason::kBadField, "value",
                       "Confluent framing: the message indexes name another message than ebb.v1.Event ([0])"};
}

}  // namespace

std::optional<DecodeRefusal> parse_protobuf(std::string_view value, v1::Event* event) {
  if (event->ParseFromArray(value.data(), static_cast<int>(value.size()))) return std::nullopt;
  return DecodeRefusal{Reason::kMalformed, "value",
                       "not a protobuf message ebb.v1.Event with strings in UTF-8"};
}

std::optional<DecodeRefusal> parse_confluent(std::string_view value, v1::Event* event) {
  if (value.front() != '\0') return bad_frame("the first byte is not 0");
  if (value.size() <= kPrefixBytes) return bad_frame("cut off");
  value.remove_prefix(kPrefixBytes);
  if (auto refusal = take_indexes(&value)) return refusal;
  return parse_protobuf(value, event);
}

}  // namespace ebb
