#include "operators/registry.h"

// One line for each operator, sorted: NAME stands in the config and is made by make_NAME in
// operators/NAME.cc.
#define EBB_OPERATORS(X) \
  X(alert_policy)        \
  X(breadth)             \
  X(churn_risk)          \
  X(dedupe)              \
  X(loyalty)             \
  X(perceived_value)     \
  X(pricing)             \
  X(product)             \
  X(profile)             \
  X(relationship)        \
  X(requests)            \
  X(satisfaction)        \
  X(segments)            \
  X(support)             \
  X(value)               \
  X(word_of_mouth)

namespace ebb {

#define EBB_DECLARE(name) std::unique_ptr<Operator> make_##name(const MakeContext& context);
EBB_OPERATORS(EBB_DECLARE)
#undef EBB_DECLARE

namespace {

struct Entry {
  std::string_view name;
  OperatorMaker make;
};

#define EBB_ENTRY(name) Entry{#name, make_##name},
constexpr Entry kEntries[] = {EBB_OPERATORS(EBB_ENTRY)};
#undef EBB_ENTRY

}  // namespace

OperatorMaker find_operator(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry.make;
  }
  return nullptr;
}

std::vector<std::string> operator_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  return names;
}

}  // namespace ebb
