#include "engine/core/dead_letter.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "engine/base/hash.h"

namespace ebb {
namespace {

// A record's own headers may be many and large; together they get the same limit as the value.
void copy_headers(const Record& record, std::size_t max_bytes, OutRecord* out) {
  std::size_t bytes = 0;
  for (const Header& h : record.headers) {
    bytes += h.name.size() + h.value.size();
    if (bytes > max_bytes) {
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
  out.key = record.key.substr(0, max_value_bytes);
  out.value = record.value.substr(0, max_value_bytes);
  out.tombstone = !record.has_value;
  copy_headers(record, max_value_bytes, &out);
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
  if (record.value.size() > max_value_bytes) {
    add("ebb.value.length", std::to_string(record.value.size()));
    add("ebb.value.xxh3", fmt::format("{:016x}", stable_hash(record.value)));
  }
  add("__streams.errors.exception", refusal.reason);
  add("__streams.errors.message", refusal.message);
  add("__streams.errors.topic", std::string(origin.topic));
  add("__streams.errors.partition", partition);
  add("__streams.errors.offset", offset);
  return out;
}

}  // namespace ebb
