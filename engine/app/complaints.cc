#include "engine/app/complaints.h"

#include "engine/app/console.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

constexpr std::int64_t kShownMax = 20;

}  // namespace

void Complaints::add(const std::string& where, const Refusal& why) {
  if (++count_ > kShownMax) return;
  complain(
      fmt::format("{}: {}{}{}: {}", where, why.reason, why.field.empty() ? "" : " ", why.field, why.message));
}

void Complaints::finish() const {
  if (count_ > kShownMax) complain(fmt::format("... and {} more", grouped(count_ - kShownMax)));
}

}  // namespace ebb::app
