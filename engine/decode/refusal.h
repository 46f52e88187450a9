// Why a record can't be used. It goes with the raw record to the dead letters, so it names the place and what
// was expected, and never quotes the customer's data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ebb {

struct DecodeRefusal {
  enum class Reason : std::uint8_t {
    kBadField,        // a field holds what it may not hold
    kEmptyValue,      // null or no bytes: nothing happened to anybody
    kKeyMismatch,     // the record's key is not the customer's id
    kMalformed,       // not an event in the format that it is in, or is said to be in
    kMissingField,    // a field that is always needed is not there
    kTimeAhead,       // the event lies further in the future than clocks may differ
    kTooLarge,        // more bytes than a record may have
    kUnexpectedBody,  // a kind of event that this source does not carry
    kUnknownField,    // a JSON name that is none of the event's
    kUnknownFormat,   // a format, or a version of one, that is not read here
  };

  Reason reason = Reason::kMalformed;
  std::string field;  // path: "purchase.amount.currency_code", "key", "value", "header ce_time"; may be empty
  std::string message;  // one line for a person
};

// Stable, lower_snake_case: "bad_field". It stands in dead letters and in metrics.
std::string_view reason_name(DecodeRefusal::Reason reason);

}  // namespace ebb
