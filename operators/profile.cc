// profile: what profiles say of a customer that others judge by.
//
// Labels the customer with the values of `keys`, so that churn_risk takes the parameters of the right segment
// from a model that was fitted by one. A region that changes contributes `moved`, which fades by `half_life`:
// who moves away from a shop seldom says more than this.
//
// A profile older than the newest known one with the key says nothing, and the first one no change: so of
// profiles that come in another order than they were made, a change may be missed. Feed it by `dedupe`.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "config/node.h"
#include "ebb/state/v1/profile_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "operators/contribute.h"
#include "operators/fading.h"
#include "operators/profile_value.h"
#include "operators/registry.h"
#include "operators/words.h"

namespace ebb {
namespace {

using state::v1::ProfileSlice;
using state::v1::ProfileValue;

constexpr std::string_view kRegion = "region";
constexpr std::size_t kMaxKeys = 4;
constexpr std::size_t kMaxValueBytes = 64;  // longer ones are cut off in no sensible way, so left out

struct Params {
  std::vector<std::string> keys = {std::string(kRegion)};
  DurationMs half_life_ms = 60 * kDayMs;
  double max_moved = 1.5;
};

class Profile final : public Operator {
 public:
  explicit Profile(Params params) : params_(std::move(params)), fading_(params_.half_life_ms) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &ProfileSlice::default_instance();
  }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    if (!event.has_profile()) return Verdict::kApplied;
    for (const std::string& key : params_.keys) {
      const std::string* value = value_in(event.profile(), key);
      if (value != nullptr && !value->empty() && value->size() <= kMaxValueBytes)
        note(key, *value, event, context);
    }
    return Verdict::kApplied;
  }

  void assess(AssessContext& context) const override {
    const ProfileSlice* slice = context.slice.get<ProfileSlice>();
    if (slice == nullptr) return;
    for (const ProfileValue& known : slice->values()) {
      const bool wanted =
          std::find(params_.keys.begin(), params_.keys.end(), known.key()) != params_.keys.end();
      if (wanted) context.out.label(known.key(), known.value());
    }
    if (!slice->has_moved()) return;
    const DurationMs ago_ms = std::max<DurationMs>(0, context.at_ms - slice->moved().event_ms());
    const double points = params_.max_moved * fading_.left(ago_ms);
    context.out.changes_at(fading_.moved_at(context.at_ms, points));
    contribute(context, "moved", points,
               [&] { return fmt::format("Moved to another region {} ago.", days_text(days_of(ago_ms))); },
               {&slice->moved()});
  }

 private:
  void note(const std::string& key, const std::string& value, const v1::Event& event,
            ApplyContext& context) const {
    ProfileSlice& slice = context.slice.edit<ProfileSlice>();
    ProfileValue* known = nullptr;
    for (ProfileValue& v : *slice.mutable_values()) {
      if (v.key() == key) known = &v;
    }
    if (known == nullptr) {
      // Keys that the config has no more make room.
      if (static_cast<std::size_t>(slice.values_size()) >= kMaxKeys) forget_others(slice);
      known = slice.add_values();
      known->set_key(key);
    } else if (context.event_ms < known->said_ms()) {
      return;
    } else if (key == kRegion && known->value() != value) {
      keep_latest(event.event_id(), context, slice.mutable_moved());
    }
    known->set_value(value);
    known->set_said_ms(context.event_ms);
  }

  void forget_others(ProfileSlice& slice) const {
    auto* values = slice.mutable_values();
    values->erase(std::remove_if(values->begin(), values->end(),
                                 [&](const ProfileValue& v) {
                                   return std::find(params_.keys.begin(), params_.keys.end(), v.key()) ==
                                          params_.keys.end();
                                 }),
                  values->end());
  }

  const Params params_;
  const Fading fading_;
};

}  // namespace

std::unique_ptr<Operator> make_profile(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  if (reader.has("keys")) {
    params.keys.clear();
    for (const auto& [name, place] : reader.names("keys")) params.keys.push_back(name);
  }
  if (params.keys.size() > kMaxKeys) reader.error("keys", fmt::format("at most {} keys", kMaxKeys));
  params.half_life_ms = reader.duration("half_life", params.half_life_ms, kDayMs, 3650 * kDayMs);
  params.max_moved = reader.number("max_moved", params.max_moved, 0, 5);
  reader.finish();
  return std::make_unique<Profile>(std::move(params));
}

}  // namespace ebb
