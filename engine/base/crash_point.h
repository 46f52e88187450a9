// Named places where a test may have this process killed, as kill -9 does at the worst moment. For tests
// only: nothing happens unless the environment has EBB_CRASH_AT=NAME or NAME:N, which kills at the N-th time
// (from 1, the default) that any thread passes the point of that name, or a test in the same process watches.
// The environment is read once, at the start; a point that isn't asked for costs one test of a bool.
// Thread-safety: any thread.
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

namespace ebb {
namespace internal {

extern std::atomic<bool> crash_points_matter;
void at_crash_point(std::string_view name);

}  // namespace internal

inline void crash_point(std::string_view name) {
  if (internal::crash_points_matter.load(std::memory_order_relaxed)) internal::at_crash_point(name);
}

// Calls watch with the name of each point that any thread passes, until the next call; null: no more.
void watch_crash_points(std::function<void(std::string_view name)> watch);

}  // namespace ebb
