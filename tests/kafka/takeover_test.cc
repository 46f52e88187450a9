// What a successor finds after a former owner died in the midst of a transaction, and who may not commit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "ebb/state/v1/task_record.pb.h"
#include "engine/base/clock.h"
#include "engine/kafka/fencing.h"
#include "engine/kafka/group_member.h"
#include "engine/kafka/txn_producer.h"
#include "engine/kafka/waker.h"
#include "state/row_codec.h"
#include "tests/kafka/kafka_env.h"
#include "tests/kafka/mini_worker.h"

namespace ebb::test {
namespace {

using kafka::GroupMember;
using kafka::Step;
using kafka::TxnProducer;
using kafka::Waker;

constexpr DurationMs kPatienceMs = 30'000;

std::string record_bytes(const std::vector<std::string>& writer_ids, Offset next_offset) {
  state::v1::TaskRecord record;
  record.add_sources()->set_next_offset(next_offset);
  record.add_sources()->set_next_offset(-1);
  for (const std::string& id : writer_ids) record.mutable_writer()->add_transactional_ids(id);
  return record.SerializeAsString();
}

std::unique_ptr<TxnProducer> open_producer(const KafkaLogOptions& options, const std::string& id) {
  auto producer = TxnProducer::open(options, id);
  EXPECT_TRUE(producer.is_ok()) << producer.status().message();
  Status status = (*producer)->init(kPatienceMs);
  EXPECT_TRUE(status.is_ok()) << status.message();
  status = (*producer)->learn(options.changelog_topic, kPatienceMs);
  EXPECT_TRUE(status.is_ok()) << status.message();
  return std::move(producer).value();
}

// Begins a transaction with a task record of task 0 and one row, and leaves it open.
void leave_open(const KafkaLogOptions& options, TxnProducer* producer, const std::vector<std::string>& ids) {
  static const std::vector<RowWrite> rows{{"c0", "99", false}};
  const std::string record = record_bytes(ids, 7);
  ASSERT_EQ(producer->begin().why, "");
  ASSERT_EQ(producer->append(options.changelog_topic, 0, kTaskRecordKey, record, nullptr).why, "");
  ASSERT_EQ(producer->append(options.changelog_topic, 0, rows).why, "");
  ASSERT_EQ(producer->flush(kPatienceMs).why, "");
}

TEST(Takeover, FencesTheOpenTransactionOfADeadOwnerAtOnce) {
  KafkaLogOptions options = make_topics(brokers(), 1);
  options.transaction_timeout_ms = 60'000;  // far longer than this test may take
  const auto log = open(options);
  send(log.get(), options.source_topics[0], {{0, "c0", "x"}, {0, "c0", "y"}});
  auto dead = open_producer(options, "dead-a-" + options.group);
  leave_open(options, dead.get(), {"dead-a-" + options.group, "dead-b-" + options.group});

  const TimeMs begun_ms = system_clock().steady_ms();
  MiniWorker worker(options, log.get(), 0);
  ASSERT_TRUE(
      worker.run_until([&] { return !worker.running().empty() && worker.is_settled(); }, kPatienceMs));
  EXPECT_LT(system_clock().steady_ms() - begun_ms, 15'000);
  // The dead owner's count of 99 was never true.
  EXPECT_EQ(worker.counts(0).at("c0"), 2);

  // And should it come back to life, its transaction is over.
  const Step step = dead->commit(5000);
  EXPECT_EQ(step.kind, Step::Kind::kFenced) << step.why;
}

// Polls until the group has given task 0.
void wait_for_task(WorkerLog* log) {
  std::vector<GroupEvent> events;
  const TimeMs deadline_ms = system_clock().steady_ms() + kPatienceMs;
  while (events.empty()) {
    ASSERT_LT(system_clock().steady_ms(), deadline_ms);
    const Status status = log->poll(100, &events);
    ASSERT_TRUE(status.is_ok()) << status.message();
  }
  ASSERT_EQ(events[0].kind, GroupEvent::Kind::kAssigned);
  ASSERT_THAT(events[0].tasks, testing::ElementsAre(0));
}

// Recovers task 0 for up to that long; appends what is handed out. The last state.
RecoveryStep::State recover_for(WorkerLog* log, DurationMs up_to_ms,
                                std::map<std::string, std::string>* found) {
  const TimeMs deadline_ms = system_clock().steady_ms() + up_to_ms;
  std::vector<GroupEvent> events;
  RecordBatch batch;
  while (true) {
    const auto step = log->recover(0, &batch);
    EXPECT_TRUE(step.is_ok()) << step.status().message();
    for (const Record& record : batch.records) (*found)[std::string(record.key)] = record.value;
    if (step->state != RecoveryStep::State::kWorking || system_clock().steady_ms() > deadline_ms)
      return step->state;
    const Status status = log->poll(50, &events);
    EXPECT_TRUE(status.is_ok()) << status.message();
  }
}

TEST(Takeover, RestoreWaitsForATransactionThatMayStillCommit) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  const auto log = open(options);
  auto slow = open_producer(options, "slow-" + options.group);
  leave_open(options, slow.get(), {});  // nothing in the record says whom to fence

  auto worker = log->open_worker(0);
  ASSERT_TRUE(worker.is_ok()) << worker.status().message();
  ASSERT_NO_FATAL_FAILURE(wait_for_task(worker->get()));
  ASSERT_TRUE((*worker)->begin_recovery(0, 0).is_ok());
  std::map<std::string, std::string> found;
  EXPECT_EQ(recover_for(worker->get(), 3000, &found), RecoveryStep::State::kWorking);
  EXPECT_TRUE(found.empty());

  ASSERT_EQ(slow->commit(kPatienceMs).why, "");
  EXPECT_EQ(recover_for(worker->get(), kPatienceMs, &found), RecoveryStep::State::kDone);
  EXPECT_EQ(found["c0"], "99");
}

TEST(Takeover, OffsetsOfTheGroupThatStayPendingHoldNobodyUp) {
  KafkaLogOptions options = make_topics(brokers(), 1);
  options.transaction_timeout_ms = 60'000;  // longer than this test is patient
  auto other = open_producer(options, "pending-" + options.group);
  ASSERT_EQ(other->begin().why, "");
  const kafka::PartitionsPtr offsets = kafka::new_partitions();
  rd_kafka_topic_partition_list_add(offsets.get(), options.source_topics[0].c_str(), 0)->offset = 1;
  const kafka::GroupMetadataPtr nobody(rd_kafka_consumer_group_metadata_new(options.group.c_str()));
  ASSERT_EQ(other->send_offsets(offsets.get(), nobody.get(), kPatienceMs).why, "");

  options.transaction_timeout_ms = 5'000;
  const auto log = open(options);
  send(log.get(), options.source_topics[0], {{0, "c0", "x"}});
  MiniWorker worker(options, log.get(), 0);
  worker.offsets_are_gone = true;
  ASSERT_TRUE(
      worker.run_until([&] { return !worker.running().empty() && worker.is_settled(); }, kPatienceMs));
  EXPECT_EQ(worker.counts(0).at("c0"), 1);
}

TEST(Takeover, APositionBeyondTheChangelogIsBehind) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  const auto log = open(options);
  auto worker = log->open_worker(0);
  ASSERT_TRUE(worker.is_ok()) << worker.status().message();
  ASSERT_NO_FATAL_FAILURE(wait_for_task(worker->get()));
  ASSERT_TRUE((*worker)->begin_recovery(0, 5).is_ok());
  std::map<std::string, std::string> found;
  EXPECT_EQ(recover_for(worker->get(), kPatienceMs, &found), RecoveryStep::State::kBehind);
  ASSERT_TRUE((*worker)->begin_recovery(0, 0).is_ok());
  EXPECT_EQ(recover_for(worker->get(), kPatienceMs, &found), RecoveryStep::State::kDone);
}

TEST(Takeover, AMemberThatNeverJoinedHasNoProof) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  Waker waker;
  auto member = GroupMember::join(options, "early", &waker);
  ASSERT_TRUE(member.is_ok());
  std::vector<GroupEvent> events;
  ASSERT_TRUE((*member)->serve(&events).is_ok());
  EXPECT_EQ((*member)->metadata(), nullptr);  // generation -1: the broker would accept it
  const TimeMs deadline_ms = system_clock().steady_ms() + kPatienceMs;
  while (events.empty() && system_clock().steady_ms() < deadline_ms) {
    waker.wait(100);
    ASSERT_TRUE((*member)->serve(&events).is_ok());
  }
  ASSERT_EQ(events.size(), 1u);
  EXPECT_NE((*member)->metadata(), nullptr);
  EXPECT_TRUE((*member)->owns(0));
}

TEST(Takeover, ASecondProcessWithTheSameInstanceFencesTheFirst) {
  const KafkaLogOptions options = make_topics(brokers(), 2);
  const auto log = open(options);
  send(log.get(), options.source_topics[0], {{0, "c0", "x"}});
  MiniWorker first(options, log.get(), 0);
  ASSERT_TRUE(
      first.run_until([&] { return first.running().size() == 2 && first.is_settled(); }, kPatienceMs));
  const auto second_log = open(options);
  MiniWorker second(options, second_log.get(), 0);
  ASSERT_TRUE(second.run_until([&] { return second.running().size() == 2; }, kPatienceMs));

  std::vector<GroupEvent> events;
  Status status;
  const TimeMs deadline_ms = system_clock().steady_ms() + kPatienceMs;
  while (status.is_ok() && system_clock().steady_ms() < deadline_ms) {
    status = first.worker_log()->poll(100, &events);
  }
  EXPECT_EQ(status.code(), Code::kFenced) << status.message();
}

}  // namespace
}  // namespace ebb::test
