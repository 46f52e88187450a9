#include "engine/embedded/embedded_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/temp_dir.h"

namespace ebb {
namespace {

NewRecord record(TaskId partition, std::string key, std::string value) {
  return {.partition = partition, .key = std::move(key), .value = std::move(value), .headers = {}};
}

struct Row {
  std::string key;
  std::optional<std::string> value;
  bool operator==(const Row&) const = default;
};

class EmbeddedLogTest : public testing::Test {
 protected:
  EmbeddedOptions options() {
    return {.dir = dir_.file("log"),
            .partitions = 2,
            .sources = {"purchases", "feedback"},
            .sinks = {{"alerts"}, {"risk", true}},
            .changelog = "changelog",
            .clock = &clock_};
  }
  void open() { open(options()); }
  void open(const EmbeddedOptions& options) {
    worker_.reset();
    log_.reset();
    auto log = open_embedded_log(options);
    ASSERT_TRUE(log.is_ok()) << log.status().message();
    log_ = std::move(log).value();
    open_worker();
  }
  void open_worker() {
    worker_.reset();
    auto worker = log_->open_worker(0);
    ASSERT_TRUE(worker.is_ok()) << worker.status().message();
    worker_ = std::move(worker).value();
    std::vector<GroupEvent> events;
    ASSERT_TRUE(worker_->poll(0, &events).is_ok());
    ASSERT_EQ(events.size(), 1U);
  }

  Offset append(const std::string& topic, TaskId partition, const std::string& value) {
    const auto offsets = log_->append(topic, {record(partition, "k", value)});
    EXPECT_TRUE(offsets.is_ok()) << offsets.status().message();
    return offsets.is_ok() ? offsets->front() : -1;
  }

