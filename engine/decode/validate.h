// Everything that operators rely on in an event, checked before any row is touched.
#pragma once

#include <optional>

#include "engine/decode/refusal.h"

namespace ebb::v1 {
class Event;
}  // namespace ebb::v1

namespace ebb {

// The rules stand in the comments of ebb/v1/*.proto: ids, times, scales, ranges, how many, no NaN anywhere,
// no number in an enum that this version doesn't know (it could mean the opposite of what we would take it
// for).
std::optional<DecodeRefusal> validate(const v1::Event& event);

}  // namespace ebb
