// The two hashes that are contracts: never std::hash for anything that leaves the process.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/types.h"

namespace ebb {

// MurmurHash2, 32 bit, seed 0x9747b28c, as the Java clients of Kafka compute it.
std::uint32_t murmur2(std::string_view bytes);

// The partition that Java's default partitioner gives a keyed record: toPositive(murmur2(key)) % partitions.
// REQUIRES: partitions > 0.
TaskId partition_of(std::string_view key, std::int32_t partitions);

// Stable 64-bit hash (XXH3) for ids kept in rows and for alert ids.
std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace ebb
