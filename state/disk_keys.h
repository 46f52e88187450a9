// Keys and the position row as they stand in RocksDB. In order of their first byte:
//
//   "p"                      the position: 1 byte version (1), changelog offset and wall time in step as
//   zigzag
//                            varints, then the changelog's incarnation up to the end
//   "r" customer             a row, bytes as in row_codec.h
//   "t" time customer        an index entry, no value; time: 8 bytes, big-endian, sign bit flipped, so that
//                            bytes order as times do
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "state/task_store.h"
#include "state/timer_ops.h"

namespace ebb {

inline constexpr std::string_view kPositionKey = "p";

std::string encode_position(const StorePosition& position);
std::optional<StorePosition> decode_position(std::string_view bytes);

// These overwrite *key.
void row_disk_key(std::string_view customer, std::string* key);
void timer_disk_key(const TimerView& timer, std::string* key);
std::optional<TimerView> parse_timer_disk_key(std::string_view key);

}  // namespace ebb
