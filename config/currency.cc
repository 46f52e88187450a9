#include "config/currency.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ebb {

namespace {

// ISO 4217, list one: every currency whose exponent is not 2.
constexpr std::string_view kNoMinorUnit[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                             "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view kThousandths[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view kTenThousandths[] = {"CLF", "UYW"};

template <std::size_t N>
bool holds(const std::string_view (&codes)[N], std::string_view code) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A major unit's rate times ten to this is the minor unit's in millionths; from 2 to 10.
std::size_t rate_digits(std::string_view currency, std::string_view reporting) {
  return static_cast<std::size_t>(6 + currency_exponent(reporting) - currency_exponent(currency));
}

}  // namespace

bool is_currency_code(std::string_view code) {
  return code.size() == 3 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

int currency_exponent(std::string_view code) {
  if (holds(kNoMinorUnit, code)) return 0;
  if (holds(kThousandths, code)) return 3;
  if (holds(kTenThousandths, code)) return 4;
  return 2;
}

Result<std::int64_t> parse_rate(std::string_view text, std::string_view currency,
                                std::string_view reporting) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  const bool dangling = point < text.size() && fraction.empty();
  if (whole.empty() || dangling || !all_digits(whole) || !all_digits(fraction)) {
    return Status::invalid("expected a decimal such as 1.08");
  }
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  const std::size_t kept = rate_digits(currency, reporting);
  if (fraction.size() > kept) {
    return Status::invalid(fmt::format("at most {} digits after the point can be kept exactly for {} in {}",
                                       kept, currency, reporting));
  }
  std::string digits = std::string(whole) + std::string(fraction) + std::string(kept - fraction.size(), '0');
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return Status::invalid("expected a rate above 0");
  std::int64_t value = 0;
  for (char c : digits) {
    value = value * 10 + (c - '0');
    if (value > kMaxRateMicro) {
      return Status::invalid(
          fmt::format("expected a rate of at most {}", format_rate(kMaxRateMicro, currency, reporting)));
    }
  }
  return value;
}

std::string format_rate(std::int64_t rate_micro, std::string_view currency, std::string_view reporting) {
  const std::size_t kept = rate_digits(currency, reporting);
  std::string digits = std::to_string(rate_micro);
  if (digits.size() <= kept) digits.insert(0, kept + 1 - digits.size(), '0');
  std::string fraction = digits.substr(digits.size() - kept);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  digits.resize(digits.size() - kept);
  return fraction.empty() ? digits : digits + "." + fraction;
}

}  // namespace ebb
