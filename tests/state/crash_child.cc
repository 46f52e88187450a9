// Commits and checkpoints in a loop until it is killed, by a signal that it orders for itself. Epoch e gives
// every row the number e and moves every timer to e; so whatever is on disk must be of one epoch.
// Arguments: state directory of the task, microseconds until the kill.
#include <signal.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/state/crash_child.h"
#include "tests/state/store_fixture.h"

namespace {

void order_kill(long after_us) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  itimerspec when{};
  when.it_value.tv_sec = after_us / 1'000'000;
  when.it_value.tv_nsec = after_us % 1'000'000 * 1000;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &when, nullptr) != 0) {
    std::perror("timer");
    std::exit(1);
  }
}

}  // namespace

int main(int, char** argv) {
  ebb::StoreFixture fixture(argv[1]);
  fixture.open();
  const ebb::Offset offset = fixture.store->position().changelog_offset;
  if (!fixture.store->restored(offset, ebb::kIncarnation)) return 1;
  order_kill(std::strtol(argv[2], nullptr, 10));
  for (ebb::Offset e = offset + 1;; ++e) {
    fixture.take_timers(e - 1);
    for (int i = 0; i < ebb::kCrashCustomers; ++i) {
      const std::string customer = std::to_string(i);
      fixture.put(customer, e, e);
      fixture.store->rearm(e, customer);
    }
    fixture.commit(e);
    auto job = fixture.store->begin_checkpoint(e);
    if (!job) continue;  // compaction is behind
    ebb::Status outcome = job->run();
    if (!fixture.store->end_checkpoint(std::move(job), std::move(outcome))) return 1;
  }
}
