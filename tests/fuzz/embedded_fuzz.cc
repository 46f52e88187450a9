// The bytes of the embedded log.
//
// Input: a byte (0 record, 1 topic, 2 bounds, 3 number), then the bytes.
#include <string>

#include "engine/embedded/encoding.h"
#include "tests/fuzz/fuzz.h"

namespace {

using ebb::fuzz::require;

void record(std::string_view bytes) {
  ebb::Record record;
  ebb::embedded::RecordStamp stamp;
  const bool stamped = ebb::embedded::decode_stamp(bytes, &stamp);
  if (!ebb::embedded::decode_record(bytes, &record)) return;
  require(stamped, "a record has a stamp");
  ebb::embedded::Headers headers;
  for (const ebb::Header& h : record.headers) headers.emplace_back(h.name, h.value);
  ebb::embedded::RecordFields fields;
  fields.key = record.key;
  fields.value = record.value;
  fields.has_key = record.has_key;
  fields.has_value = record.has_value;
  fields.timestamp_ms = record.timestamp_ms;
  fields.headers = &headers;
  std::string written;
  ebb::embedded::encode_record(fields, stamp, &written);
  require(written.size() == ebb::embedded::encoded_size(fields), "the size is known before");
  ebb::Record again;
  require(ebb::embedded::decode_record(written, &again), "a record that was written can be read");
  require(again.key == record.key && again.value == record.value && again.has_key == record.has_key &&
              again.has_value == record.has_value && again.timestamp_ms == record.timestamp_ms &&
              again.headers.size() == record.headers.size(),
          "a record stays the same");
}

void topic(std::string_view bytes) {
  ebb::embedded::TopicMeta meta;
  if (!ebb::embedded::decode_topic(bytes, &meta)) return;
  ebb::embedded::TopicMeta again;
  require(ebb::embedded::decode_topic(ebb::embedded::encode_topic(meta), &again) && again.id == meta.id &&
              again.partitions == meta.partitions && again.compacted == meta.compacted,
          "a topic stays the same");
}

void bounds(std::string_view bytes) {
  ebb::embedded::Bounds bounds;
  if (!ebb::embedded::decode_bounds(bytes, &bounds)) return;
  require(ebb::embedded::encode_bounds(bounds) == bytes, "bounds stay the same");
}

void number(std::string_view bytes) {
  std::int64_t number = 0;
  if (!ebb::embedded::decode_number(bytes, &number)) return;
  require(ebb::embedded::encode_number(number) == bytes, "a number stays the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ebb::fuzz::Input input(data, size);
  switch (input.byte() % 4) {
    case 0:
      record(input.rest());
      break;
    case 1:
      topic(input.rest());
      break;
    case 2:
      bounds(input.rest());
      break;
    default:
      number(input.rest());
  }
  return 0;
}
