#include "operators/words.h"

#include <fmt/format.h>

#include <cmath>

namespace ebb {

std::string days_text(double days) {
  const auto whole = std::llround(days);
  if (days < 1) return "under a day";
  if (whole == 1) return "a day";
  return fmt::format("{} days", whole);
}

std::string count_text(double count, std::string_view thing) {
  const auto whole = std::llround(count);
  return fmt::format("{} {}{}", whole, thing, whole == 1 ? "" : "s");
}

std::string percent_text(double share) {
  const double percent = 100 * share;
  if (percent > 99) return "over 99 %";
  if (percent < 1) return "under 1 %";
  return fmt::format("{} %", std::llround(percent));
}

}  // namespace ebb
