// A child process that runs worker_main, and what it tells.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "engine/base/types.h"

namespace ebb::test {

class Child {
 public:
  // args: BROKERS GROUP INSTANCE. crash_at: see engine/base/crash_point.h.
  explicit Child(const std::vector<std::string>& args, const std::string& crash_at = {});
  // Ends it in order, if it still lives.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Reads what it tells until its last "running" line names so many tasks (and it is settled, if asked for);
  // false: not in time.
  bool wait_running(std::size_t tasks, DurationMs up_to_ms);
  bool wait_settled(std::size_t tasks, DurationMs up_to_ms);
  std::size_t running() const { return running_; }

  // It has ended, or nearly.
  bool wait_dead(DurationMs up_to_ms);
  void kill_9();
  // Waits for its end; the signal that ended it, 0 = none.
  int wait_end();

 private:
  bool wait_until(std::size_t tasks, bool settled, DurationMs up_to_ms);
  // False: nothing came in time, or it is dead.
  bool read_some(DurationMs up_to_ms);

  pid_t pid_ = 0;
  int to_ = -1;
  int from_ = -1;
  std::string unread_;
  std::size_t running_ = 0;
  bool settled_ = false;
  bool dead_ = false;
};

}  // namespace ebb::test
