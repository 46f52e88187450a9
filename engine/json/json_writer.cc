#include "engine/json/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/escaping.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace ebb {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

void append_message(const Message& message, std::string* out);

template <typename T>
void append_number(T value, std::string* out) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out->append(text, end);
}

void append_digits(std::int64_t value, int digits, std::string* out) {
  char text[20];
  for (int i = digits - 1; i >= 0; --i, value /= 10) text[i] = static_cast<char>('0' + value % 10);
  out->append(text, static_cast<std::size_t>(digits));
}

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Bytes of the UTF-8 character of several bytes at the front of text; 0: it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) >= 0xc2 && byte(0) < 0xe0   ? 2
                             : byte(0) >= 0xe0 && byte(0) < 0xf0 ? 3
                             : byte(0) >= 0xf0 && byte(0) < 0xf5 ? 4
                                                                 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;
  if (byte(0) == 0xed && byte(1) >= 0xa0) return 0;
  if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xf4 && byte(1) >= 0x90) return 0;
  return length;
}

// Days since 1970 to a date (Howard Hinnant's civil_from_days). REQUIRES: days >= 0.
void append_date(std::int64_t days, std::string* out) {
  const std::int64_t z = days + 719'468;
  const std::int64_t era = z / 146'097;
  const std::int64_t day_of_era = z - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  append_digits(year_of_era + era * 400 + (month <= 2 ? 1 : 0), 4, out);
  out->push_back('-');
  append_digits(month, 2, out);
  out->push_back('-');
  append_digits(day_of_year - (153 * month_from_march + 2) / 5 + 1, 2, out);
}

void append_double(double value, std::string* out) {
  if (std::isfinite(value)) {
    append_number(value, out);
  } else {
    out->append(std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  }
}

template <typename T>
void append_quoted_number(T value, std::string* out) {
  out->push_back('"');
  append_number(value, out);
  out->push_back('"');
}

void append_text(const FieldDescriptor* field, const std::string& value, std::string* out) {
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    out->append("\"").append(absl::Base64Escape(value)).append("\"");
  } else {
    append_json_string(value, out);
  }
}

void append_enum(const EnumValueDescriptor* value, std::string* out) {
  out->append("\"").append(value->name()).append("\"");
}

void append_bool(bool value, std::string* out) {
  out->append(value ? "true" : "false");
}

// A field that is there and not repeated.
void append_single(const Message& message, const FieldDescriptor* field, std::string* out) {
  const Reflection* r = message.GetReflection();
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return append_message(r->GetMessage(message, field), out);
    case FieldDescriptor::CPPTYPE_STRING:
      return append_text(field, r->GetStringReference(message, field, &scratch), out);
    case FieldDescriptor::CPPTYPE_ENUM:
      return append_enum(r->GetEnum(message, field), out);
    case FieldDescriptor::CPPTYPE_INT64:
      return append_quoted_number(r->GetInt64(message, field), out);
    case FieldDescriptor::CPPTYPE_UINT64:
      return append_quoted_number(r->GetUInt64(message, field), out);
    case FieldDescriptor::CPPTYPE_INT32:
      return append_number(r->GetInt32(message, field), out);
    case FieldDescriptor::CPPTYPE_UINT32:
      return append_number(r->GetUInt32(message, field), out);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return append_double(r->GetDouble(message, field), out);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return append_double(r->GetFloat(message, field), out);
    case FieldDescriptor::CPPTYPE_BOOL:
      return append_bool(r->GetBool(message, field), out);
  }
}

