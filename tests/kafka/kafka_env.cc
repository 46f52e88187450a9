#include "tests/kafka/kafka_env.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>

#include "engine/base/clock.h"

namespace ebb::test {

std::string brokers() {
  const char* const value = std::getenv("EBB_TEST_BROKERS");
  EXPECT_TRUE(value) << "EBB_TEST_BROKERS must name a broker, host:port";
  return value ? value : "127.0.0.1:1";
}

std::string unique_name(const std::string& prefix) {
  static int count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return prefix + "-" + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()) +
         "-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

KafkaLogOptions options_for(const std::string& at_brokers, const std::string& group) {
  KafkaLogOptions options;
  options.brokers = at_brokers;
  options.group = group;
  options.transactional_id_prefix = group;
  options.instance = "i0";
  options.changelog_topic = group + ".changelog";
  options.source_topics = {group + ".purchases", group + ".feedback"};
  options.sink_topics = {group + ".alerts"};
  options.session_timeout_ms = 2000;
  options.freshness_ms = 500;
  return options;
}

KafkaLogOptions make_topics(const std::string& at_brokers, std::int32_t partitions) {
  KafkaLogOptions options = options_for(at_brokers, unique_name("test"));
  const auto log = open(options);
  std::vector<TopicSpec> specs{{options.changelog_topic, partitions, {{"cleanup.policy", "compact"}}}};
  for (const std::string& topic : options.source_topics) specs.push_back({topic, partitions, {}});
  for (const std::string& topic : options.sink_topics) specs.push_back({topic, partitions, {}});
  const Status status = log->create_topics(specs);
  EXPECT_TRUE(status.is_ok()) << status.message();
  return options;
}

KafkaLogOptions for_instance(KafkaLogOptions options, const std::string& instance) {
  options.instance = instance;
  return options;
}

std::unique_ptr<Log> open(const KafkaLogOptions& options) {
  spdlog::set_level(spdlog::level::warn);
  auto log = open_kafka_log(options);
  EXPECT_TRUE(log.is_ok()) << log.status().message();
  return std::move(log).value();
}

void send(Log* log, const std::string& topic, const std::vector<Event>& events) {
  auto writer = log->open_writer();
  ASSERT_TRUE(writer.is_ok()) << writer.status().message();
  for (const Event& event : events) {
    const Status status = (*writer)->append(topic, event.task, event.key, event.value, {}, 0);
    ASSERT_TRUE(status.is_ok()) << status.message();
  }
  const Status status = (*writer)->flush();
  ASSERT_TRUE(status.is_ok()) << status.message();
}

std::vector<ReadRecord> read_all(Log* log, const std::string& topic) {
  std::vector<ReadRecord> all;
  auto reader = log->open_reader(topic, /*from_start=*/true);
  EXPECT_TRUE(reader.is_ok()) << reader.status().message();
  if (!reader.is_ok()) return all;
  RecordBatch batch;
  TaskId partition = 0;
  for (bool at_end = false; !at_end;) {
    const Status status = (*reader)->next(1000, &partition, &batch, &at_end);
    EXPECT_TRUE(status.is_ok()) << status.message();
    if (!status.is_ok()) break;
    for (const Record& record : batch.records) {
      ReadRecord& read = all.emplace_back();
      read.partition = partition;
      read.offset = record.offset;
      read.timestamp_ms = record.timestamp_ms;
      read.key = record.key;
      read.value = record.value;
      read.has_value = record.has_value;
      for (const Header& header : record.headers) read.headers.emplace_back(header.name, header.value);
    }
  }
  return all;
}

std::vector<Event> events(int count, std::int32_t partitions, int keys) {
  std::vector<Event> made;
  for (int i = 0; i < count; ++i) {
    const int key = i % keys;
    made.push_back({key % partitions, "c" + std::to_string(key), "event " + std::to_string(i)});
  }
  return made;
}

void expect_exactly_once(Log* log, const std::string& sink, std::size_t total) {
  const TimeMs deadline_ms = system_clock().steady_ms() + 60'000;
  std::map<std::string, std::int64_t> last;
  std::size_t count = 0;
  auto reader = log->open_reader(sink, /*from_start=*/true);
  ASSERT_TRUE(reader.is_ok()) << reader.status().message();
  RecordBatch batch;
  TaskId partition = 0;
  for (bool at_end = false; !at_end || count < total;) {
    ASSERT_LT(system_clock().steady_ms(), deadline_ms) << count << " of " << total;
    const Status status = (*reader)->next(1000, &partition, &batch, &at_end);
    ASSERT_TRUE(status.is_ok()) << status.message();
    for (const Record& record : batch.records) {
      ++count;
      const std::string key(record.key);
      EXPECT_EQ(std::stoll(std::string(record.value)), ++last[key]) << key;
    }
  }
  EXPECT_EQ(count, total);
}

}  // namespace ebb::test
