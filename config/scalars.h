// The scalars of the config file as values and back. Nothing here knows of places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/types.h"

namespace ebb {

// Decimal digits with an optional sign; nothing else.
std::optional<std::int64_t> parse_integer(std::string_view text);
// A finite decimal number: 1, -0.5, 1e-3.
std::optional<double> parse_number(std::string_view text);
// A whole number >= 0 and a unit: ms, s, m, h, d, w.
std::optional<DurationMs> parse_duration(std::string_view text);
// A whole number >= 0 and a unit: B, KiB, MiB, GiB, TiB.
std::optional<std::int64_t> parse_bytes(std::string_view text);

// In the largest unit that divides it: 90000 -> "90s", 86400000 -> "1d".
std::string format_duration(DurationMs duration_ms);
std::string format_bytes(std::int64_t bytes);
std::string format_number(double number);

// host:port, port from 1 to 65535; an IPv6 host stands in brackets.
enum class PortRule { kRequired, kOptional, kZeroAllowed };
bool is_address(std::string_view text, PortRule rule);
// Every character a letter, a digit or one of `also`; length from 1 to `longest`.
bool is_word(std::string_view text, std::string_view also, std::size_t longest);

}  // namespace ebb
