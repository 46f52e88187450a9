// A line of truth.jsonl: what became of one customer.
#pragma once

#include <string>

#include "engine/gen/generator.h"

namespace ebb::gen {

// Appends one JSON object, without the line's end: customerId, left, joinedTime, purchases, spend; of those
// who bought firstPurchaseTime and lastPurchaseTime; of those who left leftTime, signsTime (when the reason
// began to show), nextPurchaseTime (when they would have bought next) and reason; captive and promotionDriven
// where true.
void append_truth(const Truth& truth, std::string* out);

}  // namespace ebb::gen
