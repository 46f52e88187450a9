#include <csignal>

#include "engine/app/cli.h"

// jemalloc's options. Freed memory goes back to the system soon, since it counts in nobody's share of the
// budget; and most of some thirty threads hardly allocate, so few arenas serve all.
extern "C" const char* malloc_conf;  // NOLINT(misc-use-internal-linkage): jemalloc looks for this name
const char* malloc_conf = "narenas:4,dirty_decay_ms:1000,muzzy_decay_ms:0";

int main(int argc, char** argv) {
  // A reader that goes away is seen where it is written to, not by dying.
  std::signal(SIGPIPE, SIG_IGN);
  return ebb::app::run_cli(argc, argv);
}
