// dedupe: the same event id again counts once.
//
// Remembers, per customer, a hash of source name and event id of the events seen last, in the order of
// arrival: at most `max_ids`. A duplicate that comes when its id has been forgotten can't be told from a late
// event and is applied as one: a late event lost would be worse than one counted twice, and the bound is the
// config's to set. Of each row it takes 6 bytes an id: 48 bits of hash. So an event of a customer of whom 32
// ids are remembered is taken for another one, and lost, once in 9 million million.
//
// Gate: feed it by sources, and all else by it.

#include <cstdint>
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
  int max_ids = 32;
};

constexpr int kHighBits = 16;
constexpr std::uint64_t kHighMask = (std::uint64_t{1} << kHighBits) - 1;
constexpr int kHighsInWord = 64 / kHighBits;

struct Id {
  std::uint32_t low;
  std::uint64_t high;  // kHighBits
};

Id id_of(std::uint64_t hash) {
  return {.low = static_cast<std::uint32_t>(hash), .high = hash >> 32 & kHighMask};
}

int shift_of(int place) {
  return kHighBits * (place % kHighsInWord);
}

bool contains(const DedupeSlice& slice, const Id& id) {
  for (int i = 0; i < slice.low_size(); ++i) {
    if (slice.low(i) == id.low && (slice.high(i / kHighsInWord) >> shift_of(i) & kHighMask) == id.high)
      return true;
  }
  return false;
}

void add(const Id& id, DedupeSlice& slice) {
  const int place = slice.low_size();
  slice.add_low(id.low);
  if (place % kHighsInWord == 0) slice.add_high(0);
  slice.set_high(place / kHighsInWord, slice.high(place / kHighsInWord) | id.high << shift_of(place));
}

void drop_first(DedupeSlice& slice) {
  slice.mutable_low()->erase(slice.low().begin());
  auto& words = *slice.mutable_high();
  for (int i = 0; i < words.size(); ++i) {
    const std::uint64_t next = i + 1 < words.size() ? words[i + 1] & kHighMask : 0;
    words[i] = words[i] >> kHighBits | next << shift_of(kHighsInWord - 1);
  }
  if (slice.low_size() % kHighsInWord == 0) words.RemoveLast();
}

class Dedupe final : public Operator {
 public:
  Dedupe(const Params& params, std::vector<std::uint64_t> seeds)
      : max_ids_(params.max_ids), seeds_(std::move(seeds)) {}

  const google::protobuf::Message* slice_prototype() const override {
    return &DedupeSlice::default_instance();
  }
  bool is_gate() const override { return true; }

  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    const Id id =
        id_of(stable_hash(event.event_id(), seeds_[static_cast<std::size_t>(context.origin.source)]));
    const auto* const seen = context.slice.get<DedupeSlice>();
    if (seen != nullptr && contains(*seen, id)) return Verdict::kDuplicate;
    DedupeSlice& slice = context.slice.edit<DedupeSlice>();
    while (slice.low_size() >= max_ids_) drop_first(slice);
    add(id, slice);
    return Verdict::kApplied;
  }

 private:
  int max_ids_;
  std::vector<std::uint64_t> seeds_;  // by source: ids are unique within a source only
};

}  // namespace

std::unique_ptr<Operator> make_dedupe(const MakeContext& context) {
  FieldReader reader(context.params, "graph." + context.node, context.diagnostics);
  Params params;
  params.max_ids = static_cast<int>(reader.integer("max_ids", params.max_ids, 1, 4096));
  reader.finish();
  std::vector<std::uint64_t> seeds;
  for (const SourceConfig& source : context.sources) seeds.push_back(stable_hash(source.name));
  return std::make_unique<Dedupe>(params, std::move(seeds));
}

}  // namespace ebb
