#include "engine/decode/refusal.h"

namespace ebb {

std::string_view reason_name(Refusal::Reason reason) {
  switch (reason) {
    case Refusal::Reason::kBadField:
      return "bad_field";
    case Refusal::Reason::kEmptyValue:
      return "empty_value";
    case Refusal::Reason::kKeyMismatch:
      return "key_mismatch";
    case Refusal::Reason::kMalformed:
      return "malformed";
    case Refusal::Reason::kMissingField:
      return "missing_field";
    case Refusal::Reason::kTimeAhead:
      return "time_ahead";
    case Refusal::Reason::kTooLarge:
      return "too_large";
    case Refusal::Reason::kUnexpectedBody:
      return "unexpected_body";
    case Refusal::Reason::kUnknownField:
      return "unknown_field";
    case Refusal::Reason::kUnknownFormat:
      return "unknown_format";
  }
  return "malformed";
}

}  // namespace ebb
