#include "engine/base/time_text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace ebb {
namespace {

constexpr TimeMs kYear0Ms = -62'167'219'200'000;
constexpr TimeMs kYear10000Ms = 253'402'300'800'000;

}  // namespace

std::string date_text(TimeMs t) {
  if (t < kYear0Ms || t >= kYear10000Ms) return std::to_string(t);
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{t}};
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string time_text(TimeMs t) {
  if (t < kYear0Ms || t >= kYear10000Ms) return std::to_string(t);
  const TimeMs day = (t % kDayMs + kDayMs) % kDayMs;
  const int ms = static_cast<int>(day % kSecondMs);
  const int s = static_cast<int>(day / kSecondMs);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "T%02d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  std::string out = date_text(t) + text.data();
  if (ms != 0) {
    std::snprintf(text.data(), text.size(), ".%03d", ms);
    out += text.data();
  }
  return out + "Z";
}

}  // namespace ebb
