// What is wrong with many events, without flooding a screen: a few of each kind in full, the rest counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "operators/operator.h"

namespace ebb::app {

// Thread-safety: none.
class Complaints {
 public:
  // "ebb: purchases.jsonl:12: missing_field customer_id: expected ..." on stderr, if it is among the first of
  // its reason and field.
  void add(const std::string& where, const Refusal& why);
  // One line for each kind of which add() has kept some to itself.
  void finish() const;
  std::int64_t count() const { return count_; }

 private:
  std::int64_t count_ = 0;
  std::map<std::pair<std::string, std::string>, std::int64_t> by_kind_;  // reason and field; bounded
};

}  // namespace ebb::app
