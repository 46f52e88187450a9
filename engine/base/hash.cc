#include "engine/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ebb {

std::uint32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kM = 0x5bd1e995;
  constexpr int kR = 24;
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  std::uint32_t h = kSeed ^ static_cast<std::uint32_t>(left);
  for (; left >= 4; p += 4, left -= 4) {
    std::uint32_t k = static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8 |
                      static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24;
    k *= kM;
    k ^= k >> kR;
    k *= kM;
    h *= kM;
    h ^= k;
  }
  if (left >= 3) h ^= static_cast<std::uint32_t>(p[2]) << 16;
  if (left >= 2) h ^= static_cast<std::uint32_t>(p[1]) << 8;
  if (left >= 1) {
    h ^= p[0];
    h *= kM;
  }
  h ^= h >> 13;
  h *= kM;
  h ^= h >> 15;
  return h;
}

TaskId partition_of(std::string_view key, std::int32_t partitions) {
  return static_cast<TaskId>((murmur2(key) & 0x7fffffffU) % static_cast<std::uint32_t>(partitions));
}

std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace ebb
