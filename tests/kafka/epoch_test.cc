// Epochs written, read and restored on a real broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "engine/base/clock.h"
#include "tests/kafka/kafka_env.h"
#include "tests/kafka/mini_worker.h"

namespace ebb::test {
namespace {

constexpr DurationMs kPatienceMs = 30'000;

TEST(Epoch, RoundTripThroughWriteReadAndRestore) {
  const KafkaLogOptions options = make_topics(brokers(), 4);
  const auto log = open(options);
  ASSERT_EQ(log->check().message(), "");
  send(log.get(), options.source_topics[0], events(1000, 4, 20));
  send(log.get(), options.source_topics[1], events(500, 4, 20));
  std::map<TaskId, std::vector<Offset>> positions;
  {
    MiniWorker worker(options, log.get(), 0);
    ASSERT_TRUE(
        worker.run_until([&] { return worker.running().size() == 4 && worker.is_settled(); }, kPatienceMs));
    for (const TaskId task : worker.running()) {
      positions[task] = worker.positions(task);
      for (const auto& [key, count] : worker.counts(task)) EXPECT_EQ(count, 75) << key;
    }
    EXPECT_EQ(worker.opened(), 1);
  }
  expect_exactly_once(log.get(), options.sink_topics[0], 1500);

  MiniWorker again(options, log.get(), 0);
  ASSERT_TRUE(
      again.run_until([&] { return again.running().size() == 4 && again.is_settled(); }, kPatienceMs));
  for (const TaskId task : again.running()) {
    EXPECT_EQ(again.positions(task), positions[task]);
    EXPECT_EQ(again.counts(task).size(), 5u);
    for (const auto& [key, count] : again.counts(task)) EXPECT_EQ(count, 75) << key;
  }
  expect_exactly_once(log.get(), options.sink_topics[0], 1500);
}

TEST(Epoch, ARecordThatIsTooLargeIsSaidToBe) {
  KafkaLogOptions options = make_topics(brokers(), 1);
  options.max_record_bytes = 2'000'000;  // more than the topic takes, so that it is the broker who refuses
  const auto log = open(options);
  EXPECT_THAT(log->check().message(), testing::HasSubstr("max.message.bytes"));
  for (const std::size_t bytes : {1'500'000, 3'000'000}) {
    send(log.get(), options.source_topics[0], {{0, "c0", "x"}});
    MiniWorker worker(options, log.get(), 0);
    worker.before_submit = [&](Epoch* epoch) {
      std::string noise(bytes, 0);  // doesn't compress
      std::uint32_t random = 1;
      for (char& c : noise) c = static_cast<char>((random = random * 1664525 + 1013904223) >> 24);
      epoch->tasks[0].rows.push_back({"big", noise, false});
    };
    ASSERT_TRUE(worker.run_until([&] { return !worker.failures().empty(); }, kPatienceMs));
    EXPECT_EQ(worker.failures()[0].kind, CommitOutcome::Kind::kTooLarge) << worker.failures()[0].why;
    EXPECT_THAT(worker.failures()[0].why, testing::HasSubstr(options.changelog_topic));
  }
  EXPECT_TRUE(read_all(log.get(), options.sink_topics[0]).empty());
}

TEST(Epoch, TombstonesHeadersAndTimesArriveAsWritten) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  const auto log = open(options);
  send(log.get(), options.source_topics[0], {{0, "c0", "x"}});
  MiniWorker worker(options, log.get(), 0);
  worker.before_submit = [&](Epoch* epoch) {
    epoch->tasks[0].rows.push_back({"gone", "", true});
    epoch->outputs = {{0, 0, "k", "v", false, 1'600'000'000'000, {{"reason", "why"}, {"empty", ""}}},
                      {0, 0, "", "", true, 0, {}},
                      {0, 0, "e", "", false, 0, {}}};
  };
  ASSERT_TRUE(
      worker.run_until([&] { return !worker.running().empty() && worker.is_settled(); }, kPatienceMs));
  const auto outputs = read_all(log.get(), options.sink_topics[0]);
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(outputs[0].value, "v");
  EXPECT_EQ(outputs[0].timestamp_ms, 1'600'000'000'000);
  EXPECT_THAT(outputs[0].headers,
              testing::ElementsAre(testing::Pair("reason", "why"), testing::Pair("empty", "")));
  EXPECT_FALSE(outputs[1].has_value);
  EXPECT_TRUE(outputs[2].has_value);
  const auto rows = read_all(log.get(), options.changelog_topic);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].key, "t");
  EXPECT_EQ(rows[2].key, "gone");
  EXPECT_FALSE(rows[2].has_value);
}

