#include "engine/decode/usual_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>

namespace ebb {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kDigitsMax = 15;  // as many are exact in a double too

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Every function is true if what it expects stands at `at_`, which is then behind it.
class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool only(Message* message) {
    skip_blanks();
    if (!object(message)) return false;
    skip_blanks();
    return at_ == end_;
  }

 private:
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  bool is_next(char c) const { return at_ != end_ && *at_ == c; }
  bool take(char c) {
    if (!is_next(c)) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  // Between the quotes; plain ASCII.
  bool text(std::string_view* out) {
    if (!take('"')) return false;
    const char* const from = at_;
    while (at_ != end_ && *at_ != '"') {
      if (*at_ < 0x20 || *at_ == '\\') return false;  // bytes above 0x7f are negative
      ++at_;
    }
    *out = {from, static_cast<std::size_t>(at_ - from)};
    return take('"');
  }

  bool integer(std::int64_t* out) {
    const char* const from = at_;
    if (is_next('-')) ++at_;
    const char* const digits = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    const auto length = static_cast<std::size_t>(at_ - digits);
    if (length == 0 || length > kDigitsMax) return false;
    if (*digits == '0' && (length > 1 || digits != from)) return false;  // 007, -0
    return std::from_chars(from, at_, *out).ec == std::errc();
  }

  // Integer, or with a fraction; no exponent.
  bool number(double* out) {
    const char* const from = at_;
    std::int64_t whole = 0;
    if (!integer(&whole)) {
      at_ = from;
      if (!take_word("-0.")) return false;
      --at_;
    }
    if (!is_next('.')) {
      *out = static_cast<double>(whole);
      return true;
    }
    ++at_;
    const char* const digits = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != digits && std::from_chars(from, at_, *out).ec == std::errc();
  }

  // So many digits of `in` from `place` on.
  static bool digits(std::string_view in, std::size_t place, std::size_t count, int* out) {
    *out = 0;
    for (std::size_t i = place; i < place + count; ++i) {
      if (!is_digit(in[i])) return false;
      *out = 10 * *out + (in[i] - '0');
    }
    return true;
  }

  // 2024-05-31T12:00:00Z, with up to nine digits of a second's fraction.
  static bool time(std::string_view in, Message* message) {
    if (message->GetDescriptor() != google::protobuf::Timestamp::descriptor()) return false;
    constexpr std::size_t kShortest = sizeof("2024-05-31T12:00:00Z") - 1;
    int year, month, day, hour, minute, second, nanos = 0;
    if (in.size() < kShortest || in.back() != 'Z' || in[4] != '-' || in[7] != '-' || in[10] != 'T' ||
        in[13] != ':' || in[16] != ':' || !digits(in, 0, 4, &year) || !digits(in, 5, 2, &month) ||
        !digits(in, 8, 2, &day) || !digits(in, 11, 2, &hour) || !digits(in, 14, 2, &minute) ||
        !digits(in, 17, 2, &second)) {
      return false;
    }
    if (in.size() > kShortest) {
      const std::size_t length = in.size() - kShortest - 1;
      if (in[19] != '.' || length == 0 || length > 9 || !digits(in, 20, length, &nanos)) return false;
      for (std::size_t i = length; i < 9; ++i) nanos *= 10;
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (year < 1970 || !date.ok() || hour > 23 || minute > 59 || second > 59) return false;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    auto* timestamp = static_cast<google::protobuf::Timestamp*>(message);
    timestamp->set_seconds(86'400 * days + 3'600 * hour + 60 * minute + second);
    timestamp->set_nanos(nanos);
    return true;
  }

  bool message_value(Message* message) {
    if (is_next('{')) return object(message);
    std::string_view in;
    return text(&in) && time(in, message);
  }

  bool single(const FieldDescriptor* field, const Reflection* reflection, Message* message) {
    std::string_view in;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return message_value(reflection->MutableMessage(message, field));
      case FieldDescriptor::CPPTYPE_STRING:
        if (field->type() != FieldDescriptor::TYPE_STRING || !text(&in)) return false;
        reflection->SetString(message, field, std::string(in));
        return true;
      case FieldDescriptor::CPPTYPE_ENUM: {
        if (!text(&in)) return false;
        const EnumValueDescriptor* value = field->enum_type()->FindValueByName(std::string(in));
        if (value == nullptr) return false;
        reflection->SetEnum(message, field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        std::int64_t value = 0;
        const bool quoted = take('"');
        if (!integer(&value) || (quoted && !take('"'))) return false;
        reflection->SetInt64(message, field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        std::int64_t value = 0;
        if (!integer(&value) || value != static_cast<std::int32_t>(value)) return false;
        reflection->SetInt32(message, field, static_cast<std::int32_t>(value));
        return true;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        double value = 0;
        if (!number(&value)) return false;
        reflection->SetDouble(message, field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const bool value = is_next('t');
        if (!take_word(value ? "true" : "false")) return false;
        reflection->SetBool(message, field, value);
        return true;
      }
      default:
        return false;
    }
  }

  bool list(const FieldDescriptor* field, const Reflection* reflection, Message* message) {
    if (field->is_map() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || !take('[')) return false;
    skip_blanks();
    if (take(']')) return true;
    for (;;) {
      skip_blanks();
      if (!message_value(reflection->AddMessage(message, field))) return false;
      skip_blanks();
      if (take(']')) return true;
      if (!take(',')) return false;
    }
  }

  // Goes as deep as the schema does.
  bool object(Message* message) {
    const Descriptor* descriptor = message->GetDescriptor();
    const Reflection* reflection = message->GetReflection();
    // Timestamp is written as text, and is the only type of the schema that isn't written as its fields are.
    if (descriptor->file() == google::protobuf::Timestamp::descriptor()->file() || !take('{')) return false;
    std::uint64_t seen = 0;  // by the fields' places
    skip_blanks();
    if (take('}')) return true;
    for (;;) {
      std::string_view name;
      skip_blanks();
      if (!text(&name)) return false;
      const FieldDescriptor* field = descriptor->FindFieldByCamelcaseName({name.data(), name.size()});
      if (field == nullptr) field = descriptor->FindFieldByName({name.data(), name.size()});
      if (field == nullptr || field->index() > 63) return false;
      const std::uint64_t bit = std::uint64_t{1} << field->index();
      if ((seen & bit) != 0) return false;
      seen |= bit;
      const auto* oneof = field->real_containing_oneof();
      if (oneof != nullptr && reflection->HasOneof(*message, oneof)) return false;
      skip_blanks();
      if (!take(':')) return false;
      skip_blanks();
      const bool read =
          field->is_repeated() ? list(field, reflection, message) : single(field, reflection, message);
      if (!read) return false;
      skip_blanks();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  const char* at_;
  const char* const end_;
};

}  // namespace

bool parse_usual_json(std::string_view text, Message* message) {
  return Reader(text).only(message);
}

}  // namespace ebb
