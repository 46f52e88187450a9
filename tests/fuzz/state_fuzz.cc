// What stands on disk and in the changelog: rows, the position, index entries.
//
// Input: a byte (0 row, 1 position, 2 index entry), then the bytes.
#include <string>

#include "ebb/state/v1/dedupe_slice.pb.h"
#include "ebb/state/v1/value_slice.pb.h"
#include "state/disk_keys.h"
#include "state/row_codec.h"
#include "tests/fuzz/fuzz.h"

namespace {

using ebb::fuzz::require;

const ebb::RowSchema& schema() {
  static const ebb::RowSchema* const schema = [] {
    auto* s = new ebb::RowSchema();
    s->add("dedupe", &ebb::state::v1::DedupeSlice::default_instance());
    s->add("value", &ebb::state::v1::ValueSlice::default_instance());
    return s;
  }();
  return *schema;
}

// What is written after a read reads as the same again.
void row(std::string_view bytes) {
  ebb::Row row;
  if (!ebb::decode_row(bytes, schema(), &row)) return;
  const auto due_ms = ebb::peek_due(bytes);
  require(due_ms.has_value() && *due_ms == row.due_ms, "the due time is read without the rest");
  std::string once, twice;
  require(ebb::encode_row(row, schema(), &once).is_ok(), "a row that was read can be written");
  ebb::Row again;
  require(ebb::decode_row(once, schema(), &again).is_ok(), "a row that was written can be read");
  require(ebb::encode_row(again, schema(), &twice).is_ok() && once == twice, "a row stays the same");
}

void position(std::string_view bytes) {
  const auto position = ebb::decode_position(bytes);
  if (!position) return;
  const auto again = ebb::decode_position(ebb::encode_position(*position));
  require(again && again->changelog_offset == position->changelog_offset &&
              again->incarnation == position->incarnation &&
              again->in_step_wall_ms == position->in_step_wall_ms,
          "a position stays the same");
}

void index_entry(std::string_view bytes) {
  const auto timer = ebb::parse_timer_disk_key(bytes);
  if (!timer) return;
  std::string key;
  ebb::timer_disk_key(*timer, &key);
  require(key == bytes, "an index entry stays the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ebb::fuzz::Input input(data, size);
  switch (input.byte() % 3) {
    case 0:
      row(input.rest());
      break;
    case 1:
      position(input.rest());
      break;
    default:
      index_entry(input.rest());
  }
  return 0;
}
