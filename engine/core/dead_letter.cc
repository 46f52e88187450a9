#include "engine/core/dead_letter.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "engine/base/hash.h"

namespace ebb {
namespace {

// Of the key, and of the record's own headers together. A letter may be larger than its value's limit by no
// more than topics allow beyond the largest record, or it could never be written and would stop its task.
constexpr std::size_t kSideMaxBytes = 16 << 10;

void copy_headers(const Record& record, OutRecord* out) {
  std::size_t bytes = 0;
  for (const Header& h : record.headers) {
    bytes += h.name.size() + h.value.size();
    if (bytes > kSideMaxBytes) {
      out->headers.emplace_back("ebb.headers.cut", "true");
      return;
    }
    out->headers.emplace_back(h.name, h.value);
  }
}

}  // namespace

OutRecord make_dead_letter(const Record& record, const Refusal& refusal, const DeadLetterOrigin& origin,
                           std::size_t max_value_bytes) {
  OutRecord out;
  out.key = record.key.substr(0, kSideMaxBytes);
  out.value = record.value.substr(0, max_value_bytes);
  out.tombstone = !record.has_value;
  copy_headers(record, &out);
  auto add = [&out](std::string name, std::string value) {
    out.headers.emplace_back(std::move(name), std::move(value));
  };
  const std::string partition = std::to_string(origin.partition);
  const std::string offset = std::to_string(record.offset);
  add("ebb.reason", refusal.reason);
  add("ebb.field", refusal.field);
  add("ebb.message", refusal.message);
  add("ebb.topic", std::string(origin.topic));
  add("ebb.partition", partition);
  add("ebb.offset", offset);
  add("ebb.timestamp_ms", std::to_string(record.timestamp_ms));
  auto describe = [&add](const std::string& what, std::string_view whole) {
    add("ebb." + what + ".length", std::to_string(whole.size()));
    add("ebb." + what + ".xxh3", fmt::format("{:016x}", stable_hash(whole)));
  };
  if (record.key.size() > kSideMaxBytes) describe("key", record.key);
  if (record.value.size() > max_value_bytes) describe("value", record.value);
  add("__streams.errors.exception", refusal.reason);
  add("__streams.errors.message", refusal.message);
  add("__streams.errors.topic", std::string(origin.topic));
  add("__streams.errors.partition", partition);
  add("__streams.errors.offset", offset);
  return out;
}

}  // namespace ebb
