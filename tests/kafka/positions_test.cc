// What is read of one source while another waits.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "tests/kafka/kafka_env.h"

namespace ebb::test {
namespace {

constexpr DurationMs kPatienceMs = 30'000;

TEST(Positions, AFullQueueOfOneSourceStarvesNoOther) {
  constexpr std::size_t kMany = 4'000, kFew = 10;
  KafkaLogOptions options = make_topics(brokers(), 1);
  options.fetch_memory_bytes = 256u << 10;
  const auto log = open(options);
  const std::string value(1'000, 'x');
  send(log.get(), options.source_topics[0], std::vector<Event>(kMany, {0, "k", value}));
  send(log.get(), options.source_topics[1], std::vector<Event>(kFew, {0, "k", value}));
  auto worker = log->open_worker(0);
  ASSERT_TRUE(worker.is_ok());
  ASSERT_TRUE((*worker)->start(0, {0, 0}).is_ok());
  // The small one first: what isn't read of the other must not stand in its way. Then the other.
  for (const auto& [source, want] : {std::pair{1, kFew}, std::pair{0, kMany}}) {
    const TimeMs deadline_ms = system_clock().steady_ms() + kPatienceMs;
    std::size_t read = 0;
    std::vector<GroupEvent> group;
    RecordBatch batch;
    while (read < want && system_clock().steady_ms() < deadline_ms) {
      ASSERT_TRUE((*worker)->poll(100, &group).is_ok());
      ASSERT_TRUE((*worker)->fetch(0, source, &batch).is_ok());
      read += batch.records.size();
      batch.clear();
    }
    EXPECT_EQ(read, want) << "source " << source;
  }
}

}  // namespace
}  // namespace ebb::test
