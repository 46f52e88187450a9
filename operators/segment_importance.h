// How important dimensions are to the customers of a segment, for who has said little so far: what single
// customers state and what their answers teach is added up in satisfaction's shared slice, by finished days.
#pragma once

#include <string_view>

#include "operators/dimensions.h"
#include "operators/operator.h"

namespace ebb::state::v1 {
class ImportanceShared;
class SegmentImportance;
}  // namespace ebb::state::v1

namespace ebb {

// The slice itself, for Operator::shared_prototype.
const google::protobuf::Message& importance_prototype();

// Adds to the segment and to all customers. Dimensions and segments beyond what is kept are left out.
void add_stated_importance(const DimensionKey& dimension, double importance, std::string_view segment,
                           ApplyContext& context);
void add_taught_importance(const DimensionKey& dimension, double covariance, double variance,
                           std::string_view segment, ApplyContext& context);
// A day has ended.
void roll_over_importance(RollOverContext& context);

// The customer's segment, as of the finished days. Lives as long as the shared slice.
class ImportanceBaseline {
 public:
  // shared: null: nothing is known.
  ImportanceBaseline(const state::v1::ImportanceShared* shared, std::string_view segment, TimeMs at_ms);

  // What the segment states, shrunk to what all customers do, and that to `prior`.
  double stated(const DimensionKey& dimension, double prior) const;
  // By how much answers teach that it matters more or less, shrunk alike; 1: as much as is stated.
  double taught(const DimensionKey& dimension) const;

 private:
  const state::v1::SegmentImportance* all_ = nullptr;
  const state::v1::SegmentImportance* segment_ = nullptr;
  TimeMs at_ms_;
};

}  // namespace ebb
