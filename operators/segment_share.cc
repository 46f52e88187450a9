#include "operators/segment_share.h"

#include <algorithm>
#include <cmath>

#include "ebb/state/v1/segments_slice.pb.h"
#include "operators/money.h"

namespace ebb {

using state::v1::SegmentsSlice;
using state::v1::SegmentTotals;

namespace {

// In the slice, as its proto says.
constexpr int kQuadrantShift = 6, kSatisfactionShift = 9;

}  // namespace

SegmentShare share_of(std::span<const Signals* const> inputs) {
  const auto measure = [&](Measure m) { return find_measure(inputs, m); };
  const auto has = [&](Flag f) {
    return std::any_of(inputs.begin(), inputs.end(), [f](const Signals* s) { return s->has(f); });
  };
  SegmentShare share;
  share.buyer = measure(Measure::kPurchases).value_or(0) > 0;
  if (const auto index = measure(Measure::kSatisfaction)) {
    share.rated = true;
    share.satisfaction_milli = std::llround(1000 * *index);
  }
  share.at_risk = measure(Measure::kRiskProbability).value_or(0) >= 0.5;
  const auto silence = measure(Measure::kSilenceDays);
  const auto limit = measure(Measure::kGivenUpDays);
  share.given_up = silence && limit && *silence >= *limit;
  share.quadrant = has(Flag::kLoyal)          ? 1
                   : has(Flag::kCaptive)      ? 2
                   : has(Flag::kBuyingAround) ? 3
                   : has(Flag::kLeaving)      ? 4
                                              : 0;
  share.silent_unhappy = has(Flag::kSilentUnhappy);
  share.complaining = measure(Measure::kOpenComplaints).value_or(0) > 0;
  share.profit_minor = std::llround(measure(Measure::kProfitMinor).value_or(0));
  share.spend_minor = std::llround(measure(Measure::kSpendLifeMinor).value_or(0));
  share.complaints = std::llround(measure(Measure::kComplaints).value_or(0));
  return share;
}

void keep_share(const SegmentShare& share, SegmentsSlice* slice) {
  std::uint32_t bits = 0;
  int bit = 0;
  for (const bool yes :
       {share.buyer, share.rated, share.at_risk, share.given_up, share.silent_unhappy, share.complaining}) {
    bits |= static_cast<std::uint32_t>(yes) << bit++;
  }
  bits |= static_cast<std::uint32_t>(share.quadrant) << kQuadrantShift;
  bits |= static_cast<std::uint32_t>(share.satisfaction_milli) << kSatisfactionShift;
  slice->set_share(bits);
  slice->set_profit_minor(share.profit_minor);
  slice->set_spend_minor(share.spend_minor);
  slice->set_complaints(share.complaints);
}

SegmentShare kept_share(const SegmentsSlice& slice) {
  const std::uint32_t bits = slice.share();
  const auto bit = [bits](int n) { return (bits >> n & 1) != 0; };
  return {.buyer = bit(0),
          .rated = bit(1),
          .at_risk = bit(2),
          .given_up = bit(3),
          .silent_unhappy = bit(4),
          .complaining = bit(5),
          .quadrant = static_cast<int>(bits >> kQuadrantShift & 7),
          .satisfaction_milli = bits >> kSatisfactionShift,
          .profit_minor = slice.profit_minor(),
          .spend_minor = slice.spend_minor(),
          .complaints = slice.complaints()};
}

void add_share(const SegmentShare& share, int sign, SegmentTotals* to) {
  to->set_customers(to->customers() + sign);
  to->set_buyers(to->buyers() + sign * share.buyer);
  to->set_rated(to->rated() + sign * share.rated);
  to->set_satisfaction_milli(to->satisfaction_milli() + sign * share.satisfaction_milli);
  to->set_at_risk(to->at_risk() + sign * share.at_risk);
  to->set_given_up(to->given_up() + sign * share.given_up);
  while (to->quadrants_size() < 4) to->add_quadrants(0);
  if (share.quadrant > 0) {
    to->set_quadrants(share.quadrant - 1, to->quadrants(share.quadrant - 1) + sign);
  }
  to->set_silent_unhappy(to->silent_unhappy() + sign * share.silent_unhappy);
  to->set_complaining(to->complaining() + sign * share.complaining);
  to->set_profit_minor(add_minor(to->profit_minor(), sign * share.profit_minor));
  to->set_spend_minor(add_minor(to->spend_minor(), sign * share.spend_minor));
  to->set_complaints(to->complaints() + sign * share.complaints);
}

}  // namespace ebb
