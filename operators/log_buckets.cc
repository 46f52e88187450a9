#include "operators/log_buckets.h"

#include <algorithm>
#include <cmath>

namespace ebb {
namespace {

constexpr double kAccuracy = 0.05;
constexpr double kGrowth = (1 + kAccuracy) / (1 - kAccuracy);
constexpr double kMax = 1e18;
constexpr double kRounding = 1e-9;  // of the edges

// Bucket n > 0 holds [growth^(n-1), growth^n); -n the same below zero; 0 what is nearer to zero than 1.
int index_of(double value) {
  const double size = std::min(std::abs(value), kMax);
  if (!(size >= 1)) return 0;
  const int n = 1 + static_cast<int>(std::floor(std::log(size) / std::log(kGrowth)));
  return value < 0 ? -n : n;
}

// The value nearest in proportion to all of the bucket's.
double value_of(int index) {
  if (index == 0) return 0;
  const double size = 2 * std::pow(kGrowth, std::abs(index)) / (1 + kGrowth);
  return index < 0 ? -size : size;
}

void add_at(int index, double count, state::v1::LogBuckets* buckets) {
  auto& indices = *buckets->mutable_index();
  auto& counts = *buckets->mutable_count();
  const auto found = std::lower_bound(indices.begin(), indices.end(), index);
  const int at = static_cast<int>(found - indices.begin());
  if (found == indices.end() || *found != index) {
    if (count <= 0) return;
    indices.Add(index);
    counts.Add(count);
    std::rotate(indices.begin() + at, indices.end() - 1, indices.end());
    std::rotate(counts.begin() + at, counts.end() - 1, counts.end());
    return;
  }
  counts[at] += count;
  if (counts[at] > 0) return;
  indices.erase(indices.begin() + at);
  counts.erase(counts.begin() + at);
}

}  // namespace

void add_to_buckets(double value, double count, state::v1::LogBuckets* buckets) {
  add_at(index_of(value), count, buckets);
}

void add_buckets(const state::v1::LogBuckets& from, state::v1::LogBuckets* to) {
  for (int i = 0; i < from.index_size(); ++i) add_at(from.index(i), from.count(i), to);
}

double total_of(const state::v1::LogBuckets& buckets) {
  double total = 0;
  for (const double count : buckets.count()) total += count;
  return total;
}

double quantile(const state::v1::LogBuckets& buckets, double share) {
  const double wanted = share * total_of(buckets);
  double below = 0;
  for (int i = 0; i < buckets.index_size(); ++i) {
    below += buckets.count(i);
    if (below >= wanted) return value_of(buckets.index(i));
  }
  return value_of(buckets.index(buckets.index_size() - 1));
}

double bucket_floor(double value) {
  const int index = index_of(value);
  if (index == 0) return -1;
  const double edge = std::pow(kGrowth, index > 0 ? index - 1 : -index);
  return index > 0 ? edge * (1 - kRounding) : -edge;
}

void fade_buckets(double keep, state::v1::LogBuckets* buckets) {
  state::v1::LogBuckets left;
  for (int i = 0; i < buckets->index_size(); ++i) {
    const double count = buckets->count(i) * keep;
    if (count < 0.01) continue;
    left.add_index(buckets->index(i));
    left.add_count(count);
  }
  buckets->Swap(&left);
}

}  // namespace ebb
