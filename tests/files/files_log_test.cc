#include "engine/files/files_log.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "tests/temp_dir.h"

namespace ebb {
namespace {

std::string event(const std::string& customer, int n) {
  return "{\"eventId\":\"e" + std::to_string(n) + "\",\"customerId\":\"" + customer + "\"}";
}

std::unique_ptr<Log> open(FilesOptions options) {
  auto log = open_files_log(std::move(options));
  EXPECT_TRUE(log.is_ok()) << log.status().message();
  return std::move(log).value();
}

struct Seen {
  Offset offset = 0;
  std::string key, value, truncated;
  bool has_key = false;
};

// Fetches one source of a started task to its end.
std::vector<Seen> drain(WorkerLog* log, TaskId task, SourceId source) {
  std::vector<Seen> out;
  RecordBatch batch;
  while (!log->end(task, source).at_end) {
    const Status fetched = log->fetch(task, source, &batch);
    EXPECT_TRUE(fetched.is_ok()) << fetched.message();
    if (!fetched.is_ok()) break;
    for (const Record& record : batch.records) {
      Seen seen{record.offset, std::string(record.key), std::string(record.value), {}, record.has_key};
      for (const Header& header : record.headers) {
        if (header.name == kTruncatedHeader) seen.truncated = std::string(header.value);
      }
      out.push_back(std::move(seen));
    }
  }
  return out;
}

class FilesLogTest : public testing::Test {
 protected:
  TempDir dir_;
};

TEST_F(FilesLogTest, EachTaskGetsItsPartitionOfEachFileInOrder) {
  constexpr int kPartitions = 5;
  constexpr int kLines = 20'000;
  std::string bytes;
  std::map<TaskId, std::vector<std::string>> want;
  for (int n = 0; n < kLines; ++n) {
    const std::string customer = "customer-" + std::to_string(n * 31 % 997);
    bytes += event(customer, n) + "\n";
    want[partition_of(customer, kPartitions)].push_back(event(customer, n));
  }
  dir_.write("purchases.jsonl", bytes);
  dir_.write("feedback.jsonl", event("a", 1) + "\n");
  ManualClock clock(12345);
  auto log = open({.sources = event_files_in(dir_.path(), {"purchases", "feedback", "surveys"}),
                   .partitions = kPartitions,
                   .workers = 2,
                   .on_output = {},
                   .clock = &clock});
  std::vector<TaskId> assigned;
  for (int w = 0; w < 2; ++w) {
    auto worker = log->open_worker(w);
    ASSERT_TRUE(worker.is_ok());
    std::vector<GroupEvent> events;
    ASSERT_TRUE((*worker)->poll(0, &events).is_ok());
    ASSERT_TRUE((*worker)->poll(0, &events).is_ok());
    ASSERT_EQ(events.size(), 1U);
    for (const TaskId task : events[0].tasks) {
      EXPECT_EQ(task % 2, w);
      assigned.push_back(task);
      ASSERT_TRUE((*worker)->start(task, {-1, -1, -1}).is_ok());
      const std::vector<Seen> seen = drain(worker->get(), task, 0);
      ASSERT_EQ(seen.size(), want[task].size());
      for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i].offset, static_cast<Offset>(i));
        EXPECT_EQ(seen[i].value, want[task][i]);
        EXPECT_TRUE(seen[i].has_key);
        EXPECT_EQ(partition_of(seen[i].key, kPartitions), task);
      }
      EXPECT_EQ(drain(worker->get(), task, 1).size(), task == partition_of("a", kPartitions) ? 1U : 0U);
      EXPECT_TRUE(drain(worker->get(), task, 2).empty());
    }
  }
  EXPECT_EQ(assigned.size(), static_cast<std::size_t>(kPartitions));
}

