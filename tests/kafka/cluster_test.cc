// Several processes in one group: they join, leave and are killed at the worst moments, and each record still
// counts once.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/kafka/child.h"
#include "tests/kafka/kafka_env.h"
#include "tests/kafka/mini_worker.h"

namespace ebb::test {
namespace {

constexpr DurationMs kPatienceMs = 60'000;
constexpr std::int32_t kTasks = 4;

std::vector<std::string> args(const KafkaLogOptions& options, const std::string& instance) {
  return {options.brokers, options.group, instance};
}

TEST(Cluster, TasksMoveAtJoinKillAndReturn) {
  const KafkaLogOptions options = make_topics(brokers(), kTasks);
  const auto log = open(options);
  std::size_t sent = 0;
  const auto send_some = [&] {
    send(log.get(), options.source_topics[0], events(600, kTasks, 20));
    send(log.get(), options.source_topics[1], events(400, kTasks, 20));
    sent += 1000;
  };
  send_some();
  auto first = std::make_unique<Child>(args(options, "a"));
  ASSERT_TRUE(first->wait_settled(4, kPatienceMs));
  {
    Child second(args(options, "b"));
    send_some();
    ASSERT_TRUE(second.wait_settled(2, kPatienceMs));
    ASSERT_TRUE(first->wait_settled(2, kPatienceMs));
    send_some();
    first->kill_9();
    send_some();
    ASSERT_TRUE(second.wait_settled(4, kPatienceMs));
    first = std::make_unique<Child>(args(options, "a"));
    send_some();
    ASSERT_TRUE(first->wait_settled(2, kPatienceMs));
    ASSERT_TRUE(second.wait_settled(2, kPatienceMs));
  }
  // The second has left in order; its session times out, since it may come back.
  send_some();
  ASSERT_TRUE(first->wait_settled(4, kPatienceMs));
  expect_exactly_once(log.get(), options.sink_topics[0], sent);
}

class KilledAt : public testing::TestWithParam<std::string_view> {};

TEST_P(KilledAt, EachRecordCountsOnce) {
  const KafkaLogOptions options = make_topics(brokers(), kTasks);
  const auto log = open(options);
  constexpr int kRounds = 3;
  std::size_t sent = 0;
  for (int round = 0; round < kRounds; ++round) {
    Child doomed(args(options, "a"), fmt::format("{}:{}", GetParam(), round + 1));
    ASSERT_TRUE(doomed.wait_running(kTasks, kPatienceMs));
    do {
      ASSERT_LT(sent, 4000u);
      send(log.get(), options.source_topics[0], events(40, 1, 1));
      sent += 40;
    } while (!doomed.wait_dead(200));
    EXPECT_EQ(doomed.wait_end(), SIGKILL);
  }
  Child last(args(options, "a"));
  ASSERT_TRUE(last.wait_settled(kTasks, kPatienceMs));
  expect_exactly_once(log.get(), options.sink_topics[0], sent);
}

INSTANTIATE_TEST_SUITE_P(Cluster, KilledAt,
                         testing::Values("commit.task_records_sent", "commit.before_send_offsets",
                                         "commit.after_send_offsets", "commit.after_commit"),
                         [](const auto& point) { return std::string(point.param.substr(7)); });

TEST(Cluster, TwoWorkersOfOneInstanceShareTheTasks) {
  const KafkaLogOptions options = make_topics(brokers(), kTasks);
  const auto log = open(options);
  send(log.get(), options.source_topics[0], events(1000, kTasks, 20));
  MiniWorker first(options, log.get(), 0);
  MiniWorker second(options, log.get(), 1);
  std::atomic<bool> is_done = false;
  std::atomic<bool> second_settled = false;
  std::thread other([&] {
    while (!is_done) {
      second.run_until([&] { return is_done.load(); }, 100);
      second_settled = second.running().size() == 2 && second.is_settled();
    }
  });
  EXPECT_TRUE(first.run_until(
      [&] { return first.running().size() == 2 && first.is_settled() && second_settled; }, kPatienceMs));
  is_done = true;
  other.join();
  expect_exactly_once(log.get(), options.sink_topics[0], 1000);
}

}  // namespace
}  // namespace ebb::test
