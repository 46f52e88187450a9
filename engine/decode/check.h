// Single checks of a field, for validate(). Each returns whether the field is good; the first one that isn't
// leaves the refusal. They chain with &&, and cost a compare or two where all is well.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/decode/refusal.h"

namespace google::protobuf {
class Timestamp;
}  // namespace google::protobuf
namespace ebb::v1 {
class Money;
class Rating;
class Scale;
}  // namespace ebb::v1

namespace ebb {

inline constexpr std::size_t kIdBytesMax = 256;
inline constexpr std::size_t kTextBytesMax = 256;
inline constexpr std::size_t kReferenceBytesMax = 1024;
inline constexpr std::int64_t kMinorUnitsMax = 1'000'000'000'000'000;
inline constexpr std::int64_t kCountMax = 1'000'000'000'000'000;
inline constexpr double kNumberMax = 1e15;

// Where a field is: a list on the stack, written out only for a refusal.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  int index = -1;  // of a repeated field

  Path operator()(std::string_view child, int child_index = -1) const { return {this, child, child_index}; }
  std::string str() const;
};

class Check {
 public:
  // Leaves the refusal; always false.
  bool fail(DecodeRefusal::Reason reason, const Path& at, std::string_view message);
  bool bad(const Path& at, std::string_view message) {
    return fail(DecodeRefusal::Reason::kBadField, at, message);
  }
  bool missing(const Path& at, std::string_view message) {
    return fail(DecodeRefusal::Reason::kMissingField, at, message);
  }

  // There, at most 256 bytes of UTF-8, no control characters.
  bool id(const Path& at, std::string_view value);
  // Bounded; may be empty.
  bool text(const Path& at, std::string_view value, std::size_t bytes_max = kTextBytesMax) {
    return value.size() <= bytes_max || bad_text(at, bytes_max);
  }
  // There and bounded.
  bool name(const Path& at, std::string_view value) {
    return value.empty() ? missing(at, "expected a name") : text(at, value);
  }

  // From low to high, both included; NaN is in no range. An absent field's 0 has to be in range.
  bool range(const Path& at, double value, double low, double high) {
    return (value >= low && value <= high) || bad_range(at, low, high);
  }
  bool share(const Path& at, double value) { return range(at, value, 0, 1); }
  bool not_negative(const Path& at, double value) { return range(at, value, 0, kNumberMax); }
  bool count(const Path& at, std::int64_t value) {
    return (value >= 0 && value <= kCountMax) || bad(at, "expected a count from 0 to 10^15");
  }
  bool amount(const Path& at, std::int64_t minor_units) {
    return (minor_units >= 0 && minor_units <= kMinorUnitsMax) ||
           bad(at, "expected an amount from 0 to 10^15 minor units");
  }
  bool at_most(const Path& at, int size, int size_max) { return size <= size_max || bad_size(at, size_max); }
  bool known(const Path& at, bool is_known) {
    return is_known || bad(at, "a number that this version of the contract has no meaning for");
  }

  // Of a message: nothing to check when it isn't there.
  bool money(const Path& at, bool there, const v1::Money& value) { return !there || check_money(at, value); }
  bool time(const Path& at, bool there, const google::protobuf::Timestamp& value) {
    return !there || check_time(at, value);
  }
  bool rating(const Path& at, bool there, const v1::Rating& value) {
    return !there || check_rating(at, value);
  }
  bool scale(const Path& at, bool there, const v1::Scale& value) { return !there || check_scale(at, value); }

  std::optional<DecodeRefusal> take() { return std::move(refusal_); }

 private:
  bool bad_text(const Path& at, std::size_t bytes_max);
  bool bad_range(const Path& at, double low, double high);
  bool bad_size(const Path& at, int size_max);
  bool check_money(const Path& at, const v1::Money& value);
  bool check_time(const Path& at, const google::protobuf::Timestamp& value);
  bool check_rating(const Path& at, const v1::Rating& value);
  bool check_scale(const Path& at, const v1::Scale& value);
  bool check_bounds(const Path& at, double min, double max);

  std::optional<DecodeRefusal> refusal_;
};

}  // namespace ebb
