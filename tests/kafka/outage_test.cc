// A broker that freezes at the worst moments of a commit, or is killed: what nobody knows is never taken for
// done, and when the broker is back each record counts once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "engine/base/clock.h"
#include "engine/base/crash_point.h"
#include "tests/kafka/kafka_env.h"
#include "tests/kafka/mini_worker.h"
#include "tests/kafka/own_broker.h"

namespace ebb::test {
namespace {

constexpr DurationMs kPatienceMs = 60'000;
constexpr std::int32_t kTasks = 2;

class Outage : public testing::Test {
 protected:
  void TearDown() override { watch_crash_points(nullptr); }

  KafkaLogOptions topics() {
    KafkaLogOptions options = make_topics(broker_.brokers(), kTasks);
    options.transaction_timeout_ms = 2500;
    return options;
  }

  OwnBroker broker_;
};

TEST_F(Outage, FrozenAtEachPointOfACommit) {
  for (const std::string_view point : {"commit.task_records_sent", "commit.before_send_offsets",
                                       "commit.after_send_offsets", "commit.after_commit"}) {
    SCOPED_TRACE(point);
    const KafkaLogOptions options = topics();
    std::atomic<bool> is_armed = false;
    watch_crash_points([&](std::string_view reached) {
      if (reached == point && is_armed.exchange(false)) broker_.freeze();
    });
    const auto log = open(options);
    send(log.get(), options.source_topics[0], events(100, kTasks, 10));
    MiniWorker worker(options, log.get(), 0);
    ASSERT_TRUE(worker.run_until([&] { return worker.running().size() == kTasks && worker.is_settled(); },
                                 kPatienceMs));
    is_armed = true;
    send(log.get(), options.source_topics[0], events(100, kTasks, 10));
    const bool is_told = point == "commit.after_commit";
    ASSERT_TRUE(
        worker.run_until([&] { return !is_armed && (is_told || !worker.failures().empty()); }, kPatienceMs));
    for (const CommitOutcome& failure : worker.failures()) {
      EXPECT_NE(failure.kind, CommitOutcome::Kind::kCommitted);
      EXPECT_NE(failure.kind, CommitOutcome::Kind::kTooLarge) << failure.why;
    }
    broker_.thaw();
    ASSERT_TRUE(worker.run_until([&] { return worker.running().size() == kTasks && worker.is_settled(); },
                                 kPatienceMs));
    expect_exactly_once(log.get(), options.sink_topics[0], 200);
  }
}

TEST_F(Outage, AnEndIsNotConfirmedByAFrozenBroker) {
  const KafkaLogOptions options = topics();
  const auto log = open(options);
  send(log.get(), options.source_topics[0], events(10, kTasks, 10));
  auto worker = log->open_worker(0);
  ASSERT_TRUE(worker.is_ok()) << worker.status().message();
  ASSERT_TRUE((*worker)->start(0, {0, 0}).is_ok());
  const auto age_ms = [&] {
    const SourceEnd end = (*worker)->end(0, 0);
    const TimeMs now_ms = system_clock().steady_ms();
    return end.at_end && end.confirmed_steady_ms > 0 ? now_ms - end.confirmed_steady_ms : now_ms;
  };
  const auto turn = [&] {
    std::vector<GroupEvent> group;
    RecordBatch batch;
    EXPECT_TRUE((*worker)->poll(50, &group).is_ok());
    EXPECT_TRUE((*worker)->fetch(0, 0, &batch).is_ok());
  };
  const TimeMs deadline_ms = system_clock().steady_ms() + kPatienceMs;
  while (age_ms() > options.freshness_ms && system_clock().steady_ms() < deadline_ms) turn();
  ASSERT_LE(age_ms(), options.freshness_ms);
  broker_.freeze();
  while (age_ms() < 4 * options.freshness_ms && system_clock().steady_ms() < deadline_ms) turn();
  EXPECT_GE(age_ms(), 4 * options.freshness_ms);
  broker_.thaw();
  while (age_ms() > options.freshness_ms && system_clock().steady_ms() < deadline_ms) turn();
  EXPECT_LE(age_ms(), options.freshness_ms);
}

TEST_F(Outage, ABrokerThatIsKilledAndComesBack) {
  const KafkaLogOptions options = topics();
  const auto log = open(options);
  send(log.get(), options.source_topics[0], events(1000, kTasks, 10));
  MiniWorker worker(options, log.get(), 0);
  ASSERT_TRUE(worker.run_until([&] { return worker.running().size() == kTasks && worker.is_settled(); },
                               kPatienceMs));
  send(log.get(), options.source_topics[1], events(1000, kTasks, 10));
  worker.run_until([] { return false; }, 30);
  broker_.kill_9();
  worker.run_until([] { return false; }, 500);
  broker_.start();
  ASSERT_TRUE(worker.run_until([&] { return worker.running().size() == kTasks && worker.is_settled(); },
                               kPatienceMs));
  expect_exactly_once(log.get(), options.sink_topics[0], 2000);
}

}  // namespace
}  // namespace ebb::test
