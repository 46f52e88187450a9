// Where reading goes on, and what is read meanwhile: the broker's offsets and queues are not to be leant on.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/kafka/client_conf.h"
#include "engine/kafka/handles.h"
#include "tests/kafka/kafka_env.h"
#include "tests/kafka/mini_worker.h"

namespace ebb::test {
namespace {

using namespace ebb::kafka;  // NOLINT(build/namespaces)

constexpr DurationMs kPatienceMs = 30'000;
constexpr int kAdminMs = 10'000;

// As a broker does with offsets of topics that the group isn't subscribed to, once they are old enough.
void forget_offsets(const KafkaLogOptions& options, std::int32_t partitions) {
  char reason[256];
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  ASSERT_EQ(rd_kafka_conf_set(conf, "bootstrap.servers", options.brokers.c_str(), reason, sizeof reason),
            RD_KAFKA_CONF_OK);
  const ClientPtr client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason));
  ASSERT_NE(client, nullptr) << reason;
  const PartitionsPtr offsets = new_partitions();
  for (const std::string& topic : options.source_topics) {
    for (std::int32_t p = 0; p < partitions; ++p)
      rd_kafka_topic_partition_list_add(offsets.get(), topic.c_str(), p);
  }
  rd_kafka_DeleteConsumerGroupOffsets_t* request =
      rd_kafka_DeleteConsumerGroupOffsets_new(options.group.c_str(), offsets.get());
  const QueuePtr queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteConsumerGroupOffsets(client.get(), &request, 1, nullptr, queue.get());
  rd_kafka_DeleteConsumerGroupOffsets_destroy(request);
  const EventPtr event(rd_kafka_queue_poll(queue.get(), kAdminMs));
  ASSERT_NE(event, nullptr);
  ASSERT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR)
      << rd_kafka_event_error_string(event.get());
}

TEST(Positions, OffsetsThatTheBrokerHasLetExpireAreNotMissed) {
  constexpr std::int32_t kTasks = 2;
  const KafkaLogOptions options = make_topics(brokers(), kTasks);
  const auto log = open(options);
  send(log.get(), options.source_topics[0], events(200, kTasks, 10));
  {
    MiniWorker worker(options, log.get(), 0);
    ASSERT_TRUE(worker.run_until([&] { return worker.running().size() == kTasks && worker.is_settled(); },
                                 kPatienceMs));
    ASSERT_NO_FATAL_FAILURE(forget_offsets(options, kTasks));
  }
  send(log.get(), options.source_topics[0], events(200, kTasks, 10));
  MiniWorker worker(options, log.get(), 0);
  worker.offsets_are_gone = true;
  ASSERT_TRUE(worker.run_until([&] { return worker.running().size() == kTasks && worker.is_settled(); },
                               kPatienceMs));
  expect_exactly_once(log.get(), options.sink_topics[0], 400);
}

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
