#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "tests/simulation/world.h"

namespace ebb::sim {
namespace {

std::string shorten(const std::string& bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 400)) {
    const auto u = static_cast<unsigned char>(c);
    out += u >= 0x20 && u < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", u);
  }
  return out;
}

std::string lists_differ(const std::string& name, const std::vector<std::string>& a,
                         const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i < a.size() && i < b.size() && a[i] == b[i]) continue;
    const std::string want = i < a.size() ? shorten(a[i]) : "(nothing)";
    const std::string got = i < b.size() ? shorten(b[i]) : "(nothing)";
    return fmt::format(
        "{}: record {} of {} differs from that of the run without faults ({} records)\n  want {}\n  got  {}",
        name, i, b.size(), a.size(), want, got);
  }
  return {};
}

std::string rows_differ(TaskId task, const std::map<std::string, std::string>& a,
                        const std::map<std::string, std::string>& b) {
  for (const auto& [key, value] : a) {
    const auto it = b.find(key);
    if (it == b.end()) return fmt::format("task {}: row {} is not there", task, key);
    if (it->second != value) {
      return fmt::format("task {}: row {} differs\n  want {}\n  got  {}", task, key, shorten(value),
                         shorten(it->second));
    }
  }
  for (const auto& [key, value] : b) {
    if (a.count(key) == 0) return fmt::format("task {}: row {} should not be there", task, key);
  }
  return {};
}

std::string source_differs(TaskId task, const SourceProgress& a, const SourceProgress& b) {
  if (a.counts == b.counts && a.next_offset == b.next_offset && a.clock.largest_ms == b.clock.largest_ms &&
      a.gaps == b.gaps)
    return {};
  const auto text = [](const SourceProgress& p) {
    return fmt::format("next {} applied {} duplicate {} dead-lettered {} erased {} largest {}", p.next_offset,
                       p.counts.applied, p.counts.duplicate, p.counts.dead_lettered, p.counts.erased,
                       p.clock.largest_ms);
  };
  return fmt::format("task {}: {} differs\n  want {}\n  got  {}", task, a.name, text(a), text(b));
}

std::string progress_differs(TaskId task, const TaskProgress& a, const TaskProgress& b) {
  for (std::size_t s = 0; s < a.sources.size(); ++s) {
    if (auto why = source_differs(task, a.sources[s], b.sources[s]); !why.empty()) return why;
  }
  if (a.timers_fired != b.timers_fired)
    return fmt::format("task {}: {} timers fired instead of {}", task, b.timers_fired, a.timers_fired);
  if (a.outputs != b.outputs) return fmt::format("task {}: the counts of outputs differ", task);
  return {};
}

}  // namespace

std::string difference(const Outcome& expected, const Outcome& actual) {
  for (const auto& [name, records] : expected.outputs) {
    if (auto why = lists_differ(name, records, actual.outputs.at(name)); !why.empty()) return why;
  }
  for (const auto& [task, rows] : expected.rows) {
    if (auto why = rows_differ(task, rows, actual.rows.at(task)); !why.empty()) return why;
  }
  for (const auto& [task, progress] : expected.progress) {
    if (auto why = progress_differs(task, progress, actual.progress.at(task)); !why.empty()) return why;
  }
  return {};
}

}  // namespace ebb::sim
