// A real broker for tests, and topics of their own on it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/kafka/kafka_log.h"
#include "engine/log.h"

namespace ebb::test {

// EBB_TEST_BROKERS; fails the test if it isn't set.
std::string brokers();

// A name that no other test, run or process uses.
std::string unique_name(const std::string& prefix);

// Two sources, a changelog and a sink, all named after the group.
KafkaLogOptions options_for(const std::string& at_brokers, const std::string& group);

// The same, with all topics made new, of `partitions` each.
KafkaLogOptions make_topics(const std::string& at_brokers, std::int32_t partitions);

// The same topics and group for another instance.
KafkaLogOptions for_instance(KafkaLogOptions options, const std::string& instance);

std::unique_ptr<Log> open(const KafkaLogOptions& options);

struct Event {
  TaskId task = 0;
  std::string key;
  std::string value;
};
// count events under `keys` keys in turn; key k goes to partition k % partitions.
std::vector<Event> events(int count, std::int32_t partitions, int keys);
void send(Log* log, const std::string& topic, const std::vector<Event>& events);

struct ReadRecord {
  TaskId partition = 0;
  Offset offset = 0;
  TimeMs timestamp_ms = 0;
  std::string key;
  std::string value;
  bool has_value = false;
  std::vector<std::pair<std::string, std::string>> headers;
};
// All committed records of the topic, up to its end now.
std::vector<ReadRecord> read_all(Log* log, const std::string& topic);

// Waits until the sink of MiniWorkers holds `total` records: 1, 2, 3, ... under each key, and no more.
void expect_exactly_once(Log* log, const std::string& sink, std::size_t total);

}  // namespace ebb::test
