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

std::vector<Event> events(int count, std::int32_t partitions, int keys) {
  std::vector<Event> made;
  for (int i = 0; i < count; ++i) {
    const int key = i % keys;
    made.push_back({key % partitions, "c" + std::to_string(key), "event " + std::to_string(i)});
  }
  return made;
}

// Under each key 1, 2, 3, ..., and `total` records in all.
void expect_exactly_once(Log* log, const std::string& sink, std::size_t total) {
  std::map<std::string, std::int64_t> last;
  std::size_t count = 0;
  for (const ReadRecord& record : read_all(log, sink)) {
    ++count;
    EXPECT_EQ(std::stoll(record.value), ++last[record.key]) << record.key;
  }
  EXPECT_EQ(count, total);
}

TEST(Epoch, RoundTripThroughWriteReadAndRestore) {
  const KafkaLogOptions options = make_topics(brokers(), 4);
  const auto log = open(options);
  ASSERT_EQ(log->check().message(), "");
  send(log.get(), options.source_topics[0], events(1000, 4, 20));
  send(log.get(), options.source_topics[1], events(500, 4, 20));
  std::map<TaskId, std::vector<Offset>> positions;
  {
    MiniWorker worker(log.get(), 0, 2);
    ASSERT_TRUE(
        worker.run_until([&] { return worker.running().size() == 4 && worker.is_settled(); }, kPatienceMs));
    for (const TaskId task : worker.running()) {
      positions[task] = worker.positions(task);
      for (const auto& [key, count] : worker.counts(task)) EXPECT_EQ(count, 75) << key;
    }
    EXPECT_EQ(worker.opened(), 1);
  }
  expect_exactly_once(log.get(), options.sink_topics[0], 1500);

  MiniWorker again(log.get(), 0, 2);
  ASSERT_TRUE(
      again.run_until([&] { return again.running().size() == 4 && again.is_settled(); }, kPatienceMs));
  for (const TaskId task : again.running()) {
    EXPECT_EQ(again.positions(task), positions[task]);
    EXPECT_EQ(again.counts(task).size(), 5u);
    for (const auto& [key, count] : again.counts(task)) EXPECT_EQ(count, 75) << key;
  }
  expect_exactly_once(log.get(), options.sink_topics[0], 1500);
}

}  // namespace
}  // namespace ebb::test
