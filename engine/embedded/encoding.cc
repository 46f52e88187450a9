#include "engine/embedded/encoding.h"

#include <cstddef>

namespace ebb::embedded {
namespace {

constexpr unsigned char kHasKey = 1;
constexpr unsigned char kHasValue = 2;
constexpr std::size_t kRecordHeadBytes = 1 + 8 + 8 + 8 + 4 + 4;

void put32(std::uint32_t v, std::string* out) {
  const char bytes[4] = {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
                         static_cast<char>(v)};
  out->append(bytes, sizeof bytes);
}

void put64(std::uint64_t v, std::string* out) {
  put32(static_cast<std::uint32_t>(v >> 32), out);
  put32(static_cast<std::uint32_t>(v), out);
}

void put_signed(std::int64_t v, std::string* out) {
  put64(static_cast<std::uint64_t>(v), out);
}

// Takes numbers off the front of a view; `ok` turns false when there is too little, and stays so.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(std::size_t n) {
    if (n > bytes_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }
  std::uint64_t take_number(std::size_t n) {
    std::uint64_t v = 0;
    for (const char c : take(n)) v = v << 8 | static_cast<unsigned char>(c);
    return v;
  }
  std::uint32_t take32() { return static_cast<std::uint32_t>(take_number(4)); }
  std::int64_t take_signed() { return static_cast<std::int64_t>(take_number(8)); }
  std::string_view rest() const { return bytes_; }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

std::string partition_key(char prefix, std::uint32_t topic, TaskId partition) {
  std::string key(1, prefix);
  put32(topic, &key);
  put32(static_cast<std::uint32_t>(partition), &key);
  return key;
}

}  // namespace

std::string topic_key(std::string_view name) {
  return std::string(1, kTopicPrefix).append(name);
}

std::string data_key(std::uint32_t topic, TaskId partition, Offset offset) {
  std::string key = partition_key('d', topic, partition);
  put_signed(offset, &key);
  return key;
}

std::string index_key(std::uint32_t topic, TaskId partition, std::string_view key) {
  return partition_key('i', topic, partition).append(key);
}

std::string tombstone_key(std::uint32_t topic, TaskId partition, Offset offset) {
  std::string key = partition_key('x', topic, partition);
  put_signed(offset, &key);
  return key;
}

std::string bounds_key(std::uint32_t topic, TaskId partition) {
  return partition_key(kBoundsPrefix, topic, partition);
}

std::string position_key(TaskId task, std::uint32_t topic) {
  return partition_key(kPositionPrefix, static_cast<std::uint32_t>(task), static_cast<TaskId>(topic));
}

Offset offset_in_key(std::string_view key) {
  return Cursor(key.substr(9)).take_signed();
}

std::string encode_topic(const TopicMeta& meta) {
  std::string out;
  put32(meta.id, &out);
  put32(static_cast<std::uint32_t>(meta.partitions), &out);
  out.push_back(meta.compacted ? 1 : 0);
  return out;
}

bool decode_topic(std::string_view bytes, TopicMeta* out) {
  Cursor in(bytes);
  out->id = in.take32();
  out->partitions = static_cast<std::int32_t>(in.take32());
  out->compacted = in.take_number(1) != 0;
  return in.done() && out->partitions > 0;
}

std::string encode_bounds(const Bounds& bounds) {
  std::string out;
  put_signed(bounds.begin, &out);
  put_signed(bounds.end, &out);
  put64(bounds.bytes, &out);
  return out;
}

bool decode_bounds(std::string_view bytes, Bounds* out) {
  Cursor in(bytes);
  out->begin = in.take_signed();
  out->end = in.take_signed();
  out->bytes = in.take_number(8);
  return in.done();
}

std::string encode_number(std::int64_t number) {
  std::string out;
  put_signed(number, &out);
  return out;
}

bool decode_number(std::string_view bytes, std::int64_t* out) {
  Cursor in(bytes);
  *out = in.take_signed();
  return in.done();
}

std::size_t encoded_size(const RecordFields& record) {
  std::size_t size = kRecordHeadBytes + record.key.size() + record.value.size();
  if (record.headers != nullptr) {
    for (const auto& [name, value] : *record.headers) size += 8 + name.size() + value.size();
  }
  return size;
}

void encode_record(const RecordFields& record, const RecordStamp& stamp, std::string* out) {
  out->clear();
  out->reserve(encoded_size(record));
  out->push_back(static_cast<char>((record.has_key ? kHasKey : 0) | (record.has_value ? kHasValue : 0)));
  put64(stamp.bytes_before, out);
  put_signed(stamp.append_ms, out);
  put_signed(record.timestamp_ms, out);
  put32(static_cast<std::uint32_t>(record.key.size()), out);
  put32(record.headers == nullptr ? 0 : static_cast<std::uint32_t>(record.headers->size()), out);
  if (record.headers != nullptr) {
    for (const auto& [name, value] : *record.headers) {
      put32(static_cast<std::uint32_t>(name.size()), out);
      put32(static_cast<std::uint32_t>(value.size()), out);
      out->append(name).append(value);
    }
  }
  out->append(record.key).append(record.value);
}

bool decode_record(std::string_view bytes, Record* out) {
  Cursor in(bytes);
  const auto flags = in.take_number(1);
  in.take(16);  // the stamp
  out->timestamp_ms = in.take_signed();
  const std::uint32_t key_size = in.take32();
  const std::uint32_t headers = in.take32();
  out->headers.clear();
  for (std::uint32_t i = 0; i < headers && in.ok(); ++i) {
    const std::uint32_t name_size = in.take32();
    const std::uint32_t value_size = in.take32();
    Header header;
    header.name = in.take(name_size);
    header.value = in.take(value_size);
    out->headers.push_back(header);
  }
  out->key = in.take(key_size);
  out->value = in.rest();
  out->has_key = (flags & kHasKey) != 0;
  out->has_value = (flags & kHasValue) != 0;
  return in.ok();
}

bool decode_stamp(std::string_view bytes, RecordStamp* out) {
  Cursor in(bytes);
  in.take(1);
  out->bytes_before = in.take_number(8);
  out->append_ms = in.take_signed();
  return in.ok();
}

}  // namespace ebb::embedded
