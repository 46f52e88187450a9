#include "operators/money.h"

#include <absl/numeric/int128.h>
#include <fmt/format.h>

#include <algorithm>

#include "config/config.h"
#include "config/currency.h"
#include "ebb/v1/money.pb.h"
#include "operators/operator.h"

namespace ebb {
namespace {

constexpr std::int64_t kMicro = 1'000'000;

// 1234567 -> "1,234,567"
std::string grouped(std::uint64_t n) {
  const std::string digits = std::to_string(n);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out.push_back(',');
    out.push_back(digits[i]);
  }
  return out;
}

}  // namespace

std::int64_t times_micro(std::int64_t a, std::int64_t micro) {
  const absl::int128 product = absl::int128(a) * micro;
  const absl::int128 half = product < 0 ? -kMicro / 2 : kMicro / 2;
  const absl::int128 rounded = (product + half) / kMicro;
  if (rounded > kMaxMinor) return kMaxMinor;
  if (rounded < -kMaxMinor) return -kMaxMinor;
  return static_cast<std::int64_t>(rounded);
}

std::int64_t add_minor(std::int64_t a, std::int64_t b) {
  return std::clamp(a + b, -kMaxMinor, kMaxMinor);
}

Exchange::Exchange(const MoneyConfig& config)
    : currency_(config.currency),
      rates_micro_(config.rates_micro),
      decimals_(currency_exponent(config.currency)) {}

std::int64_t Exchange::rate_micro(std::string_view currency_code) const {
  if (currency_code == currency_) return kMicro;
  for (const auto& [code, rate] : rates_micro_) {
    if (code == currency_code) return rate;
  }
  return 0;
}

std::int64_t Exchange::to_reporting(std::string_view currency_code, std::int64_t minor) const {
  return times_micro(minor, rate_micro(currency_code));
}

std::int64_t Exchange::to_reporting(const v1::Money& money) const {
  return to_reporting(money.currency_code(), money.minor_units());
}

Refusal Exchange::refusal(std::string_view path) const {
  return {.reason = "unknown_currency",
          .field = std::string(path) + ".currency_code",
          .message = "neither the reporting currency " + currency_ +
                     " nor one with a rate in money.rates of the config"};
}

std::string Exchange::text(std::int64_t minor) const {
  const std::uint64_t size =
      minor < 0 ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
  std::uint64_t unit = 1;
  for (int i = 0; i < decimals_; ++i) unit *= 10;
  std::string out = fmt::format("{} {}{}", currency_, minor < 0 ? "-" : "", grouped(size / unit));
  if (decimals_ > 0) out += fmt::format(".{:0{}}", size % unit, decimals_);
  return out;
}

v1::Money Exchange::money(std::int64_t minor) const {
  v1::Money out;
  out.set_currency_code(currency_);
  out.set_minor_units(minor);
  return out;
}

}  // namespace ebb
