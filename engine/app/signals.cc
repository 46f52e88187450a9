#include "engine/app/signals.h"

#include <csignal>
#include <ctime>
#include <initializer_list>

namespace ebb::app {
namespace {

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = ours();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signal next_signal(DurationMs wait_ms) {
  const sigset_t set = ours();
  const timespec wait = {static_cast<time_t>(wait_ms / 1000), static_cast<long>(wait_ms % 1000 * 1'000'000)};
  const int signal = sigtimedwait(&set, nullptr, &wait);
  if (signal < 0) return Signal::kNone;
  return signal == SIGHUP ? Signal::kReload : Signal::kStop;
}

}  // namespace ebb::app
