// An operator for tests of the shared state.
#pragma once

#include <memory>

#include "ebb/state/v1/value_slice.pb.h"
#include "ebb/v1/risk.pb.h"
#include "operators/operator.h"
#include "operators/registry.h"

namespace ebb {

// Its shared slice counts events: of today as purchases, of finished days as spend. Customers see the latter.
class Tally final : public Operator {
 public:
  const google::protobuf::Message* slice_prototype() const override {
    return &state::v1::ValueSlice::default_instance();
  }
  const google::protobuf::Message* shared_prototype() const override {
    return &state::v1::ValueSlice::default_instance();
  }
  Verdict apply(const v1::Event&, ApplyContext& context) const override {
    for (auto* slice :
         {&context.slice.edit<state::v1::ValueSlice>(), &context.shared.edit<state::v1::ValueSlice>()}) {
      slice->set_purchases(slice->purchases() + 1);
    }
    return Verdict::kApplied;
  }
  void assess(AssessContext& context) const override {
    if (const auto* shared = context.shared.get<state::v1::ValueSlice>()) {
      context.out.set(Measure::kEvidenceWeight, static_cast<double>(shared->spend_minor()));
    }
  }
  void roll_over(RollOverContext& context) const override {
    auto& shared = context.shared.edit<state::v1::ValueSlice>();
    shared.set_spend_minor(shared.spend_minor() + shared.purchases());
    shared.set_purchases(0);
    v1::Risk message;
    message.set_score(static_cast<double>(context.at_ms));
    context.emit("tally", message);
  }
  void erase(EraseContext& context) const override {
    const auto* own = context.slice.get<state::v1::ValueSlice>();
    if (own == nullptr) return;
    auto& shared = context.shared.edit<state::v1::ValueSlice>();
    shared.set_purchases(shared.purchases() - own->purchases());
  }
};

// The operators that there are, and `tally`.
inline OperatorMaker find_tally_too(std::string_view name) {
  if (name != "tally") return find_operator(name);
  return [](const MakeContext&) -> std::unique_ptr<Operator> { return std::make_unique<Tally>(); };
}

}  // namespace ebb
