// What a worker counts, for metrics. Written by the worker's thread, read by any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/base/types.h"

namespace ebb {

// A number with one writer: adding is a load and a store, no locked instruction.
class Counter {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Durations in fixed buckets.
class DurationHistogram {
 public:
  static constexpr std::array<DurationMs, 12> kBoundsMs = {1,   2,   5,   10,   20,   50,
                                                           100, 200, 500, 1000, 5000, 30'000};

  void observe(DurationMs ms) {
    std::size_t i = 0;
    while (i < kBoundsMs.size() && ms > kBoundsMs[i]) ++i;
    buckets_[i].add();
    sum_ms_.add(static_cast<std::uint64_t>(ms));
  }
  // The last bucket holds what is above all bounds.
  const std::array<Counter, kBoundsMs.size() + 1>& buckets() const { return buckets_; }
  std::uint64_t sum_ms() const { return sum_ms_.get(); }

 private:
  std::array<Counter, kBoundsMs.size() + 1> buckets_;
  Counter sum_ms_;
};

struct WorkerCounters {
  Counter steps;  // rounds of the worker's loop: they go on whatever the log does
  Counter records, timers, epochs_committed, epochs_dropped, resets, recoveries, recovered_records,
      checkpoints, offset_mismatches;
  Counter epoch_rows, epoch_outputs, poisoned;
  Counter busy_ms, waiting_ms, back_pressured_ms;
  DurationHistogram commit_ms;
};

}  // namespace ebb
