// What an embedded log promises about a process that is killed at any moment: what it acknowledged is there,
// once; an epoch and a batch are there whole or not at all.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "engine/embedded/embedded_log.h"
#include "tests/temp_dir.h"

namespace ebb {
namespace {

// A child whose output is read, and that is killed when enough of it has come.
class Child {
 public:
  Child(const std::string& dir, int run, std::uint64_t first_epoch) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const std::string run_text = std::to_string(run);
    const std::string epoch_text = std::to_string(first_epoch);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      execl(EBB_KILL_CHILD, EBB_KILL_CHILD, dir.c_str(), run_text.c_str(), epoch_text.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    read_end_ = ends[0];
  }
  ~Child() { close(read_end_); }

  // Kills it once it has said so many bytes; returns all that it said in whole lines.
  std::string kill_after(std::size_t bytes) {
    std::string said;
    bool killed = false;
    char buffer[4096];
    while (true) {
      const ssize_t got = read(read_end_, buffer, sizeof buffer);
      if (got <= 0) break;
      said.append(buffer, static_cast<std::size_t>(got));
      if (!killed && said.size() >= bytes) {
        kill(pid_, SIGKILL);
        killed = true;
      }
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    EXPECT_TRUE(killed && WIFSIGNALED(status)) << "the child ended by itself: " << status;
    return said.substr(0, said.rfind('\n') + 1);
  }

 private:
  pid_t pid_ = -1;
  int read_end_ = -1;
};

std::map<std::string, int> count_values(EmbeddedLog* log, const std::string& topic) {
  std::map<std::string, int> out;
  auto reader = log->open_reader(topic, true);
  EXPECT_TRUE(reader.is_ok());
  bool at_end = false;
  while (!at_end) {
    TaskId partition = 0;
    RecordBatch batch;
    EXPECT_TRUE((*reader)->next(0, &partition, &batch, &at_end).is_ok());
    for (const Record& record : batch.records) ++out[std::string(record.value)];
  }
  return out;
}

std::map<std::string, std::string> recover(WorkerLog* worker, TaskId task) {
  std::map<std::string, std::string> out;
  EXPECT_TRUE(worker->begin_recovery(task, 0).is_ok());
  RecordBatch batch;
  while (true) {
    const auto step = worker->recover(task, &batch);
    EXPECT_TRUE(step.is_ok());
    if (!step.is_ok() || step->state != RecoveryStep::State::kWorking) return out;
    for (const Record& record : batch.records) {
      EXPECT_EQ(out.count(std::string(record.key)), 0U) << "not compacted: " << record.key;
      out[std::string(record.key)] = std::string(record.value);
    }
  }
}

TEST(EmbeddedKill, WhatWasAcknowledgedIsThereOnceAndEpochsAreWhole) {
  const TempDir dir;
  std::set<std::string> acknowledged;
  std::uint64_t last_epoch = 0;
  for (int run = 0; run < 8; ++run) {
    std::uint64_t acknowledged_epoch = 0;
    {
      Child child(dir.path(), run, last_epoch + 1);
      std::istringstream said(child.kill_after(2000 + static_cast<std::size_t>(run) * 7001));
      for (std::string kind, what; said >> kind >> what;) {
        if (kind == "a") acknowledged.insert(what);
        if (kind == "e") acknowledged_epoch = std::stoull(what);
      }
    }
    auto log = open_embedded_log(
        {.dir = dir.path(), .partitions = 2, .sources = {"in"}, .sinks = {{"out"}}, .changelog = "log"});
    ASSERT_TRUE(log.is_ok()) << log.status().message();

    const std::map<std::string, int> appended = count_values(log->get(), "in");
    for (const auto& [value, count] : appended) EXPECT_EQ(count, 1) << value;
    for (const std::string& value : acknowledged) EXPECT_EQ(appended.count(value), 1U) << value;
    // A batch of "<run>.<appender>.<n>" has n % 3 + 1 records.
    std::map<std::string, int> batches;
    for (const auto& [value, count] : appended) ++batches[value.substr(0, value.rfind('.'))];
    for (const auto& [batch, count] : batches) {
      EXPECT_EQ(count, std::stoi(batch.substr(batch.rfind('.') + 1)) % 3 + 1) << batch;
    }

    auto worker = (*log)->open_worker(0);
    ASSERT_TRUE(worker.is_ok());
    std::map<std::string, std::string> rows = recover(worker->get(), 0);
    EXPECT_EQ(rows, recover(worker->get(), 1));
    ASSERT_TRUE(rows.count("t"));
    last_epoch = std::stoull(rows["t"]);
    EXPECT_GE(last_epoch, acknowledged_epoch);
    EXPECT_EQ(rows["r"], rows["t"]);
    EXPECT_EQ(rows["r" + std::to_string(last_epoch % 50)], rows["t"]);
    const std::map<std::string, int> outputs = count_values(log->get(), "out");
    EXPECT_EQ(outputs.size(), last_epoch);
    for (const auto& [value, count] : outputs) {
      EXPECT_LE(std::stoull(value), last_epoch);
      EXPECT_EQ(count, 4) << value;
    }
  }
  EXPECT_GT(last_epoch, 50U);
  EXPECT_GT(acknowledged.size(), 1000U);
}

}  // namespace
}  // namespace ebb
