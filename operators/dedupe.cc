// dedupe: the same event id again counts once.
//
// Remembers, per customer, a 64-bit hash of source name and event id of the events seen last, in the order of
// arrival: at most `max_ids`, and no longer than `window` of event time behind the newest event. A duplicate
// that comes when its id has been forgotten can't be told from a late event and is applied as one: a late
// event lost would be worse than one counted twice, and both bounds are the config's to set. Of each row it
// takes 12 bytes an id. Two different ids of one customer have the same hash once in some 10^15 rows.
//
// Gate: feed it by sources, and all else by it.

#include <algorithm>
#include <memory>
#include <vector>

#include "config/config.h"
#include "config/node.h"
#include "ebb/state/v1/dedupe_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/hash.h"
#include "operators/registry.h"

namespace ebb {
namespace {

using state::v1::DedupeSlice;

struct Params {
  DurationMs window_ms = 400 * kDayMs;  // longer than a year: history is loaded again
  int max_ids = 64;
};

// Up to the end of 9999 that is 32 bit.
std::uint32_t minute_of(TimeMs ms) {
  return static_cast<std::uint32_t>(ms / kMinuteMs);
}

class Dedupe final : public Operator {
 public:
  Dedupe(const Params& params, std::vector<std::uint64_t> seeds)
      : max_ids_(params.max_ids),
        window_minutes_(static_cast<std::uint32_t>(params.window_ms / kMinuteMs)),
        seeds_(std::move(seeds)) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &DedupeSlice::default_instance();
  }
  bool is_gate() const override { return true; }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    const std::uint64_t id =
        stable_hash(event.event_id(), seeds_[static_cast<std::size_t>(context.origin.source)]);
    const DedupeSlice* seen = context.slice.get<DedupeSlice>();
    if (seen != nullptr && std::find(seen->id().begin(), seen->id().end(), id) != seen->id().end()) {
      return Verdict::kDuplicate;
    }
    DedupeSlice& slice = context.slice.edit<DedupeSlice>();
    const std::uint32_t minute = minute_of(context.event_ms);
    slice.set_newest_minute(std::max(slice.newest_minute(), minute));
    slice.add_id(id);
    slice.add_minute(minute);
    forget(slice);
    return Verdict::kApplied;
  }

 private:
  // From the front only: what arrived last is kept however old it is, for a duplicate mostly follows soon.
  void forget(DedupeSlice& slice) const {
    int drop = std::max(0, slice.id_size() - max_ids_);
    while (drop < slice.id_size() - 1 && slice.newest_minute() - slice.minute(drop) > window_minutes_) ++drop;
    if (drop == 0) return;
    slice.mutable_id()->erase(slice.id().begin(), slice.id().begin() + drop);
    slice.mutable_minute()->erase(slice.minute().begin(), slice.minute().begin() + drop);
  }

  int max_ids_;
  std::uint32_t window_minutes_;
  std::vector<std::uint64_t> seeds_;  // by source: ids are unique within a source only
};

}  // namespace

std::unique_ptr<Operator> make_dedupe(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.window_ms = reader.duration("window", params.window_ms, kMinuteMs, 3650 * kDayMs);
  params.max_ids = static_cast<int>(reader.integer("max_ids", params.max_ids, 1, 4096));
  reader.finish();
  std::vector<std::uint64_t> seeds;
  for (const SourceConfig& source : context.sources) seeds.push_back(stable_hash(source.name));
  return std::make_unique<Dedupe>(params, std::move(seeds));
}

}  // namespace ebb
