#include "engine/decode/check.h"

#include <fmt/format.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "ebb/v1/money.pb.h"

namespace ebb {
namespace {

constexpr std::int64_t kYear1S = -62'135'596'800;     // 0001-01-01T00:00:00Z
constexpr std::int64_t kYear9999S = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::int32_t kNanosMax = 999'999'999;

bool is_continuation(unsigned char c) {
  return (c & 0xC0) == 0x80;
}

// Length of the UTF-8 character that begins at `at` and is no control character; 0 if there is none.
std::size_t printable_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : static_cast<unsigned char>(0);
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  if (first >= 0xC2 && first <= 0xDF) {
    const bool control = first == 0xC2 && byte(1) < 0xA0;  // U+0080 to U+009F
    return is_continuation(byte(1)) && !control ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool too_long = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return is_continuation(byte(1)) && is_continuation(byte(2)) && !too_long && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool too_long = first == 0xF0 && byte(1) < 0x90;
    const bool too_high = first == 0xF4 && byte(1) >= 0x90;
    const bool whole = is_continuation(byte(1)) && is_continuation(byte(2)) && is_continuation(byte(3));
    return whole && !too_long && !too_high ? 4 : 0;
  }
  return 0;
}

bool is_printable_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = printable_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace

std::string Path::str() const {
  std::string text = parent == nullptr ? std::string() : parent->str();
  if (!text.empty()) text += '.';
  text += name;
  if (index >= 0) text += fmt::format("[{}]", index);
  return text;
}

bool Check::fail(DecodeRefusal::Reason reason, const Path& at, std::string_view message) {
  refusal_ = DecodeRefusal{reason, at.str(), std::string(message)};
  return false;
}

bool Check::id(const Path& at, std::string_view value) {
  if (value.empty()) return missing(at, "expected an id");
  if (value.size() > kIdBytesMax) return bad_text(at, kIdBytesMax);
  return is_printable_utf8(value) || bad(at, "expected UTF-8 without control characters");
}

bool Check::bad_text(const Path& at, std::size_t bytes_max) {
  return bad(at, fmt::format("expected at most {} bytes", bytes_max));
}

bool Check::bad_range(const Path& at, double low, double high) {
  return bad(at, fmt::format("expected a number from {} to {}", low, high));
}

bool Check::bad_size(const Path& at, int size_max) {
  return bad(at, fmt::format("expected at most {} entries", size_max));
}

bool Check::check_money(const Path& at, const v1::Money& value) {
  const std::string& code = value.currency_code();
  if (code.empty()) return missing(at("currency_code"), "expected an ISO 4217 code such as EUR");
  if (code.size() != 3 || !std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return bad(at("currency_code"), "expected an ISO 4217 code such as EUR");
  }
  return amount(at("minor_units"), value.minor_units());
}

bool Check::check_time(const Path& at, const google::protobuf::Timestamp& value) {
  const bool good = value.seconds() >= kYear1S && value.seconds() <= kYear9999S && value.nanos() >= 0 &&
                    value.nanos() <= kNanosMax;
  return good || bad(at, "expected a time in the years 1 to 9999");
}

bool Check::check_bounds(const Path& at, double min, double max) {
  return range(at("min"), min, -kNumberMax, kNumberMax) && range(at("max"), max, -kNumberMax, kNumberMax) &&
         (min < max || bad(at("max"), "expected a scale whose min is below its max"));
}

bool Check::check_rating(const Path& at, const v1::Rating& value) {
  return check_bounds(at, value.min(), value.max()) &&
         ((value.value() >= value.min() && value.value() <= value.max()) ||
          bad(at("value"), "expected a value within the scale, from min to max"));
}

bool Check::check_scale(const Path& at, const v1::Scale& value) {
  return check_bounds(at, value.min(), value.max());
}

}  // namespace ebb
