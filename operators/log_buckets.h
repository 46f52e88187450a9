// Quantiles of many numbers in little room: counts by size in buckets that grow by a constant factor, so that
// a quantile is off by 5 % of its value at most. What was added can be taken out again. After DDSketch
// (Masson, Rim, Lee 2019), with values below 1 either way as zero, for amounts in minor units.
#pragma once

#include "ebb/state/v1/capacity_slice.pb.h"

namespace ebb {

// count below 0 takes out; a bucket with nothing left is removed, so there are at most about 830 (amounts up
// to 1e18 either way), and hardly ever more than 150.
void add_to_buckets(double value, double count, state::v1::LogBuckets* buckets);
void add_buckets(const state::v1::LogBuckets& from, state::v1::LogBuckets* to);
double total_of(const state::v1::LogBuckets& buckets);
// The value below which so large a share of the count lies, 0 to 1. REQUIRES: total_of() > 0.
double quantile(const state::v1::LogBuckets& buckets, double share);
// The least value that falls into the same bucket.
double bucket_floor(double value);
// All counts times a factor; what becomes less than a hundredth is dropped.
void fade_buckets(double keep, state::v1::LogBuckets* buckets);

}  // namespace ebb
