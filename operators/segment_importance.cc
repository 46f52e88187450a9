#include "operators/segment_importance.h"

#include "ebb/state/v1/importance_slice.pb.h"
#include "operators/fading.h"
#include "operators/models/expectation.h"

namespace ebb {
namespace {

using state::v1::ImportanceShared;
using state::v1::SegmentImportance;

constexpr int kMaxSegments = 1 + 8;
constexpr int kMaxDimensions = 16;
constexpr std::size_t kMaxNameBytes = 64;
// So many customers who state importance, or answers far from the prior, count as much as what is believed
// without them.
constexpr double kShrink = 10;
constexpr double kShrinkVariance = 2.5;

// Places of a dimension in the sums.
enum { kStated, kStatedSum, kCovariance, kVariance, kPlaces };

Fading fading() {
  return Fading(360 * kDayMs);
}

int find_dimension(const DimensionKey& dimension, const SegmentImportance& segment) {
  for (int i = 0; i < segment.dimensions_size(); ++i) {
    if (dimension.is(segment.dimensions(i))) return i;
  }
  return -1;
}

SegmentImportance* segment_for(std::string_view name, ImportanceShared& shared) {
  for (SegmentImportance& segment : *shared.mutable_segments()) {
    if (segment.segment() == name) return &segment;
  }
  if (shared.segments_size() >= kMaxSegments) return nullptr;
  SegmentImportance* segment = shared.add_segments();
  segment->set_segment(name.data(), name.size());
  return segment;
}

// first: place among the dimension's.
void add(const DimensionKey& dimension, int first, double one, double other, std::string_view name,
         ApplyContext& context) {
  ImportanceShared& shared = context.shared.edit<ImportanceShared>();
  const auto add_to = [&](SegmentImportance* segment) {
    if (segment == nullptr) return;
    int at = find_dimension(dimension, *segment);
    if (at < 0) {
      if (segment->dimensions_size() >= kMaxDimensions || dimension.name().size() > kMaxNameBytes) return;
      at = segment->dimensions_size();
      dimension.put(segment->add_dimensions());
    }
    fading().add(context.event_ms, kPlaces * at + first, one, *segment->mutable_today());
    fading().add(context.event_ms, kPlaces * at + first + 1, other, *segment->mutable_today());
  };
  add_to(segment_for("", shared));
  if (!name.empty()) add_to(segment_for(name, shared));
}

double sum_of(const SegmentImportance* segment, const DimensionKey& dimension, int place, TimeMs at_ms) {
  if (segment == nullptr) return 0;
  const int at = find_dimension(dimension, *segment);
  return at < 0 ? 0 : fading().at(at_ms, kPlaces * at + place, segment->known());
}

}  // namespace

const google::protobuf::Message& importance_prototype() {
  return ImportanceShared::default_instance();
}

void add_stated_importance(const DimensionKey& dimension, double importance, std::string_view segment,
                           ApplyContext& context) {
  add(dimension, kStated, 1, importance, segment, context);
}

void add_taught_importance(const DimensionKey& dimension, double covariance, double variance,
                           std::string_view segment, ApplyContext& context) {
  add(dimension, kCovariance, covariance, variance, segment, context);
}

void roll_over_importance(RollOverContext& context) {
  if (context.shared.get<ImportanceShared>() == nullptr) return;
  for (SegmentImportance& segment : *context.shared.edit<ImportanceShared>().mutable_segments()) {
    for (int i = 0; i < segment.today().sums_size(); ++i) {
      const double today = fading().at(context.at_ms, i, segment.today());
      if (today != 0) fading().add(context.at_ms, i, today, *segment.mutable_known());
    }
    segment.clear_today();
  }
}

ImportanceBaseline::ImportanceBaseline(const ImportanceShared* shared, std::string_view segment, TimeMs at_ms)
    : at_ms_(at_ms) {
  if (shared == nullptr) return;
  for (const SegmentImportance& known : shared->segments()) {
    if (known.segment().empty()) {
      all_ = &known;
    } else if (known.segment() == segment) {
      segment_ = &known;
    }
  }
}

double ImportanceBaseline::stated(const DimensionKey& dimension, double prior) const {
  double out = prior;
  for (const SegmentImportance* known : {all_, segment_}) {
    const double weight = sum_of(known, dimension, kStated, at_ms_);
    out = (kShrink * out + sum_of(known, dimension, kStatedSum, at_ms_)) / (kShrink + weight);
  }
  return out;
}

double ImportanceBaseline::taught(const DimensionKey& dimension) const {
  double out = 1;
  for (const SegmentImportance* known : {all_, segment_}) {
    out = learned_importance(sum_of(known, dimension, kCovariance, at_ms_),
                             sum_of(known, dimension, kVariance, at_ms_), out, kShrinkVariance);
  }
  return out;
}

}  // namespace ebb
