#include "engine/app/day_argument.h"

#include <chrono>
#include <cstdio>

namespace ebb::app {

Status parse_day(const std::string& option, const std::string& text, TimeMs* begin_ms) {
  int y = 0;
  unsigned m = 0;
  unsigned d = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &y, &m, &d, &used) != 3 ||
      static_cast<std::size_t>(used) != text.size()) {
    return Status::invalid(option + ": expected a date such as 2026-01-31, not \"" + text + "\"");
  }
  const std::chrono::year_month_day day{std::chrono::year(y), std::chrono::month(m), std::chrono::day(d)};
  if (!day.ok()) return Status::invalid(option + ": there is no such date: " + text);
  *begin_ms = std::chrono::sys_days(day).time_since_epoch().count() * kDayMs;
  return Status::ok();
}

}  // namespace ebb::app
