// A child process is killed at random moments of its checkpoints; what is then on disk must be of one moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/state/crash_child.h"
#include "tests/state/store_fixture.h"

namespace ebb {
namespace {

void run_child(const std::string& dir, long kill_after_us) {
  std::string program = EBB_CRASH_CHILD, dir_arg = dir, after = std::to_string(kill_after_us);
  char* const args[] = {program.data(), dir_arg.data(), after.data(), nullptr};
  pid_t pid = 0;
  ASSERT_EQ(::posix_spawn(&pid, program.c_str(), nullptr, nullptr, args, environ), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

TEST(TaskStoreCrash, RowsTimersAndPositionAgreeAfterAKillAtAnyMoment) {
  TempDir temp;
  const std::string dir = temp.file("0");
  std::mt19937 random(1);
  Offset last = 0;
  long patience_us = 20'000;  // more on a machine so busy that nothing gets done in that time
  for (int trial = 0; trial < 15; ++trial) {
    run_child(dir, patience_us + static_cast<long>(random() % 150'000));
    ASSERT_FALSE(HasFailure());
    StoreFixture fixture(dir);
    fixture.open();
    const Offset epoch = fixture.store->position().changelog_offset;
    EXPECT_GE(epoch, last);
    last = epoch;
    ASSERT_TRUE(fixture.store->restored(epoch, kIncarnation));
    if (epoch == 0) {
      patience_us *= 2;
      continue;
    }
    for (int i = 0; i < kCrashCustomers; ++i) ASSERT_EQ(fixture.get(std::to_string(i)), epoch) << i;
    const auto timers = fixture.take_timers(kNever);
    ASSERT_EQ(timers.size(), static_cast<std::size_t>(kCrashCustomers));
    for (const auto& [time_ms, customer] : timers) ASSERT_EQ(time_ms, epoch) << customer;
  }
  EXPECT_GT(last, 0);
}

}  // namespace
}  // namespace ebb
