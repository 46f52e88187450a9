// Currencies: how many minor units a major unit has, and rates between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace ebb {

// Three upper-case letters, as ISO 4217 has them. Whether it exists is not checked.
bool is_currency_code(std::string_view code);

// Digits after the point of an amount in major units (ISO 4217's "minor unit"): 2 for nearly all and for
// every code not in the list, 0 for JPY, 3 for KWD, ...
int currency_exponent(std::string_view code);

// A rate as people quote it: what one major unit of `currency` is worth in major units of `reporting`, a
// decimal such as "1.08". Returns what one minor unit is worth in millionths of the reporting currency's
// minor unit, exactly; between 1 and kMaxRateMicro. kInvalid: no such decimal, or more digits after the
// point than can be kept (the message says how many).
inline constexpr std::int64_t kMaxRateMicro = 1'000'000'000'000'000;
Result<std::int64_t> parse_rate(std::string_view text, std::string_view currency, std::string_view reporting);
// The inverse of parse_rate.
std::string format_rate(std::int64_t rate_micro, std::string_view currency, std::string_view reporting);

}  // namespace ebb
