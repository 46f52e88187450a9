#include "tests/kafka/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "engine/base/clock.h"

namespace ebb::test {

Child::Child(const std::vector<std::string>& args, const std::string& crash_at) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  EXPECT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  EXPECT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
  std::vector<char*> argv{const_cast<char*>(EBB_KAFKA_TEST_WORKER)};
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  std::string crash = "EBB_CRASH_AT=" + crash_at;
  std::vector<char*> env;
  for (char** entry = environ; *entry != nullptr; ++entry) env.push_back(*entry);
  if (!crash_at.empty()) env.push_back(crash.data());
  env.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  EXPECT_EQ(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), env.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  from_ = out[0];
}

Child::~Child() {
  ::close(to_);
  if (pid_ > 0) wait_end();
  ::close(from_);
}

bool Child::wait_running(std::size_t tasks, DurationMs up_to_ms) {
  return wait_until(tasks, false, up_to_ms);
}

bool Child::wait_settled(std::size_t tasks, DurationMs up_to_ms) {
  return wait_until(tasks, true, up_to_ms);
}

bool Child::wait_until(std::size_t tasks, bool settled, DurationMs up_to_ms) {
  const TimeMs deadline_ms = system_clock().steady_ms() + up_to_ms;
  while (running_ != tasks || (settled && !settled_)) {
    const DurationMs left_ms = deadline_ms - system_clock().steady_ms();
    if (left_ms <= 0 || !read_some(left_ms)) return false;
  }
  return true;
}

bool Child::read_some(DurationMs up_to_ms) {
  pollfd from{from_, POLLIN, 0};
  if (::poll(&from, 1, static_cast<int>(up_to_ms)) <= 0) return false;
  std::array<char, 4096> bytes;
  const ssize_t count = ::read(from_, bytes.data(), bytes.size());
  dead_ = count <= 0;
  if (dead_) return false;
  unread_.append(bytes.data(), static_cast<std::size_t>(count));
  for (std::size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
    const std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    if (line.starts_with("running")) {
      running_ = static_cast<std::size_t>(std::count(line.begin(), line.end(), ' '));
    } else if (line == "settled" || line == "busy") {
      settled_ = line == "settled";
    }
  }
  return true;
}

bool Child::wait_dead(DurationMs up_to_ms) {
  while (!dead_ && read_some(up_to_ms)) {
  }
  return dead_;
}

void Child::kill_9() {
  ::kill(pid_, SIGKILL);
  wait_end();
}

int Child::wait_end() {
  int status = 0;
  EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
  pid_ = 0;
  running_ = 0;
  settled_ = false;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace ebb::test