void append_element(const Message& message, const FieldDescriptor* field, int i, std::string* out) {
  const Reflection* r = message.GetReflection();
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return append_message(r->GetRepeatedMessage(message, field, i), out);
    case FieldDescriptor::CPPTYPE_STRING:
      return append_text(field, r->GetRepeatedStringReference(message, field, i, &scratch), out);
    case FieldDescriptor::CPPTYPE_ENUM:
      return append_enum(r->GetRepeatedEnum(message, field, i), out);
    case FieldDescriptor::CPPTYPE_INT64:
      return append_quoted_number(r->GetRepeatedInt64(message, field, i), out);
    case FieldDescriptor::CPPTYPE_UINT64:
      return append_quoted_number(r->GetRepeatedUInt64(message, field, i), out);
    case FieldDescriptor::CPPTYPE_INT32:
      return append_number(r->GetRepeatedInt32(message, field, i), out);
    case FieldDescriptor::CPPTYPE_UINT32:
      return append_number(r->GetRepeatedUInt32(message, field, i), out);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return append_double(r->GetRepeatedDouble(message, field, i), out);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return append_double(r->GetRepeatedFloat(message, field, i), out);
    case FieldDescriptor::CPPTYPE_BOOL:
      return append_bool(r->GetRepeatedBool(message, field, i), out);
  }
}

void append_map(const Message& message, const FieldDescriptor* field, std::string* out) {
  const Reflection* r = message.GetReflection();
  const FieldDescriptor* key = field->message_type()->map_key();
  std::vector<const Message*> entries;
  for (int i = 0; i < r->FieldSize(message, field); ++i) {
    entries.push_back(&r->GetRepeatedMessage(message, field, i));
  }
  const auto key_of = [key](const Message* entry) { return entry->GetReflection()->GetString(*entry, key); };
  std::sort(entries.begin(), entries.end(),
            [&](const Message* a, const Message* b) { return key_of(a) < key_of(b); });
  char before = '{';
  for (const Message* entry : entries) {
    out->push_back(before);
    append_json_string(key_of(entry), out);
    out->push_back(':');
    append_single(*entry, field->message_type()->map_value(), out);
    before = ',';
  }
  out->push_back('}');
}

void append_field(const Message& message, const FieldDescriptor* field, std::string* out) {
  if (field->is_map()) {
    append_map(message, field, out);
  } else if (field->is_repeated()) {
    const int size = message.GetReflection()->FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      out->push_back(i == 0 ? '[' : ',');
      append_element(message, field, i, out);
    }
    out->push_back(']');
  } else {
    append_single(message, field, out);
  }
}

void append_message(const Message& message, std::string* out) {
  if (message.GetDescriptor() == Timestamp::descriptor()) {
    const auto& time = static_cast<const Timestamp&>(message);
    append_json_time(time.seconds() * kSecondMs + time.nanos() / 1'000'000, out);
    return;
  }
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  out->push_back('{');
  bool first = true;
  for (const FieldDescriptor* field : fields) {
    if (!first) out->push_back(',');
    first = false;
    out->append("\"").append(field->json_name()).append("\":");
    append_field(message, field, out);
  }
  out->push_back('}');
}

}  // namespace

void append_json(const Message& message, std::string* out) {
  append_message(message, out);
}

void append_json_string(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    const auto ch = static_cast<unsigned char>(text[i]);
    if (ch >= 0x80) {
      const std::size_t length = utf8_length(text.substr(i, 4));
      out->append(length == 0 ? kReplacement : text.substr(i, length));
      i += std::max<std::size_t>(1, length);
      continue;
    }
    if (ch == '"' || ch == '\\') {
      out->push_back('\\');
      out->push_back(text[i]);
    } else if (ch < 0x20) {
      out->append("\\u00");
      out->push_back(kHex[ch >> 4]);
      out->push_back(kHex[ch & 15]);
    } else {
      out->push_back(text[i]);
    }
    ++i;
  }
  out->push_back('"');
}

void append_json_time(TimeMs at_ms, std::string* out) {
  const std::int64_t in_day = at_ms % kDayMs;
  out->push_back('"');
  append_date(at_ms / kDayMs, out);
  out->push_back('T');
  append_digits(in_day / kHourMs, 2, out);
  out->push_back(':');
  append_digits(in_day / kMinuteMs % 60, 2, out);
  out->push_back(':');
  append_digits(in_day / kSecondMs % 60, 2, out);
  if (at_ms % kSecondMs != 0) {
    out->push_back('.');
    append_digits(at_ms % kSecondMs, 3, out);
  }
  out->append("Z\"");
}

}  // namespace ebb
