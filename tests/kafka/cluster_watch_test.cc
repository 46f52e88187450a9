// What nobody tells: tasks without an owner, and topics that were changed.
#include "engine/kafka/cluster_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "engine/kafka/handles.h"
#include "tests/kafka/kafka_env.h"

namespace ebb::test {
namespace {

using kafka::ClusterWatch;
using kafka::FetchClient;
using kafka::tasks_in_assignment;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kFetchBytes = 1 << 20;

std::string number(std::int32_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes.push_back(static_cast<char>(value >> 8 * i));
  return bytes;
}

std::string topic_tasks(const std::string& name, const std::vector<std::int32_t>& tasks) {
  std::string bytes = number(static_cast<std::int32_t>(name.size()), 2) + name +
                      number(static_cast<std::int32_t>(tasks.size()), 4);
  for (const std::int32_t task : tasks) bytes += number(task, 4);
  return bytes;
}

TEST(ClusterWatch, ReadsTheTasksOfOneTopicOutOfAnAssignment) {
  const std::string bytes = number(1, 2) + number(2, 4) + topic_tasks("other", {7}) +
                            topic_tasks("changelog", {3, 300}) + number(0, 4);
  EXPECT_THAT(tasks_in_assignment(bytes, "changelog").value(), ElementsAre(3, 300));
  EXPECT_THAT(tasks_in_assignment(bytes, "nothing").value(), ElementsAre());
  EXPECT_THAT(tasks_in_assignment("", "changelog").value(), ElementsAre());
  // Cut anywhere before the assignor's own part it is no assignment.
  for (std::size_t size = 1; size < bytes.size() - 4; ++size) {
    EXPECT_FALSE(tasks_in_assignment(bytes.substr(0, size), "changelog").has_value()) << size;
  }
}

void add_partitions(const KafkaLogOptions& options, const std::string& topic, std::size_t partitions) {
  auto client = FetchClient::open(options, false, kFetchBytes);
  ASSERT_TRUE(client.is_ok()) << client.status().message();
  rd_kafka_t* const handle = (*client)->client();
  rd_kafka_NewPartitions_t* wanted = rd_kafka_NewPartitions_new(topic.c_str(), partitions, nullptr, 0);
  const kafka::QueuePtr queue(rd_kafka_queue_new(handle));
  rd_kafka_CreatePartitions(handle, &wanted, 1, nullptr, queue.get());
  const kafka::EventPtr event(rd_kafka_queue_poll(queue.get(), 30'000));
  rd_kafka_NewPartitions_destroy(wanted);
  ASSERT_TRUE(event);
  EXPECT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
}

TEST(ClusterWatch, SaysOnceThatPartitionsWereAdded) {
  const KafkaLogOptions options = make_topics(brokers(), 2);
  auto client = FetchClient::open(options, false, kFetchBytes);
  ASSERT_TRUE(client.is_ok()) << client.status().message();
  std::mutex mutex;
  std::condition_variable told;
  std::optional<Status> wrong;
  const ClusterWatch watch(
      options, std::move(client).value(), 2,
      [&](Status status) {
        const std::lock_guard lock(mutex);
        EXPECT_FALSE(wrong.has_value());
        wrong = std::move(status);
        told.notify_one();
      },
      /*interval_ms=*/10);
  add_partitions(options, options.changelog_topic, 4);
  std::unique_lock lock(mutex);
  ASSERT_TRUE(told.wait_for(lock, std::chrono::seconds(30), [&] { return wrong.has_value(); }));
  EXPECT_EQ(wrong->code(), Code::kInvalid);
  EXPECT_THAT(wrong->message(), HasSubstr("has 4 partitions now and had 2"));
}

}  // namespace
}  // namespace ebb::test
