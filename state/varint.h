// Little helpers for bytes that leave the process: varints as protobuf writes them (7 bits a byte, lowest
// first), zigzag for signed values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ebb {

inline constexpr std::size_t kMaxVarintBytes = 10;

inline std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
inline std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1));
}

inline std::size_t varint_size(std::uint64_t v) {
  std::size_t size = 1;
  for (; v >= 0x80; v >>= 7) ++size;
  return size;
}

// Returns the place after what was written. REQUIRES: varint_size(v) bytes of room.
inline std::uint8_t* write_varint(std::uint64_t v, std::uint8_t* to) {
  for (; v >= 0x80; v >>= 7) *to++ = static_cast<std::uint8_t>(v | 0x80);
  *to++ = static_cast<std::uint8_t>(v);
  return to;
}

// Takes a varint off the front of `in`; false when it is cut off or longer than 64 bits.
inline bool read_varint(std::string_view* in, std::uint64_t* out) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < in->size() && i < kMaxVarintBytes; ++i) {
    const auto byte = static_cast<std::uint8_t>((*in)[i]);
    if (i == kMaxVarintBytes - 1 && byte > 1) return false;
    v |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      in->remove_prefix(i + 1);
      *out = v;
      return true;
    }
  }
  return false;
}

}  // namespace ebb
