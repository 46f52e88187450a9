// Topics as the tools see them, and what check() refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/kafka_env.h"

namespace ebb::test {
namespace {

TEST(Topics, CheckTellsWhatIsWrongAndWhatToDo) {
  KafkaLogOptions options = make_topics(brokers(), 2);
  const auto log = open(options);
  EXPECT_EQ(log->check().message(), "");

  KafkaLogOptions missing = options;
  missing.sink_topics.push_back(unique_name("nowhere"));
  const Status absent = open(missing)->check();
  EXPECT_EQ(absent.code(), Code::kNotFound);
  EXPECT_THAT(absent.message(), testing::HasSubstr("ebb topics CONFIG --create"));

  const std::string narrow = unique_name("narrow");
  const std::string deleted = unique_name("deleted");
  ASSERT_TRUE(
      log->create_topics({{narrow, 1, {}}, {deleted, 2, {{"cleanup.policy", "compact,delete"}}}}).is_ok());
  KafkaLogOptions counts = options;
  counts.source_topics.push_back(narrow);
  EXPECT_THAT(open(counts)->check().message(), testing::HasSubstr("has 1 partitions"));
  KafkaLogOptions policy = options;
  policy.changelog_topic = deleted;
  EXPECT_THAT(open(policy)->check().message(), testing::HasSubstr("must be compact alone"));
}

TEST(Topics, DescribeSaysWhatIsThere) {
  const KafkaLogOptions options = make_topics(brokers(), 3);
  const auto log = open(options);
  const auto states = log->describe_topics({options.changelog_topic, unique_name("nowhere")});
  ASSERT_TRUE(states.is_ok()) << states.status().message();
  EXPECT_TRUE((*states)[0].exists);
  EXPECT_EQ((*states)[0].partitions, 3);
  EXPECT_THAT((*states)[0].config, testing::Contains(testing::Pair("cleanup.policy", "compact")));
  EXPECT_FALSE((*states)[1].exists);
}

TEST(Topics, CreatingTwiceIsNoError) {
  const KafkaLogOptions options = make_topics(brokers(), 1);
  const auto log = open(options);
  EXPECT_TRUE(log->create_topics({{options.changelog_topic, 1, {}}}).is_ok());
  const Status bad = log->create_topics({{unique_name("bad"), 1, {{"no.such.setting", "1"}}}});
  EXPECT_EQ(bad.code(), Code::kInvalid) << bad.message();
}

TEST(Topics, AClientPropertyThatLibrdkafkaDoesNotKnowIsRefused) {
  KafkaLogOptions options;
  options.brokers = brokers();
  options.client = {{"no.such.property", "1"}};
  const auto log = open_kafka_log(options);
  EXPECT_EQ(log.status().code(), Code::kInvalid);
  EXPECT_THAT(log.status().message(), testing::HasSubstr("no.such.property"));
}

TEST(Topics, WriterRefusesATopicThatIsNotThere) {
  const auto log = open(make_topics(brokers(), 1));
  auto writer = log->open_writer();
  ASSERT_TRUE(writer.is_ok());
  const Status status = (*writer)->append(unique_name("nowhere"), 0, "k", "v", {}, 0);
  EXPECT_EQ(status.code(), Code::kNotFound) << status.message();
}

TEST(Topics, ReaderFromTheEndSeesOnlyWhatComesLater) {
  const KafkaLogOptions options = make_topics(brokers(), 2);
  const auto log = open(options);
  send(log.get(), options.sink_topics[0], {{0, "old", "1"}});
  auto reader = log->open_reader(options.sink_topics[0], /*from_start=*/false);
  ASSERT_TRUE(reader.is_ok());
  RecordBatch batch;
  TaskId partition = -1;
  for (bool at_end = false; !at_end;) {
    ASSERT_TRUE((*reader)->next(1000, &partition, &batch, &at_end).is_ok());
    ASSERT_TRUE(batch.empty());
  }
  send(log.get(), options.sink_topics[0], {{1, "new", "2"}});
  for (int i = 0; i < 30 && batch.empty(); ++i) {
    bool at_end = false;
    ASSERT_TRUE((*reader)->next(1000, &partition, &batch, &at_end).is_ok());
  }
  ASSERT_EQ(batch.records.size(), 1u);
  EXPECT_EQ(batch.records[0].key, "new");
  EXPECT_EQ(partition, 1);
}

}  // namespace
}  // namespace ebb::test
