#include "engine/decode/refusal.h"

namespace ebb {

std::string_view reason_name(DecodeRefusal::Reason reason) {
  switch (reason) {
    case DecodeRefusal::Reason::kBadField:
      return "bad_field";
    case DecodeRefusal::Reason::kEmptyValue:
      return "empty_value";
    case DecodeRefusal::Reason::kKeyMismatch:
      return "key_mismatch";
    case DecodeRefusal::Reason::kMalformed:
      return "malformed";
    case DecodeRefusal::Reason::kMissingField:
      return "missing_field";
    case DecodeRefusal::Reason::kTimeAhead:
      return "time_ahead";
    case DecodeRefusal::Reason::kTooLarge:
      return "too_large";
    case DecodeRefusal::Reason::kUnexpectedBody:
      return "unexpected_body";
    case DecodeRefusal::Reason::kUnknownField:
      return "unknown_field";
    case DecodeRefusal::Reason::kUnknownFormat:
      return "unknown_format";
  }
  return "malformed";
}

}  // namespace ebb
