// Named places where a test may have this process killed, as kill -9 does at the worst moment. For tests
// only: nothing happens unless the environment has EBB_CRASH_AT=NAME or NAME:N, which kills at the N-th time
// (from 1, the default) that any thread passes the point of that name. The environment is read once; a point
// that isn't asked for costs one test of a bool. Thread-safety: any thread.
#pragma once

#include <string_view>

namespace ebb {
namespace internal {

bool crash_wanted();
void crash_if_due(std::string_view name);

}  // namespace internal

inline void crash_point(std::string_view name) {
  static const bool wanted = internal::crash_wanted();
  if (wanted) internal::crash_if_due(name);
}

}  // namespace ebb
