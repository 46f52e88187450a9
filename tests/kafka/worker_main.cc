// A process with MiniWorkers, for tests that kill it: BROKERS GROUP INSTANCE
// Tells each change of what it runs on stdout, "running 0 1 3", and "settled" when all input was read and
// committed. Ends when stdin does.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <set>
#include <string>

#include "tests/kafka/kafka_env.h"
#include "tests/kafka/mini_worker.h"

namespace ebb::test {
namespace {

bool stdin_ended() {
  pollfd in{STDIN_FILENO, POLLIN, 0};
  char byte = 0;
  return ::poll(&in, 1, 0) > 0 && ::read(STDIN_FILENO, &byte, 1) <= 0;
}

void tell(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

int run(const KafkaLogOptions& options) {
  const auto log = open(options);
  MiniWorker worker(options, log.get(), 0);
  std::set<TaskId> told;
  bool was_settled = false;
  while (!stdin_ended()) {
    worker.run_until([&] { return worker.running() != told || worker.is_settled() != was_settled; }, 100);
    if (worker.running() != told) {
      told = worker.running();
      std::string line = "running";
      for (const TaskId task : told) line += " " + std::to_string(task);
      tell(line);
    }
    if (worker.is_settled() != was_settled) {
      was_settled = !was_settled;
      tell(was_settled ? "settled" : "busy");
    }
  }
  return 0;
}

}  // namespace
}  // namespace ebb::test

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  return ebb::test::run(ebb::test::for_instance(ebb::test::options_for(argv[1], argv[2]), argv[3]));
}
