// Appends and commits epochs without end, and says on its output what was acknowledged: "a <value>" for an
// append, "e <number>" for an epoch. embedded_kill_test.cc kills it.
//
// Epoch n writes, for each of two tasks: task record n, rows "r" = n and "r<n % 50>" = n, two outputs n.
#include <unistd.h>

#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/embedded/embedded_log.h"

namespace ebb {
namespace {

constexpr int kAppenders = 4;
std::mutex output_mutex;

void say(const std::string& line) {
  const std::lock_guard lock(output_mutex);
  const std::string bytes = line + "\n";
  if (write(STDOUT_FILENO, bytes.data(), bytes.size()) < 0) _exit(3);
}

void fail(const Status& status) {
  std::cerr << status.message() << "\n";
  _exit(2);
}

void append_for_ever(EmbeddedLog* log, const std::string& run, int appender) {
  for (int n = 0;; ++n) {
    std::vector<NewRecord> records;
    std::string said;
    for (int i = 0; i <= n % 3; ++i) {
      NewRecord record;
      record.partition = (n + i) % 2;
      record.value = run + "." + std::to_string(appender) + "." + std::to_string(n) + "." + std::to_string(i);
      record.key = record.value;
      said += (said.empty() ? "a " : "\na ") + record.value;
      records.push_back(std::move(record));
    }
    if (const auto done = log->append("in", std::move(records)); !done.is_ok()) fail(done.status());
    say(said);
  }
}

std::shared_ptr<const Epoch> make_epoch(std::uint64_t number) {
  auto epoch = std::make_shared<Epoch>();
  epoch->number = number;
  const std::string n = std::to_string(number);
  for (TaskId task = 0; task < 2; ++task) {
    epoch->tasks.push_back({.task = task,
                            .task_record = n,
                            .positions = {static_cast<Offset>(number)},
                            .rows = {{"r", n, false}, {"r" + std::to_string(number % 50), n, false}}});
    for (int i = 0; i < 2; ++i) {
      OutRecord output;
      output.task = task;
      output.key = n;
      output.value = n;
      epoch->outputs.push_back(output);
    }
  }
  return epoch;
}

void commit_for_ever(WorkerLog* worker, std::uint64_t first) {
  std::vector<GroupEvent> events;
  std::uint64_t submitted = first - 1;
  std::uint64_t committed = submitted;
  while (true) {
    while (submitted < committed + 2) worker->submit(make_epoch(++submitted));
    if (const Status polled = worker->poll(1000, &events); !polled.is_ok()) fail(polled);
    CommitOutcome outcome;
    while (worker->next_outcome(&outcome)) {
      if (outcome.kind != CommitOutcome::Kind::kCommitted) fail(Status::internal(outcome.why));
      committed = outcome.epoch;
      say("e " + std::to_string(committed));
    }
  }
}

}  // namespace
}  // namespace ebb

// kill_child DIR RUN FIRST_EPOCH
int main(int argc, char** argv) {
  if (argc != 4) return 64;
  auto log = ebb::open_embedded_log(
      {.dir = argv[1], .partitions = 2, .sources = {"in"}, .sinks = {{"out"}}, .changelog = "log"});
  if (!log.is_ok()) ebb::fail(log.status());
  auto worker = (*log)->open_worker(0);
  if (!worker.is_ok()) ebb::fail(worker.status());
  std::vector<std::thread> appenders;
  appenders.reserve(ebb::kAppenders);
  for (int i = 0; i < ebb::kAppenders; ++i) {
    appenders.emplace_back([&, i] { ebb::append_for_ever(log->get(), argv[2], i); });
  }
  ebb::commit_for_ever(worker->get(), std::stoull(argv[3]));
}
