#include "config/scalars.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace ebb {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array<Unit, 6> kDurations{
    {{"ms", 1}, {"s", kSecondMs}, {"m", kMinuteMs}, {"h", kHourMs}, {"d", kDayMs}, {"w", 7 * kDayMs}}};
constexpr std::array<Unit, 5> kBytes{{{"B", 1},
                                      {"KiB", std::int64_t{1} << 10},
                                      {"MiB", std::int64_t{1} << 20},
                                      {"GiB", std::int64_t{1} << 30},
                                      {"TiB", std::int64_t{1} << 40}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <typename T>
std::optional<T> parse_whole(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  const auto digits =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const auto count = parse_whole<std::int64_t>(text.substr(0, digits));
  if (!count) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (*count > std::numeric_limits<std::int64_t>::max() / unit.size) return std::nullopt;
    return *count * unit.size;
  }
  return std::nullopt;
}

std::string format_quantity(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = &units[0];
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.size == 0) best = &unit;
  }
  return fmt::format("{}{}", value / best->size, best->name);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<double> parse_number(std::string_view text) {
  auto value = parse_whole<double>(text);
  if (value && !std::isfinite(*value)) return std::nullopt;
  return value;
}

std::optional<DurationMs> parse_duration(std::string_view text) {
  return parse_quantity(text, kDurations);
}
std::optional<std::int64_t> parse_bytes(std::string_view text) {
  return parse_quantity(text, kBytes);
}

std::string format_duration(DurationMs duration_ms) {
  // Weeks are left out: "14d" is what people write.
  return format_quantity(duration_ms, std::span(kDurations).first(kDurations.size() - 1));
}
std::string format_bytes(std::int64_t bytes) {
  return format_quantity(bytes, kBytes);
}
std::string format_number(double number) {
  return fmt::format("{}", number);
}

bool is_word(std::string_view text, std::string_view also, std::size_t longest) {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alnum(c) || also.find(c) != std::string_view::npos;
  });
}

bool is_address(std::string_view text, PortRule rule) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (!port && rule != PortRule::kOptional) return false;
  if (port) {
    auto number = parse_whole<std::uint16_t>(*port);
    if (!number || (*number == 0 && rule != PortRule::kZeroAllowed)) return false;
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return is_word(host.substr(1, host.size() - 2), ":.%", 253);
  }
  return is_word(host, ".-_", 253);
}

}  // namespace ebb
