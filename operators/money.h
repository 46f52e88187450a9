// Amounts of any currency as minor units of the reporting currency: whole numbers, exactly rounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ebb::v1 {
class Money;
}

namespace ebb {

struct MoneyConfig;
struct Refusal;  // operators/operator.h

// Immutable; thread-safe.
class Exchange {
 public:
  explicit Exchange(const MoneyConfig& config);

  const std::string& currency() const { return currency_; }
  bool knows(std::string_view currency_code) const { return rate_micro(currency_code) != 0; }

  // Why an event with an unknown currency can't be used; path: of the amount.
  Refusal refusal(std::string_view path) const;

  // Rounded half away from zero, at most kMaxMinor either way. REQUIRES: knows(its currency).
  std::int64_t to_reporting(const v1::Money& money) const;
  std::int64_t to_reporting(std::string_view currency_code, std::int64_t minor) const;

  // For people: "EUR 1,234.50", with as many decimals as the currency has.
  std::string text(std::int64_t minor) const;
  v1::Money money(std::int64_t minor) const;

 private:
  std::int64_t rate_micro(std::string_view currency_code) const;  // 0: unknown

  std::string currency_;
  std::vector<std::pair<std::string, std::int64_t>> rates_micro_;
  int decimals_;
};

inline constexpr std::int64_t kMaxMinor = 1'000'000'000'000'000'000;

// a * micro / 1'000'000, rounded half away from zero, at most kMaxMinor either way.
std::int64_t times_micro(std::int64_t a, std::int64_t micro);
// a + b, at most kMaxMinor either way. REQUIRES: both within that.
std::int64_t add_minor(std::int64_t a, std::int64_t b);

}  // namespace ebb
