// Signals as values: blocked for all threads, and asked for by one.
#pragma once

#include "engine/base/types.h"

namespace ebb::app {

enum class Signal { kNone, kStop, kReload };

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and those that it starts. Call before any other thread.
void block_signals();
// Waits up to wait_ms for one of them. REQUIRES: block_signals().
Signal next_signal(DurationMs wait_ms);

}  // namespace ebb::app