  CommitOutcome commit(Epoch epoch) {
    epoch.number = ++epoch_;
    worker_->submit(std::make_shared<const Epoch>(std::move(epoch)));
    CommitOutcome outcome;
    std::vector<GroupEvent> events;
    while (!worker_->next_outcome(&outcome)) EXPECT_TRUE(worker_->poll(60'000, &events).is_ok());
    EXPECT_EQ(outcome.epoch, epoch_);
    return outcome;
  }
  Offset commit_rows(TaskId task, const std::string& task_record, std::vector<RowWrite> rows,
                     std::vector<Offset> positions = {}) {
    Epoch epoch;
    epoch.tasks.push_back({.task = task,
                           .task_record = task_record,
                           .positions = std::move(positions),
                           .rows = std::move(rows)});
    const CommitOutcome outcome = commit(std::move(epoch));
    EXPECT_EQ(outcome.kind, CommitOutcome::Kind::kCommitted) << outcome.why;
    return outcome.record_offsets.empty() ? -1 : outcome.record_offsets[0];
  }

  std::vector<Row> recover(TaskId task, Offset from) {
    std::vector<Row> out;
    EXPECT_TRUE(worker_->begin_recovery(task, from).is_ok());
    RecordBatch batch;
    Offset last = -1;
    while (true) {
      const auto step = worker_->recover(task, &batch);
      EXPECT_TRUE(step.is_ok());
      if (!step.is_ok() || step->state != RecoveryStep::State::kWorking) return out;
      for (const Record& r : batch.records) {
        EXPECT_GT(r.offset, last);
        last = r.offset;
        out.push_back({std::string(r.key), r.has_value ? std::optional(std::string(r.value)) : std::nullopt});
      }
    }
  }

  std::vector<std::string> values(const std::string& topic, TaskId partition) {
    std::vector<std::string> out;
    const auto bounds = log_->bounds(topic, partition);
    EXPECT_TRUE(bounds.is_ok());
    for (Offset at = bounds->begin; at < bounds->end;) {
      const auto batch = log_->read(topic, partition, at, 1000);
      EXPECT_TRUE(batch.is_ok());
      if (!batch.is_ok() || batch->empty()) break;
      for (const Record& r : batch->records) out.emplace_back(r.value);
      at = batch->records.back().offset + 1;
    }
    return out;
  }

  TempDir dir_;
  ManualClock clock_{1'000'000};
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<WorkerLog> worker_;
  std::uint64_t epoch_ = 0;
};

// ---- appending and reading

TEST_F(EmbeddedLogTest, OffsetsCountFromZeroAndSurviveReopening) {
  open();
  EXPECT_EQ(append("purchases", 0, "a"), 0);
  EXPECT_EQ(append("purchases", 0, "b"), 1);
  EXPECT_EQ(append("purchases", 1, "c"), 0);
  EXPECT_EQ(append("feedback", 0, "d"), 0);
  open();
  EXPECT_EQ(append("purchases", 0, "e"), 2);
  EXPECT_EQ(values("purchases", 0), (std::vector<std::string>{"a", "b", "e"}));
  EXPECT_EQ(values("purchases", 1), (std::vector<std::string>{"c"}));
  EXPECT_EQ(values("feedback", 0), (std::vector<std::string>{"d"}));
}

TEST_F(EmbeddedLogTest, ARecordComesBackAsItWasGiven) {
  open();
  NewRecord full = record(0, "key", "value");
  full.timestamp_ms = -5;
  full.headers = {{"a", "1"}, {"", ""}, {"a", std::string("\0x", 2)}};
  NewRecord bare;
  bare.has_key = bare.has_value = false;
  NewRecord empty;
  ASSERT_TRUE(log_->append("purchases", {full, bare, empty}).is_ok());
  const auto batch = log_->read("purchases", 0, 0, 10);
  ASSERT_EQ(batch->records.size(), 3U);
  const Record& first = batch->records[0];
  EXPECT_EQ(first.key, "key");
  EXPECT_EQ(first.value, "value");
  EXPECT_EQ(first.timestamp_ms, -5);
  ASSERT_EQ(first.headers.size(), 3U);
  EXPECT_EQ(first.headers[2].value, std::string("\0x", 2));
  EXPECT_FALSE(batch->records[1].has_key);
  EXPECT_FALSE(batch->records[1].has_value);
  EXPECT_TRUE(batch->records[2].has_key);
  EXPECT_TRUE(batch->records[2].has_value);
}

TEST_F(EmbeddedLogTest, ABatchIsAppendedWholeOrNotAtAll) {
  open();
  EXPECT_EQ(log_->append("purchases", {record(0, "k", "a"), record(2, "k", "b")}).status().code(),
            Code::kInvalid);
  EXPECT_EQ(log_->append("nothing", {record(0, "k", "a")}).status().code(), Code::kNotFound);
  EXPECT_EQ(log_->append("risk", {record(0, "k", "a")}).status().code(), Code::kInvalid);
  const std::string huge(EmbeddedLog::kMaxRecordBytes, 'x');
  EXPECT_EQ(log_->append("purchases", {record(0, "k", "a"), record(0, "k", huge)}).status().code(),
            Code::kInvalid);
  EXPECT_TRUE(values("purchases", 0).empty());
}

TEST_F(EmbeddedLogTest, LargeRecordsComeOneByOne) {
  open();
  const std::string large(10 << 20, 'x');
  ASSERT_TRUE(log_->append("purchases", {record(0, "k", large), record(0, "k", large + "y")}).is_ok());
  ASSERT_TRUE(worker_->start(0, {}).is_ok());
  RecordBatch batch;
  ASSERT_TRUE(worker_->fetch(0, 0, &batch).is_ok());
  ASSERT_EQ(batch.records.size(), 1U);
  EXPECT_EQ(batch.records[0].value, large);
  ASSERT_TRUE(worker_->fetch(0, 0, &batch).is_ok());
  EXPECT_EQ(batch.records[0].value, large + "y");
  EXPECT_TRUE(worker_->end(0, 0).at_end);
}

TEST_F(EmbeddedLogTest, ManyThreadsAppendAndEachGetsItsOffsets) {
  open();
  constexpr int kThreads = 8;
  constexpr int kAppends = 100;
  std::vector<std::map<Offset, std::string>> got(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < kAppends; ++n) {
        const std::string value = std::to_string(t) + "." + std::to_string(n);
        const auto offsets = log_->append("purchases", {record(0, "k", value)});
        if (offsets.is_ok()) got[static_cast<std::size_t>(t)][offsets->front()] = value;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> all = values("purchases", 0);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kThreads * kAppends));
  for (const auto& one : got) {
    EXPECT_EQ(one.size(), static_cast<std::size_t>(kAppends));
    for (const auto& [offset, value] : one) EXPECT_EQ(all[static_cast<std::size_t>(offset)], value);
  }
}

// ---- a worker

TEST_F(EmbeddedLogTest, TasksAreSharedOutOnce) {
  EmbeddedOptions wanted = options();
  wanted.partitions = 5;
  wanted.workers = 2;
  auto log = open_embedded_log(wanted);
  ASSERT_TRUE(log.is_ok());
  const std::vector<std::vector<TaskId>> want = {{0, 2, 4}, {1, 3}};
  for (int w = 0; w < 2; ++w) {
    auto worker = (*log)->open_worker(w);
    ASSERT_TRUE(worker.is_ok());
    EXPECT_EQ((*log)->open_worker(w).status().code(), Code::kInvalid);
    std::vector<GroupEvent> events;
    ASSERT_TRUE((*worker)->poll(0, &events).is_ok());
    ASSERT_TRUE((*worker)->poll(0, &events).is_ok());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, GroupEvent::Kind::kAssigned);
    EXPECT_EQ(events[0].tasks, want[static_cast<std::size_t>(w)]);
  }
  EXPECT_TRUE((*log)->open_worker(0).is_ok()) << "it was closed";
  EXPECT_EQ((*log)->open_worker(2).status().code(), Code::kInvalid);
}

TEST_F(EmbeddedLogTest, AWorkerReadsFromItsPositionToTheEnd) {
  open();
  for (int n = 0; n < 10; ++n) append("purchases", 1, std::to_string(n));
  ASSERT_TRUE(worker_->start(1, {4, -1}).is_ok());
  EXPECT_FALSE(worker_->end(1, 0).at_end);
  EXPECT_TRUE(worker_->end(1, 1).at_end);
  RecordBatch batch;
  ASSERT_TRUE(worker_->fetch(1, 0, &batch).is_ok());
  ASSERT_EQ(batch.records.size(), 6U);
  EXPECT_EQ(batch.records[0].offset, 4);
  EXPECT_EQ(batch.records[0].value, "4");
  clock_.advance(777);
  EXPECT_TRUE(worker_->end(1, 0).at_end);
  EXPECT_EQ(worker_->end(1, 0).confirmed_steady_ms, 777);
  append("purchases", 1, "new");
  EXPECT_FALSE(worker_->end(1, 0).at_end);
  ASSERT_TRUE(worker_->fetch(1, 0, &batch).is_ok());
  ASSERT_EQ(batch.records.size(), 1U);
  ASSERT_TRUE(worker_->fetch(1, 0, &batch).is_ok());
  EXPECT_TRUE(batch.empty());
}

TEST_F(EmbeddedLogTest, APositionThatIsNotThereIsSaid) {
  open();
  append("purchases", 0, "a");
  RecordBatch batch;
  ASSERT_TRUE(worker_->start(0, {1, 0}).is_ok());
  EXPECT_TRUE(worker_->fetch(0, 0, &batch).is_ok());
  ASSERT_TRUE(worker_->start(0, {2, 0}).is_ok());
  EXPECT_EQ(worker_->fetch(0, 0, &batch).code(), Code::kNotFound);
  worker_->stop(0);
  EXPECT_EQ(worker_->fetch(0, 0, &batch).code(), Code::kInvalid);
}

TEST_F(EmbeddedLogTest, AppendsAndWakeEndAPoll) {
  open();
  ASSERT_TRUE(worker_->start(0, {}).is_ok());
  std::vector<GroupEvent> events;
  std::thread appender([&] { append("purchases", 0, "a"); });
  ASSERT_TRUE(worker_->poll(60'000, &events).is_ok());
  appender.join();
  RecordBatch batch;
  ASSERT_TRUE(worker_->fetch(0, 0, &batch).is_ok());
  EXPECT_EQ(batch.records.size(), 1U);
  std::thread waker([&] { worker_->wake(); });
  ASSERT_TRUE(worker_->poll(60'000, &events).is_ok());
  waker.join();
}

TEST_F(EmbeddedLogTest, PollDoesNotReturnAgainForRecordsThatAreLeft) {
  open();
  append("purchases", 0, "a");
  ASSERT_TRUE(worker_->start(0, {}).is_ok());
  std::vector<GroupEvent> events;
  ASSERT_TRUE(worker_->poll(60'000, &events).is_ok());  // there is something
  const TimeMs before_ms = system_clock().steady_ms();
  ASSERT_TRUE(worker_->poll(50, &events).is_ok());  // and it was left
  EXPECT_GE(system_clock().steady_ms() - before_ms, 49);
}

// ---- epochs and the changelog

TEST_F(EmbeddedLogTest, AnEpochWritesEverything) {
  open();
  Epoch epoch;
  epoch.tasks.push_back({.task = 1, .task_record = "T1", .positions = {3, 4}, .rows = {{"a", "1", false}}});
  epoch.tasks.push_back({.task = 0, .task_record = "T0", .positions = {1, 2}, .rows = {{"b", "2", false}}});
  OutRecord alert;
  alert.task = 1;
  alert.key = "a";
  alert.value = "alert";
  alert.timestamp_ms = 42;
  alert.headers = {{"h", "v"}};
  epoch.outputs.push_back(alert);
  const CommitOutcome outcome = commit(std::move(epoch));
  EXPECT_EQ(outcome.kind, CommitOutcome::Kind::kCommitted);
  EXPECT_EQ(outcome.record_offsets, (std::vector<Offset>{0, 0}));
  open();
  EXPECT_EQ(recover(1, 0), (std::vector<Row>{{"t", "T1"}, {"a", "1"}}));
  EXPECT_EQ(recover(0, 0), (std::vector<Row>{{"t", "T0"}, {"b", "2"}}));
  const auto alerts = log_->read("alerts", 1, 0, 10);
  ASSERT_EQ(alerts->records.size(), 1U);
  EXPECT_EQ(alerts->records[0].timestamp_ms, 42);
  EXPECT_EQ(alerts->records[0].headers[0].value, "v");
  EXPECT_TRUE(values("alerts", 0).empty());
}

TEST_F(EmbeddedLogTest, EpochsCommitInOrderTwoInFlight) {
  open();
  for (std::uint64_t number = 1; number <= 2; ++number) {
    auto epoch = std::make_shared<Epoch>();
    epoch->number = number;
    epoch->tasks.push_back({.task = 0, .task_record = std::to_string(number), .positions = {}, .rows = {}});
    worker_->submit(epoch);
  }
  std::vector<GroupEvent> events;
  std::vector<std::uint64_t> order;
  while (order.size() < 2) {
    ASSERT_TRUE(worker_->poll(60'000, &events).is_ok());
    CommitOutcome outcome;
    while (worker_->next_outcome(&outcome)) {
      EXPECT_EQ(outcome.record_offsets[0], static_cast<Offset>(order.size()));
      order.push_back(outcome.epoch);
    }
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(EmbeddedLogTest, TheChangelogIsCompactedAsItIsWritten) {
  open();
  commit_rows(0, "1", {{"a", "1", false}, {"b", "1", false}});
  commit_rows(0, "2", {{"a", "2", false}});
  const Offset safe = commit_rows(0, "3", {{"c", "3", false}});
  EXPECT_EQ(recover(0, 0), (std::vector<Row>{{"b", "1"}, {"a", "2"}, {"t", "3"}, {"c", "3"}}));
  EXPECT_EQ(recover(0, safe), (std::vector<Row>{{"t", "3"}, {"c", "3"}}));
  open();
  commit_rows(0, "4", {{"b", "4", false}});
  EXPECT_EQ(recover(0, 0), (std::vector<Row>{{"a", "2"}, {"c", "3"}, {"t", "4"}, {"b", "4"}}));
}

TEST_F(EmbeddedLogTest, ManyOverwritesLeaveOneRecordAKey) {
  open();
  for (int n = 0; n < 300; ++n) {
    std::vector<RowWrite> rows;
    rows.reserve(20);
    for (int i = 0; i < 20; ++i)
      rows.push_back({"key" + std::to_string((n * 7 + i) % 60), std::to_string(n), false});
    commit_rows(0, std::to_string(n), std::move(rows));
  }
  EXPECT_EQ(recover(0, 0).size(), 61U);
}

TEST_F(EmbeddedLogTest, ATombstoneStaysForItsTimeAndThenNothingIsLeft) {
  open();
  commit_rows(0, "1", {{"a", "1", false}, {"b", "1", false}});
  commit_rows(0, "2", {{"a", "", true}, {"b", "", true}});
  clock_.advance(kHourMs);
  commit_rows(0, "3", {{"b", "3", false}});
  EXPECT_EQ(recover(0, 0), (std::vector<Row>{{"a", std::nullopt}, {"t", "3"}, {"b", "3"}}));
  clock_.advance(kDayMs - kHourMs);
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_EQ(recover(0, 0), (std::vector<Row>{{"a", std::nullopt}, {"t", "3"}, {"b", "3"}}));
  clock_.advance(1);
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_EQ(recover(0, 0), (std::vector<Row>{{"t", "3"}, {"b", "3"}}));
  open();
  commit_rows(0, "4", {{"a", "4", false}});
  EXPECT_EQ(recover(0, 0), (std::vector<Row>{{"b", "3"}, {"t", "4"}, {"a", "4"}}));
}

TEST_F(EmbeddedLogTest, OffsetsGoOnWhenTheLastRecordWasATombstoneThatHasGone) {
  open();
  commit_rows(0, "1", {{"a", "", true}});
  clock_.advance(2 * kDayMs);
  ASSERT_TRUE(log_->apply_retention().is_ok());
  open();
  EXPECT_EQ(commit_rows(0, "2", {}), 2);
}

TEST_F(EmbeddedLogTest, ACompactedSinkKeepsTheLastOfAKey) {
  open();
  Epoch epoch;
  for (const char* value : {"1", "2", "3"}) {
    OutRecord risk;
    risk.sink = 1;
    risk.key = "c";
    risk.value = value;
    epoch.outputs.push_back(risk);
  }
  EXPECT_EQ(commit(epoch).kind, CommitOutcome::Kind::kCommitted);
  EXPECT_EQ(values("risk", 0), (std::vector<std::string>{"3"}));
  epoch.outputs.resize(1);
  EXPECT_EQ(commit(epoch).kind, CommitOutcome::Kind::kCommitted);
  EXPECT_EQ(values("risk", 0), (std::vector<std::string>{"1"}));
}

TEST_F(EmbeddedLogTest, RecoveryFromBeyondTheEndIsBehind) {
  open();
  commit_rows(0, "1", {{"a", "1", false}});
  RecordBatch batch;
  ASSERT_TRUE(worker_->begin_recovery(0, 2).is_ok());
  EXPECT_EQ(worker_->recover(0, &batch)->state, RecoveryStep::State::kDone);
  ASSERT_TRUE(worker_->begin_recovery(0, 3).is_ok());
  EXPECT_EQ(worker_->recover(0, &batch)->state, RecoveryStep::State::kBehind);
}

TEST_F(EmbeddedLogTest, ALongRecoveryComesInSteps) {
  open();
  std::vector<RowWrite> rows;
  rows.reserve(5000);
  for (int n = 0; n < 5000; ++n) rows.push_back({"key" + std::to_string(n), std::string(300, 'v'), false});
  commit_rows(0, "1", std::move(rows));
  ASSERT_TRUE(worker_->begin_recovery(0, 0).is_ok());
  RecordBatch batch;
  ASSERT_TRUE(worker_->recover(0, &batch).is_ok());
  std::vector<GroupEvent> events;
  ASSERT_TRUE(worker_->poll(60'000, &events).is_ok());  // the next step can be taken at once
  EXPECT_LT(batch.records.size(), 5000U);
  EXPECT_EQ(recover(0, 0).size(), 5001U);
}

TEST_F(EmbeddedLogTest, AnEpochThatIsTooLargeIsRefusedAndSoAreThoseBehindIt) {
  open();
  Epoch epoch;
  epoch.outputs.emplace_back();
  epoch.outputs.back().value.assign(EmbeddedLog::kMaxRecordBytes, 'x');
  EXPECT_EQ(commit(epoch).kind, CommitOutcome::Kind::kTooLarge);
  EXPECT_EQ(commit(Epoch{}).kind, CommitOutcome::Kind::kTooLarge);
  open_worker();
  EXPECT_EQ(commit(Epoch{}).kind, CommitOutcome::Kind::kCommitted);
}

// ---- retention

TEST_F(EmbeddedLogTest, SourcesGoByTimeOnlyBelowTheCommittedPosition) {
  open();
  for (int n = 0; n < 10; ++n) append("purchases", 0, std::to_string(n));
  clock_.advance(8 * kDayMs);
  append("purchases", 0, "10");
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_EQ(log_->bounds("purchases", 0)->begin, 0);
  commit_rows(0, "1", {}, {6, 0});
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_EQ(values("purchases", 0), (std::vector<std::string>{"6", "7", "8", "9", "10"}));
  open();
  EXPECT_EQ(values("purchases", 0), (std::vector<std::string>{"6", "7", "8", "9", "10"}));
  commit_rows(0, "2", {}, {11, 0});
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_EQ(values("purchases", 0), (std::vector<std::string>{"10"})) << "the others are too old";
  clock_.advance(8 * kDayMs);
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_TRUE(values("purchases", 0).empty());
  open();
  EXPECT_EQ(append("purchases", 0, "next"), 11);
  EXPECT_EQ(log_->read("purchases", 0, 10, 1).status().code(), Code::kNotFound);
  ASSERT_TRUE(worker_->start(0, {3, 0}).is_ok());
  RecordBatch batch;
  EXPECT_EQ(worker_->fetch(0, 0, &batch).code(), Code::kNotFound);
  ASSERT_TRUE(worker_->start(0, {-1, 0}).is_ok());
  ASSERT_TRUE(worker_->fetch(0, 0, &batch).is_ok());
  EXPECT_EQ(batch.records[0].offset, 11);
}

TEST_F(EmbeddedLogTest, OutputsGoBySize) {
  EmbeddedOptions small = options();
  small.retention_bytes = 200'000;  // for two partitions
  open(small);
  for (int n = 0; n < 300; ++n) {
    Epoch epoch;
    epoch.outputs.emplace_back();
    epoch.outputs.back().value = std::string(1000, 'v') + std::to_string(n);
    ASSERT_EQ(commit(std::move(epoch)).kind, CommitOutcome::Kind::kCommitted);
  }
  ASSERT_TRUE(log_->apply_retention().is_ok());
  const std::vector<std::string> left = values("alerts", 0);
  EXPECT_GT(left.size(), 85U);
  EXPECT_LE(left.size(), 100U);
  EXPECT_TRUE(left.back().ends_with("v299"));
  open(small);
  EXPECT_EQ(values("alerts", 0), left);
}

// ---- opening

TEST_F(EmbeddedLogTest, AnotherNumberOfPartitionsIsRefused) {
  open();
  worker_.reset();
  log_.reset();
  EmbeddedOptions other = options();
  other.partitions = 3;
  const auto log = open_embedded_log(other);
  ASSERT_EQ(log.status().code(), Code::kInvalid);
  EXPECT_NE(log.status().message().find("purchases of this log has 2 partitions and the config wants 3"),
            std::string::npos)
      << log.status().message();
}

TEST_F(EmbeddedLogTest, ASecondWriterIsRefused) {
  open();
  EXPECT_EQ(open_embedded_log(options()).status().code(), Code::kUnavailable);
}

TEST_F(EmbeddedLogTest, TopicsCanBeAddedAndDescribed) {
  open();
  ASSERT_TRUE(log_->create_topics({{"extra", 3, {{"cleanup.policy", "compact"}}}}).is_ok());
  ASSERT_TRUE(log_->create_topics({{"extra", 3, {{"cleanup.policy", "compact"}}}}).is_ok());
  EXPECT_EQ(log_->create_topics({{"extra", 4, {{"cleanup.policy", "compact"}}}}).code(), Code::kInvalid);
  open();
  const auto topics = log_->describe_topics({"extra", "nothing", "alerts"});
  ASSERT_TRUE(topics.is_ok());
  EXPECT_TRUE((*topics)[0].exists);
  EXPECT_EQ((*topics)[0].partitions, 3);
  EXPECT_EQ((*topics)[0].config[0].second, "compact");
  EXPECT_FALSE((*topics)[1].exists);
  EXPECT_EQ((*topics)[2].config[0].second, "delete");
  EXPECT_TRUE(log_->check().is_ok());
}

// ---- readers and writers of tools

std::set<std::string> read_all(TopicReader* reader) {
  std::set<std::string> out;
  bool at_end = false;
  while (!at_end) {
    TaskId partition = 0;
    RecordBatch batch;
    EXPECT_TRUE(reader->next(0, &partition, &batch, &at_end).is_ok());
    for (const Record& r : batch.records) {
      EXPECT_TRUE(out.insert(std::to_string(partition) + ":" + std::string(r.value)).second);
    }
  }
  return out;
}

TEST_F(EmbeddedLogTest, AReaderReadsAllPartitionsAndFollows) {
  open();
  append("purchases", 0, "a");
  append("purchases", 1, "b");
  auto from_start = log_->open_reader("purchases", true);
  auto from_end = log_->open_reader("purchases", false);
  auto from_position = log_->open_reader_at("purchases", {1, 0});
  EXPECT_EQ(read_all(from_start->get()), (std::set<std::string>{"0:a", "1:b"}));
  EXPECT_TRUE(read_all(from_end->get()).empty());
  EXPECT_EQ(read_all(from_position->get()), (std::set<std::string>{"1:b"}));
  std::thread appender([&] { append("purchases", 1, "c"); });
  TaskId partition = 0;
  RecordBatch batch;
  bool at_end = false;
  ASSERT_TRUE((*from_end)->next(60'000, &partition, &batch, &at_end).is_ok());
  appender.join();
  ASSERT_EQ(batch.records.size(), 1U);
  EXPECT_EQ(batch.records[0].value, "c");
  EXPECT_EQ(partition, 1);
  EXPECT_TRUE(at_end);
  EXPECT_EQ(log_->open_reader("nothing", true).status().code(), Code::kNotFound);
}

TEST_F(EmbeddedLogTest, AReaderSkipsWhatRetentionHasLetGo) {
  open();
  append("purchases", 0, "old");
  auto reader = log_->open_reader("purchases", true);
  clock_.advance(8 * kDayMs);
  append("purchases", 0, "new");
  commit_rows(0, "1", {}, {2, 0});
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_EQ(read_all(reader->get()), (std::set<std::string>{"0:new"}));
}

TEST_F(EmbeddedLogTest, ReadersSeeWholeRecordsWhileThreadsWrite) {
  open();
  constexpr int kRecords = 2000;
  std::thread writer([&] {
    for (int n = 0; n < kRecords; n += 4) {
      std::vector<NewRecord> batch;
      batch.reserve(4);
      for (int i = 0; i < 4; ++i) batch.push_back(record(0, "k", std::to_string(n + i)));
      EXPECT_TRUE(log_->append("purchases", std::move(batch)).is_ok());
    }
  });
  auto reader = log_->open_reader("purchases", true);
  int next = 0;
  while (next < kRecords) {
    TaskId partition = 0;
    RecordBatch batch;
    bool at_end = false;
    ASSERT_TRUE((*reader)->next(60'000, &partition, &batch, &at_end).is_ok());
    for (const Record& r : batch.records) {
      EXPECT_EQ(r.offset, next);
      EXPECT_EQ(r.value, std::to_string(next++));
    }
  }
  writer.join();
}

TEST_F(EmbeddedLogTest, AWriterAppendsInOrder) {
  open();
  auto writer = log_->open_writer();
  std::vector<std::string> want;
  for (int n = 0; n < 3000; ++n) {
    want.push_back(std::to_string(n) + std::string(300, 'x'));
    ASSERT_TRUE((*writer)->append("purchases", 0, "k", want.back(), {{"h", "v"}}, 7).is_ok());
  }
  ASSERT_TRUE((*writer)->flush().is_ok());
  EXPECT_EQ(values("purchases", 0), want);
  EXPECT_EQ((*writer)->append("nothing", 0, "k", "v", {}, 7).code(), Code::kNotFound);
  ASSERT_TRUE((*writer)->append("purchases", 9, "k", "v", {}, 7).is_ok());
  EXPECT_EQ((*writer)->flush().code(), Code::kInvalid);
}

TEST_F(EmbeddedLogTest, AReadOnlyLogFollowsTheOneThatWrites) {
  open();
  append("purchases", 0, "a");
  EmbeddedOptions reading = options();
  reading.read_only = true;
  auto other = open_embedded_log(reading);
  ASSERT_TRUE(other.is_ok()) << other.status().message();
  auto reader = (*other)->open_reader("purchases", true);
  ASSERT_TRUE(reader.is_ok());
  EXPECT_EQ(read_all(reader->get()), (std::set<std::string>{"0:a"}));
  append("purchases", 1, "b");
  EXPECT_EQ(read_all(reader->get()), (std::set<std::string>{"1:b"}));
  TaskId partition = 0;
  RecordBatch batch;
  bool at_end = false;
  std::thread appender([&] { append("purchases", 0, "c"); });
  ASSERT_TRUE((*reader)->next(60'000, &partition, &batch, &at_end).is_ok());
  appender.join();
  ASSERT_EQ(batch.records.size(), 1U);
  EXPECT_EQ(batch.records[0].value, "c");
  EXPECT_EQ((*other)->append("purchases", {record(0, "k", "v")}).status().code(), Code::kUnavailable);
  EXPECT_EQ((*other)->open_worker(0).status().code(), Code::kUnavailable);
  EXPECT_EQ((*other)->open_writer().status().code(), Code::kUnavailable);
}

// Flushes, compactions and retention change the files under the reader's hands.
TEST_F(EmbeddedLogTest, AReadOnlyLogFollowsThroughFlushesAndCompactions) {
  EmbeddedOptions small = options();
  small.memory_bytes = 1 << 20;
  open(small);
  constexpr int kEpochs = 150;
  std::map<std::string, std::string> want = {{"t", std::to_string(kEpochs - 1)}};
  std::thread writer([&] {
    for (int n = 0; n < kEpochs; ++n) {
      Epoch epoch;
      epoch.tasks.push_back({.task = 0, .task_record = std::to_string(n), .positions = {}, .rows = {}});
      for (int i = 0; i < 100; ++i) {
        std::string noise = std::to_string(n) + " ";
        for (int k = 0; k < 300; ++k) noise.push_back(static_cast<char>((n * 31 + i * 17 + k * k) % 251));
        const std::string key = "key" + std::to_string((n * 37 + i * 11) % 500);
        epoch.tasks[0].rows.push_back({key, noise, false});
        want[key] = noise;
      }
      epoch.outputs.emplace_back();
      epoch.outputs.back().value = std::to_string(n);
      EXPECT_EQ(commit(std::move(epoch)).kind, CommitOutcome::Kind::kCommitted);
    }
  });
  EmbeddedOptions reading = small;
  reading.read_only = true;
  auto other = open_embedded_log(reading);
  ASSERT_TRUE(other.is_ok());
  auto alerts = (*other)->open_reader("alerts", true);
  for (int next = 0; next < kEpochs;) {
    TaskId partition = 0;
    RecordBatch batch;
    bool at_end = false;
    const Status read = (*alerts)->next(60'000, &partition, &batch, &at_end);
    ASSERT_TRUE(read.is_ok()) << read.message();
    ASSERT_FALSE(batch.empty());
    for (const Record& r : batch.records) {
      EXPECT_EQ(r.value, std::to_string(next));
      ++next;
    }
  }
  writer.join();
  auto changelog = (*other)->open_reader("changelog", true);
  std::map<std::string, std::string> rows;
  for (bool at_end = false; !at_end;) {
    TaskId partition = 0;
    RecordBatch batch;
    ASSERT_TRUE((*changelog)->next(0, &partition, &batch, &at_end).is_ok());
    for (const Record& r : batch.records) {
      EXPECT_TRUE(rows.emplace(r.key, r.value).second) << "not compacted: " << r.key;
    }
  }
  EXPECT_TRUE(rows == want);
}

TEST_F(EmbeddedLogTest, AReadOnlyLogNeedsNobodyWhoWrites) {
  open();
  append("purchases", 0, "a");
  worker_.reset();
  log_.reset();
  EmbeddedOptions reading = options();
  reading.read_only = true;
  auto other = open_embedded_log(reading);
  ASSERT_TRUE(other.is_ok());
  EXPECT_EQ((*other)->read("purchases", 0, 0, 10)->records.size(), 1U);
  reading.dir = dir_.file("nothing");
  EXPECT_EQ(open_embedded_log(reading).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace ebb
