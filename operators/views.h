// Dimensions with what was expected of them, in satisfaction's slice: what its `depth: full` adds.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "operators/fading.h"
#include "operators/models/expectation.h"
#include "operators/operator.h"

namespace ebb::v1 {
class Profile;
class Survey;
}  // namespace ebb::v1
namespace ebb::state::v1 {
class DimensionView;
class ImportanceShared;
class SatisfactionSlice;
}  // namespace ebb::state::v1

namespace ebb {

struct Answers;

struct ViewRules {
  int max_dimensions = 16;
  double prior = 0.7;  // of perception, and the floor of what is expected
  Zone zone;
  DurationMs recent_half_life_ms = 60 * kDayMs;
  DurationMs used_to_half_life_ms = 540 * kDayMs;
  DurationMs answer_within_ms = 14 * kDayMs;           // after which it is too late to call about an answer
  double service_weight = 1.25;                        // prior importance of the service dimensions; others 1
  std::map<std::string, double, std::less<>> weights;  // prior importance by dimension
};

// Takes the answers by dimension into the slice. overall: what the same event said overall, for the learned
// importance; nullopt if it said nothing.
void add_views(const ViewRules& rules, const v1::Event& event, const Answers& answers,
               std::optional<double> overall, ApplyContext& context, state::v1::SatisfactionSlice& slice);
// The latest profile that states importance counts.
void keep_importance(const v1::Profile& profile, ApplyContext& context, state::v1::SatisfactionSlice& slice);

// What the dimensions say at one time; absent: nothing was said of it.
struct ViewsNow {
  double evidence = 0;  // in full answers, inside the zone of tolerance or not
  double weight = 0;    // of the evidence outside the zone of tolerance, in full answers
  double shift = 0;     // what it does to the index there
  std::optional<double> utility, warranty, perception;
  std::optional<double> desired, expected, perceived;
  const state::v1::DimensionView* worst = nullptr;  // most below what was expected; null: none is
  double worst_perceived = 0;
  double worst_expected = 0;
  bool intolerable = false;  // a recent answer is beyond what is tolerable, and nobody got in touch since
};
// shared: of all customers; null: nothing is known.
ViewsNow views_now(const ViewRules& rules, const state::v1::SatisfactionSlice& slice,
                   const state::v1::ImportanceShared* shared, TimeMs at_ms);

}  // namespace ebb