TEST(Epoch, RecordOffsetsAreSafePlacesToReplayFrom) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  const auto log = open(options);
  MiniWorker worker(options, log.get(), 0);
  std::vector<Offset> offsets;
  worker.on_outcome = [&](const CommitOutcome& outcome) {
    offsets.insert(offsets.end(), outcome.record_offsets.begin(), outcome.record_offsets.end());
  };
  for (int i = 0; i < 5; ++i) {
    send(log.get(), options.source_topics[0], {{0, "c" + std::to_string(i), "x"}});
    ASSERT_TRUE(
        worker.run_until([&] { return offsets.size() == static_cast<std::size_t>(i) + 1; }, kPatienceMs));
  }
  std::vector<Offset> found;
  for (const ReadRecord& record : read_all(log.get(), options.changelog_topic)) {
    if (record.key == "t") found.push_back(record.offset);
  }
  EXPECT_EQ(offsets, found);
}

TEST(Source, APositionOutOfRangeIsNotFoundAndTheRestGoesOn) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  const auto log = open(options);
  send(log.get(), options.source_topics[0], events(3, 1, 1));
  send(log.get(), options.source_topics[1], events(3, 1, 1));
  auto worker = log->open_worker(0);
  ASSERT_TRUE(worker.is_ok());
  ASSERT_TRUE((*worker)->start(0, {100, 1}).is_ok());
  const TimeMs deadline_ms = system_clock().steady_ms() + kPatienceMs;
  Status status;
  std::size_t read = 0;
  std::vector<GroupEvent> group;
  RecordBatch batch;
  while ((status.is_ok() || read < 2 || !(*worker)->end(0, 1).at_end) &&
         system_clock().steady_ms() < deadline_ms) {
    ASSERT_TRUE((*worker)->poll(100, &group).is_ok());
    if (status.is_ok()) status = (*worker)->fetch(0, 0, &batch);
    ASSERT_TRUE((*worker)->fetch(0, 1, &batch).is_ok());
    read += batch.records.size();
  }
  EXPECT_EQ(status.code(), Code::kNotFound) << status.message();
  EXPECT_EQ(read, 2u);
  EXPECT_TRUE((*worker)->end(0, 1).at_end);
  // And from the beginning, after the policy has said so.
  (*worker)->stop(0);
  ASSERT_TRUE((*worker)->start(0, {-1, 3}).is_ok());
  read = 0;
  while (read < 3 && system_clock().steady_ms() < deadline_ms) {
    ASSERT_TRUE((*worker)->poll(100, &group).is_ok());
    ASSERT_TRUE((*worker)->fetch(0, 0, &batch).is_ok());
    read += batch.records.size();
  }
  EXPECT_EQ(read, 3u);
}

TEST(Source, BatchesOutliveTheWorkerLog) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  const auto log = open(options);
  send(log.get(), options.source_topics[0], {{0, "key", "value"}});
  RecordBatch batch;
  {
    auto worker = log->open_worker(0);
    ASSERT_TRUE(worker.is_ok());
    ASSERT_TRUE((*worker)->start(0, {0, 0}).is_ok());
    std::vector<GroupEvent> group;
    for (int i = 0; i < 100 && batch.empty(); ++i) {
      ASSERT_TRUE((*worker)->poll(100, &group).is_ok());
      ASSERT_TRUE((*worker)->fetch(0, 0, &batch).is_ok());
    }
    (*worker)->stop(0);
  }
  ASSERT_EQ(batch.records.size(), 1u);
  EXPECT_EQ(batch.records[0].key, "key");
  EXPECT_EQ(batch.records[0].value, "value");
}

}  // namespace
}  // namespace ebb::test
