// What the crash test and its child agree on.
#pragma once

namespace ebb {

inline constexpr int kCrashCustomers = 3000;

}  // namespace ebb
