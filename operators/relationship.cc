// relationship: where it went well or badly, whether promises were kept, and what was done unasked.
//
// Touchpoints: an index (0 to 1) of the answers given at each, fading by `half_life`, with a prior. The
// customer's first answer of all counts `first_contact` times as much. The worst touchpoint below 0.5
// contributes `touchpoint`. At most `max_touchpoints` are kept; answers at others count nowhere here.
//
// Promises (Fulfilment, and the delivery times on purchases): broken ones contribute `promise`, a late one in
// part, by how late it came. Trust (models/trust.h) grows with promises kept and, slowly, with the tenure;
// it contributes `trust`, either way.
//
// Gestures contribute `gesture`, a lift that fades by `gesture_half_life` and has a cap. What they cost is
// taken from the profit by `value`.
//
// Order of arrival plays no part, but for which touchpoints find room. Feed it by `value` too: the tenure.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "config/node.h"
#include "ebb/state/v1/relationship_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/hash.h"
#include "operators/answers.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/models/points.h"
#include "operators/models/trust.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using google::protobuf::util::TimeUtil;
using state::v1::RelationshipSlice;
using state::v1::TouchpointAnswer;

constexpr std::size_t kMaxNameBytes = 64;
constexpr double kPrior = 0.7;
constexpr double kBad = 0.5;
constexpr double kMilli = 1e-3;

// Places in the sums.
enum { kKept, kBroken, kFirstTouchpoint };
int place_of(int touchpoint) {
  return kFirstTouchpoint + 2 * touchpoint;
}

struct Params {
  DurationMs half_life_ms = 180 * kDayMs;
  DurationMs gesture_half_life_ms = 60 * kDayMs;
  int max_touchpoints = 8;
  double first_contact = 2;
  double max_touchpoint = 0.6;
  double max_promise = 1.2;
  double max_trust = 0.4;
  double max_gesture = 0.3;
};

std::string_view promise_word(int kind) {
  switch (kind) {
    case v1::PROMISE_KIND_DELIVERY:
      return "delivery";
    case v1::PROMISE_KIND_FEATURE:
      return "a feature";
    case v1::PROMISE_KIND_WARRANTY:
      return "a warranty";
    case v1::PROMISE_KIND_PRICE:
      return "the price";
    case v1::PROMISE_KIND_SERVICE:
      return "service";
    case v1::PROMISE_KIND_AVAILABILITY:
      return "availability";
    default:
      return "of unknown kind";
  }
}

// How far a promise was broken: 0 kept, 1 broken; nullopt: nothing is known yet.
std::optional<double> broken_share(const v1::Promise& promise, TimeMs event_ms) {
  const bool timed = promise.has_promised_time();
  const TimeMs promised_ms = timed ? TimeUtil::TimestampToMilliseconds(promise.promised_time()) : 0;
  const auto late = [&](TimeMs actual_ms) { return lateness(actual_ms - promised_ms); };
  switch (promise.outcome()) {
    case v1::PROMISE_OUTCOME_KEPT:
      return 0;
    case v1::PROMISE_OUTCOME_LATE:
      return timed && promise.has_actual_time()
                 ? std::max(lateness(1), late(TimeUtil::TimestampToMilliseconds(promise.actual_time())))
                 : 0.5;
    case v1::PROMISE_OUTCOME_PARTLY_KEPT:
      return 0.5;
    case v1::PROMISE_OUTCOME_BROKEN:
      return 1;
    default:
      if (!timed) return std::nullopt;
      if (promise.has_actual_time()) return late(TimeUtil::TimestampToMilliseconds(promise.actual_time()));
      if (event_ms > promised_ms) return late(event_ms);
      return std::nullopt;
  }
}

std::string_view touchpoint_of(const v1::Event& event) {
  if (event.has_survey()) return event.survey().touchpoint();
  if (event.has_feedback()) return event.feedback().touchpoint();
  return {};
}