TEST_F(FilesLogTest, MalformedLinesGoSomewhere) {
  const std::vector<std::string> bad = {"garbage", "{\"customerId\":12}", "{}", "[1,2]",
                                        "{\"customerId\":\"cut"};
  std::string bytes;
  for (const std::string& line : bad) bytes += line + "\n";
  auto log = open({.sources = {dir_.write("s.jsonl", bytes)}, .partitions = 3, .on_output = {}});
  auto worker = log->open_worker(0);
  std::size_t count = 0;
  for (TaskId task = 0; task < 3; ++task) {
    ASSERT_TRUE((*worker)->start(task, {}).is_ok());
    for (const Seen& seen : drain(worker->get(), task, 0)) {
      EXPECT_FALSE(seen.has_key);
      EXPECT_EQ(partition_of(seen.value, 3), task);
      ++count;
    }
  }
  EXPECT_EQ(count, bad.size());
}

TEST_F(FilesLogTest, ALineThatIsTooLongIsCutAndSaysSo) {
  std::string line = "{\"customerId\":\"c1\",\"x\":\"";
  line.resize(10'000'000, 'y');
  line += "\"}";
  auto log = open({.sources = {dir_.write("s.jsonl", line + "\n" + event("c1", 2) + "\n")},
                   .max_line_bytes = 1000,
                   .on_output = {}});
  auto worker = log->open_worker(0);
  ASSERT_TRUE((*worker)->start(0, {}).is_ok());
  const std::vector<Seen> seen = drain(worker->get(), 0, 0);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].value, line.substr(0, 1000));
  EXPECT_EQ(seen[0].truncated, std::to_string(line.size()));
  EXPECT_EQ(seen[0].key, "c1");
  EXPECT_EQ(seen[1].truncated, "");
}

TEST_F(FilesLogTest, ATaskCanGoOnFromAPosition) {
  std::string bytes;
  for (int n = 0; n < 10; ++n) bytes += event("c1", n) + "\n";
  auto log = open({.sources = {dir_.write("s.jsonl", bytes)}, .on_output = {}});
  auto worker = log->open_worker(0);
  ASSERT_TRUE((*worker)->start(0, {}).is_ok());
  EXPECT_EQ(drain(worker->get(), 0, 0).size(), 10U);
  (*worker)->stop(0);
  ASSERT_TRUE((*worker)->start(0, {7}).is_ok());
  const std::vector<Seen> seen = drain(worker->get(), 0, 0);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].offset, 7);
  EXPECT_EQ(seen[0].value, event("c1", 7));
  ASSERT_TRUE((*worker)->start(0, {11}).is_ok());
  RecordBatch batch;
  EXPECT_EQ((*worker)->fetch(0, 0, &batch).code(), Code::kNotFound);
}

TEST_F(FilesLogTest, OutputsOfAnEpochAreHandedOverInOrder) {
  std::vector<std::string> outputs;
  auto log = open({.sources = {dir_.write("s.jsonl", "")}, .on_output = [&](const OutRecord& output) {
                     outputs.push_back(output.value);
                     return Status::ok();
                   }});
  auto worker = log->open_worker(0);
  for (std::uint64_t number = 1; number <= 2; ++number) {
    auto epoch = std::make_shared<Epoch>();
    epoch->number = number;
    epoch->tasks.push_back(
        {.task = 0, .task_record = "record", .positions = {0}, .rows = {RowWrite{}, RowWrite{}}});
    for (int i = 0; i < 3; ++i) {
      OutRecord output;
      output.value = std::to_string(number) + "." + std::to_string(i);
      epoch->outputs.push_back(output);
    }
    (*worker)->submit(epoch);
    CommitOutcome outcome;
    ASSERT_TRUE((*worker)->next_outcome(&outcome));
    EXPECT_EQ(outcome.kind, CommitOutcome::Kind::kCommitted);
    EXPECT_EQ(outcome.epoch, number);
    EXPECT_EQ(outcome.record_offsets, (std::vector<Offset>{number == 1 ? 0 : 3}));
    EXPECT_FALSE((*worker)->next_outcome(&outcome));
  }
  EXPECT_EQ(outputs, (std::vector<std::string>{"1.0", "1.1", "1.2", "2.0", "2.1", "2.2"}));
}

