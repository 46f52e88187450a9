// dedupe: the same event id again counts once.
//
// Remembers, per customer, a hash of source name and event id of the events seen last, in the order of
// arrival: at most `max_ids`, and no longer than `window` of event time, in whole days, behind the newest
// event. A duplicate that comes when its id has been forgotten can't be told from a late event and is applied
// as one: a late event lost would be worse than one counted twice, and both bounds are the config's to set.
// Of each row it takes 8 bytes an id: 48 bits of hash, so that with 64 ids kept one event in some 10^12 is
// taken for another one, and the day.
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

constexpr int kDayBits = 16;
constexpr std::uint64_t kDayMask = (std::uint64_t{1} << kDayBits) - 1;

// How far behind `newest_day` an entry's day is. Days stand there modulo 2^16: an event that is older than
// 179 years when it comes is taken for a younger one, and so kept somewhat longer.
std::int32_t age_days(std::uint64_t entry, std::int32_t newest_day) {
  return static_cast<std::int32_t>((static_cast<std::uint64_t>(newest_day) - entry) & kDayMask);
}

class Dedupe final : public Operator {
 public:
  Dedupe(const Params& params, std::vector<std::uint64_t> seeds)
      : max_ids_(params.max_ids),
        window_days_(static_cast<std::int32_t>((params.window_ms + kDayMs - 1) / kDayMs)),
        seeds_(std::move(seeds)) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &DedupeSlice::default_instance();
  }
  bool is_gate() const override { return true; }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    const std::uint64_t id =
        stable_hash(event.event_id(), seeds_[static_cast<std::size_t>(context.origin.source)]) & ~kDayMask;
    const auto* const seen = context.slice.get<DedupeSlice>();
    if (seen != nullptr && std::any_of(seen->seen().begin(), seen->seen().end(),
                                       [id](std::uint64_t entry) { return (entry & ~kDayMask) == id; })) {
      return Verdict::kDuplicate;
    }
    DedupeSlice& slice = context.slice.edit<DedupeSlice>();
    const auto day = static_cast<std::int32_t>(context.event_ms / kDayMs);
    slice.set_newest_day(std::max(slice.newest_day(), day));
    slice.add_seen(id | (static_cast<std::uint64_t>(day) & kDayMask));
    forget(slice);
    return Verdict::kApplied;
  }

 private:
  // From the front only: what arrived last is kept however old it is, for a duplicate mostly follows soon.
  void forget(DedupeSlice& slice) const {
    const auto& seen = slice.seen();
    int drop = std::max(0, seen.size() - max_ids_);
    while (drop < seen.size() - 1 && age_days(seen[drop], slice.newest_day()) > window_days_) ++drop;
    if (drop > 0) slice.mutable_seen()->erase(seen.begin(), seen.begin() + drop);
  }

  int max_ids_;
  std::int32_t window_days_;
  std::vector<std::uint64_t> seeds_;  // by source: ids are unique within a source only
};

}  // namespace

std::unique_ptr<Operator> make_dedupe(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.window_ms = reader.duration("window", params.window_ms, kDayMs, 3650 * kDayMs);
  params.max_ids = static_cast<int>(reader.integer("max_ids", params.max_ids, 1, 4096));
  reader.finish();
  std::vector<std::uint64_t> seeds;
  for (const SourceConfig& source : context.sources) seeds.push_back(stable_hash(source.name));
  return std::make_unique<Dedupe>(params, std::move(seeds));
}

}  // namespace ebb