class Relationship final : public Operator {
 public:
  explicit Relationship(const Params& params)
      : params_(params), fading_(params.half_life_ms), gesture_fading_(params.gesture_half_life_ms) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &RelationshipSlice::default_instance();
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    const std::string_view touchpoint = touchpoint_of(event);
    if (!touchpoint.empty() && touchpoint.size() <= kMaxNameBytes) add_answer(touchpoint, event, context);
    for (const v1::Promise& promise : event.fulfilment().promises())
      add_promise(broken_share(promise, context.event_ms), promise.kind(), event, context);
    const v1::Purchase& purchase = event.purchase();
    if (purchase.has_promised_delivery_time() && purchase.has_delivery_time()) {
      const DurationMs late_ms = TimeUtil::TimestampToMilliseconds(purchase.delivery_time()) -
                                 TimeUtil::TimestampToMilliseconds(purchase.promised_delivery_time());
      add_promise(lateness(late_ms), v1::PROMISE_KIND_DELIVERY, event, context);
    }
    if (event.feedback().has_gesture()) {
      RelationshipSlice& slice = context.slice.edit<RelationshipSlice>();
      gesture_fading_.add(context.event_ms, 0, 1, *slice.mutable_gestures());
      keep_latest(event.event_id(), context, slice.mutable_last_gesture());
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const RelationshipSlice* slice = context.slice.get<RelationshipSlice>();
    if (slice == nullptr) return;
    context.out.set(Measure::kEvidenceWeight, static_cast<double>(slice->count()));
    if (slice->touchpoints_size() > 0) assess_touchpoints(*slice, context);
    if (slice->count() > 0) assess_promises(*slice, context);
    if (slice->has_gestures()) assess_gestures(*slice, context);
  }

 private:
  void add_answer(std::string_view touchpoint, const v1::Event& event, ApplyContext& context) const {
    const Answers answers = answers_of(event);
    if (answers.weight <= 0) return;
    RelationshipSlice& slice = context.slice.edit<RelationshipSlice>();
    if (const int at = find_touchpoint(touchpoint, slice); at >= 0) {
      fading_.add(context.event_ms, place_of(at), answers.weight, *slice.mutable_sums());
      fading_.add(context.event_ms, place_of(at) + 1, answers.weight * answers.value, *slice.mutable_sums());
    }
    const auto id = static_cast<std::uint32_t>(stable_hash(event.event_id()));
    if (!slice.has_first() ||
        std::make_pair(context.event_ms, id) < std::make_pair(slice.first().at_ms(), slice.first().id())) {
      TouchpointAnswer& first = *slice.mutable_first();
      first.set_touchpoint(touchpoint.data(), touchpoint.size());
      first.set_value_milli(static_cast<std::uint32_t>(std::lround(answers.value / kMilli)));
      first.set_lack_milli(static_cast<std::uint32_t>(std::lround((1 - answers.weight) / kMilli)));
      first.set_at_ms(context.event_ms);
      first.set_id(id);
    }
    if (answers.value < kBad && keep_latest(event.event_id(), context, slice.mutable_last_bad()))
      slice.set_last_bad_touchpoint(touchpoint.data(), touchpoint.size());
  }

  // -1: there is no room.
  int find_touchpoint(std::string_view name, RelationshipSlice& slice) const {
    for (int i = 0; i < slice.touchpoints_size(); ++i) {
      if (slice.touchpoints(i) == name) return i;
    }
    if (slice.touchpoints_size() >= params_.max_touchpoints) return -1;
    slice.add_touchpoints(name.data(), name.size());
    return slice.touchpoints_size() - 1;
  }

  void add_promise(std::optional<double> broken, int kind, const v1::Event& event,
                   ApplyContext& context) const {
    if (!broken.has_value()) return;
    RelationshipSlice& slice = context.slice.edit<RelationshipSlice>();
    slice.set_count(slice.count() + 1);
    fading_.add(context.event_ms, kKept, 1 - *broken, *slice.mutable_sums());
    fading_.add(context.event_ms, kBroken, *broken, *slice.mutable_sums());
    if (*broken > 0 && keep_latest(event.event_id(), context, slice.mutable_last_broken()))
      slice.set_last_broken_kind(kind);
  }

