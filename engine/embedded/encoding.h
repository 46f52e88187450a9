// The bytes of an embedded log, in one column family. Numbers are big-endian, so that keys sort by them.
//
//   'm' topic name                                   topic: id (4), partitions (4), compacted (1)
//   'd' topic id (4), partition (4), offset (8)      record, see RecordFields
//   'i' topic id (4), partition (4), key             compacted topics: offset (8) of the key's record
//   'x' topic id (4), partition (4), offset (8)      compacted topics: there is a tombstone; append time (8)
//   'b' topic id (4), partition (4)                  bounds: first offset kept (8), next offset (8), bytes
//   (8)
//                                                    ever appended; written when records are let go
//   'c' task (4), source topic id (4)                next offset (8) of the source, as of the last epoch
//
// A record: flags (1: has key, 2: has value), bytes of the partition before it (8), append time (8),
// timestamp (8), key length (4), number of headers (4), then for each header name length (4), value length
// (4), name, value; then the key; the rest is the value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/types.h"
#include "engine/log.h"

namespace ebb::embedded {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr char kTopicPrefix = 'm';
inline constexpr char kBoundsPrefix = 'b';
inline constexpr char kPositionPrefix = 'c';

std::string topic_key(std::string_view name);
std::string data_key(std::uint32_t topic, TaskId partition, Offset offset);
std::string index_key(std::uint32_t topic, TaskId partition, std::string_view key);
std::string tombstone_key(std::uint32_t topic, TaskId partition, Offset offset);
std::string bounds_key(std::uint32_t topic, TaskId partition);
std::string position_key(TaskId task, std::uint32_t topic);

// Of a data or tombstone key. REQUIRES: it is one.
Offset offset_in_key(std::string_view key);

struct TopicMeta {
  std::uint32_t id = 0;
  std::int32_t partitions = 0;
  bool compacted = false;
};
std::string encode_topic(const TopicMeta& meta);
bool decode_topic(std::string_view bytes, TopicMeta* out);

struct Bounds {
  Offset begin = 0;
  Offset end = 0;
  std::uint64_t bytes = 0;
};
std::string encode_bounds(const Bounds& bounds);
bool decode_bounds(std::string_view bytes, Bounds* out);

std::string encode_number(std::int64_t number);
bool decode_number(std::string_view bytes, std::int64_t* out);

// What stands before the headers of a record.
struct RecordStamp {
  std::uint64_t bytes_before = 0;  // of all records ever appended to the partition before this one
  TimeMs append_ms = 0;            // never less than the record before has
};

// A record to write. Views are the caller's.
struct RecordFields {
  std::string_view key;
  std::string_view value;
  bool has_key = true;
  bool has_value = true;
  TimeMs timestamp_ms = 0;
  const Headers* headers = nullptr;  // null: none
};
std::size_t encoded_size(const RecordFields& record);
// Replaces *out.
void encode_record(const RecordFields& record, const RecordStamp& stamp, std::string* out);

// Views of `out` point into bytes. False: not a record.
bool decode_record(std::string_view bytes, Record* out);
bool decode_stamp(std::string_view bytes, RecordStamp* out);

}  // namespace ebb::embedded
