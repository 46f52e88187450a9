// What to do about a customer, from all that is known of them.
#pragma once

#include <string>

#include "ebb/v1/alert.pb.h"
#include "operators/signals.h"

namespace ebb {

// kind and level: of the finding. A customer without purchases is never let go, nor one who uses without
// paying or has brought others; a dissatisfied one is never offered a price.
v1::SuggestedAction next_action(v1::AlertKind kind, v1::RiskLevel level, const Signals& risk);

// The same for a person.
std::string action_text(v1::SuggestedAction action, const Signals& risk);

}  // namespace ebb