  double index_of(int touchpoint, const RelationshipSlice& slice, TimeMs at_ms) const {
    double weight = fading_.at(at_ms, place_of(touchpoint), slice.sums());
    double sum = fading_.at(at_ms, place_of(touchpoint) + 1, slice.sums());
    if (slice.first().touchpoint() == slice.touchpoints(touchpoint)) {
      const double more = (params_.first_contact - 1) * (1 - kMilli * slice.first().lack_milli()) *
                          fading_.left(at_ms - slice.first().at_ms());
      weight += more;
      sum += more * kMilli * slice.first().value_milli();
    }
    return (kPrior + sum) / (1 + weight);
  }

  void assess_touchpoints(const RelationshipSlice& slice, AssessContext& context) const {
    int worst = -1;
    double lowest = kBad;
    for (int i = 0; i < slice.touchpoints_size(); ++i) {
      const double index = index_of(i, slice, context.at_ms);
      if (index >= lowest) continue;
      lowest = index;
      worst = i;
    }
    if (worst < 0) return;
    const double points = bounded_points(3 * (kBad - lowest), params_.max_touchpoint);
    note_fading(fading_, points, context);
    contribute(context, "touchpoint", points,
               [&] {
                 std::string text = fmt::format("At the touchpoint {} it goes badly: {} of 100.",
                                                slice.touchpoints(worst), std::llround(100 * lowest));
                 if (slice.has_last_bad()) {
                   text.pop_back();
                   text += fmt::format("; the last bad one was {}, {} ago.", slice.last_bad_touchpoint(),
                                       days_text(days_of(context.at_ms - slice.last_bad().event_ms())));
                 }
                 return text;
               },
               {&slice.last_bad()});
  }

  void assess_promises(const RelationshipSlice& slice, AssessContext& context) const {
    const double kept = fading_.at(context.at_ms, kKept, slice.sums());
    const double broken = fading_.at(context.at_ms, kBroken, slice.sums());
    const double points = bounded_points(broken_promise_reason(kept, broken), params_.max_promise);
    note_fading(fading_, points, context);
    contribute(context, "promise", points,
               [&] {
                 return fmt::format("What was promised did not come as promised; the last time {} ago ({}).",
                                    days_text(days_of(context.at_ms - slice.last_broken().event_ms())),
                                    promise_word(slice.last_broken_kind()));
               },
               {&slice.last_broken()});
    const double tenure = find_measure(context.inputs, Measure::kTenureDays).value_or(0);
    const double trust = trust_index(kept, broken);
    context.out.set(Measure::kTrust, trust);
    contribute(context, "trust", params_.max_trust * trust_points(trust, tenure),
               [&] {
                 return trust < kBad ? fmt::format("Trust is low ({} of 100): promises were broken.",
                                                   std::llround(100 * trust))
                                     : fmt::format("Trust is {} of 100: promises are kept.",
                                                   std::llround(100 * trust));
               },
               {trust < kBad ? &slice.last_broken() : nullptr});
  }

  void assess_gestures(const RelationshipSlice& slice, AssessContext& context) const {
    const double recent = gesture_fading_.at(context.at_ms, 0, slice.gestures());
    const double lift = bounded_points(0.25 * recent, params_.max_gesture);
    note_fading(gesture_fading_, -lift, context);
    contribute(context, "gesture", -lift,
               [&] {
                 return fmt::format("Something nice was done for them {} ago.",
                                    days_text(days_of(context.at_ms - slice.last_gesture().event_ms())));
               },
               {&slice.last_gesture()});
  }

  Params params_;
  Fading fading_;
  Fading gesture_fading_;
};

}  // namespace

std::unique_ptr<Operator> make_relationship(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.gesture_half_life_ms =
      reader.duration("gesture_half_life", params.gesture_half_life_ms, kDayMs, 3650 * kDayMs);
  params.max_touchpoints = static_cast<int>(reader.integer("max_touchpoints", params.max_touchpoints, 0, 64));
  params.first_contact = reader.number("first_contact", params.first_contact, 1, 10);
  params.max_touchpoint = reader.number("max_touchpoint", params.max_touchpoint, 0.01, 5);
  params.max_promise = reader.number("max_promise", params.max_promise, 0.01, 5);
  params.max_trust = reader.number("max_trust", params.max_trust, 0, 5);
  params.max_gesture = reader.number("max_gesture", params.max_gesture, 0.01, 5);
  reader.finish();
  return std::make_unique<Relationship>(params);
}

}  // namespace ebb