TEST_F(FilesLogTest, AnOutputThatCannotBeWrittenEndsTheReplay) {
  auto log = open({.sources = {dir_.write("s.jsonl", "")}, .workers = 2, .on_output = [&](const OutRecord&) {
                     return Status::internal("disk full");
                   }});
  auto worker = log->open_worker(0);
  auto epoch = std::make_shared<Epoch>();
  epoch->outputs.emplace_back();
  (*worker)->submit(epoch);
  CommitOutcome outcome;
  ASSERT_TRUE((*worker)->next_outcome(&outcome));
  EXPECT_EQ(outcome.kind, CommitOutcome::Kind::kRetry);
  EXPECT_EQ(outcome.why, "disk full");
  std::vector<GroupEvent> events;
  ASSERT_TRUE((*worker)->poll(0, &events).is_ok());  // the assignment
  EXPECT_EQ((*worker)->poll(0, &events).message(), "disk full");
  EXPECT_EQ(log->open_worker(1).status().message(), "disk full");
}

TEST_F(FilesLogTest, RecoveryFindsTheLastTaskRecordAndNothingElse) {
  auto log = open({.sources = {dir_.write("s.jsonl", "")}, .on_output = {}});
  auto worker = log->open_worker(0);
  RecordBatch batch;
  ASSERT_TRUE((*worker)->begin_recovery(0, 0).is_ok());
  EXPECT_EQ((*worker)->recover(0, &batch).value().state, RecoveryStep::State::kDone);
  EXPECT_TRUE(batch.empty());
  ASSERT_TRUE((*worker)->begin_recovery(0, 5).is_ok());
  EXPECT_EQ((*worker)->recover(0, &batch).value().state, RecoveryStep::State::kBehind);
  EXPECT_EQ(log->open_worker(0).status().code(), Code::kInvalid) << "it is open already";

  for (int n = 1; n <= 2; ++n) {
    auto epoch = std::make_shared<Epoch>();
    epoch->number = static_cast<std::uint64_t>(n);
    epoch->tasks.push_back({0, "record " + std::to_string(n), {0}, {{"ra", "row", false}}});
    (*worker)->submit(std::move(epoch));
  }
  CommitOutcome outcome;
  ASSERT_TRUE((*worker)->next_outcome(&outcome));
  ASSERT_TRUE((*worker)->next_outcome(&outcome));
  EXPECT_EQ(outcome.record_offsets, std::vector<Offset>{2});
  worker->reset();
  worker = log->open_worker(0);
  ASSERT_TRUE(worker.is_ok()) << worker.status().message();
  ASSERT_TRUE((*worker)->begin_recovery(0, 2).is_ok());
  EXPECT_EQ((*worker)->recover(0, &batch).value().state, RecoveryStep::State::kDone);
  ASSERT_EQ(batch.records.size(), 1U);
  EXPECT_EQ(batch.records[0].value, "record 2");
  ASSERT_TRUE((*worker)->begin_recovery(0, 0).is_ok()) << "rows of the second epoch are not on disk";
  EXPECT_EQ((*worker)->recover(0, &batch).status().code(), Code::kInternal);
}

TEST_F(FilesLogTest, WakeEndsAPollThatHasNothingToWaitFor) {
  auto log = open({.sources = {dir_.write("s.jsonl", "")}, .on_output = {}});
  auto worker = log->open_worker(0);
  std::vector<GroupEvent> events;
  ASSERT_TRUE((*worker)->poll(0, &events).is_ok());
  std::thread waker([&] { (*worker)->wake(); });
  EXPECT_TRUE((*worker)->poll(60'000, &events).is_ok());
  waker.join();
}

TEST_F(FilesLogTest, OneFileMustBeThere) {
  const auto log = open_files_log({.sources = event_files_in(dir_.path(), {"a", "b"}), .on_output = {}});
  EXPECT_EQ(log.status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace ebb
