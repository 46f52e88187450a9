#include "engine/app/complaints.h"

#include "engine/app/console.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

constexpr std::int64_t kShownMax = 3;  // of a kind
constexpr std::size_t kKindsMax = 20;  // fields can be anything: what comes after these counts as one kind

std::string kind_text(const std::string& reason, const std::string& field) {
  return field.empty() ? reason : reason + " " + field;
}

}  // namespace

void Complaints::add(const std::string& where, const Refusal& why) {
  ++count_;
  std::pair kind(why.reason, why.field);
  if (by_kind_.size() >= kKindsMax && by_kind_.find(kind) == by_kind_.end()) kind = {"of other kinds", ""};
  if (++by_kind_[kind] > kShownMax) return;
  complain(fmt::format("{}: {}: {}", where, kind_text(why.reason, why.field), why.message));
}

void Complaints::finish() const {
  for (const auto& [kind, count] : by_kind_) {
    if (count <= kShownMax) continue;
    complain(
        fmt::format("... and {} more {}", grouped(count - kShownMax), kind_text(kind.first, kind.second)));
  }
}

}  // namespace ebb::app
