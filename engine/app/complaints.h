// What is wrong with many events, without flooding a screen: the first ones in full, the rest counted.
#pragma once

#include <cstdint>
#include <string>

#include "operators/operator.h"

namespace ebb::app {

// Thread-safety: none.
class Complaints {
 public:
  // "ebb: purchases.jsonl:12: missing_field customer_id: expected ..." on stderr, if it is among the first.
  void add(const std::string& where, const Refusal& why);
  // One last line about those that add() has kept to itself, if any.
  void finish() const;
  std::int64_t count() const { return count_; }

 private:
  std::int64_t count_ = 0;
};

}  // namespace ebb::app
