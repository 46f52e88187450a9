// A customer is forgotten on a real broker: until the broker has compacted them away, and in a replay of all
// that the sources hold.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "tests/erasure/shop.h"
#include "tests/kafka/kafka_env.h"
#include "tests/temp_dir.h"

namespace ebb::erasure {
namespace {

constexpr std::int32_t kPartitions = 1;
constexpr auto kCompactedWithin = std::chrono::seconds(90);

// What the broker needs to compact at once, and to let go of tombstones.
std::vector<std::pair<std::string, std::string>> compacted_at_once() {
  return {{"cleanup.policy", "compact"},
          {"segment.ms", "100"},
          {"min.cleanable.dirty.ratio", "0.001"},
          {"delete.retention.ms", "100"}};
}

class KafkaErasure : public testing::Test {
 protected:
  KafkaErasure() {
    shop_.sends_to([this](Source source, const v1::Event& event) {
      sent_[source].push_back(
          {partition_of(event.customer_id(), kPartitions), event.customer_id(), event.SerializeAsString()});
    });
    sources_ = test::unique_name("erasure");
    use(sources_);
  }

  // A group with a changelog and outputs of its own. The sources stay the same.
  void use(const std::string& group) {
    group_ = group;
    KafkaLogOptions options = test::options_for(test::brokers(), group);
    options.source_topics.clear();
    options.sink_topics.clear();
    std::vector<TopicSpec> topics;
    for (const SourceConfig& s : shop_.config().sources) {
      options.source_topics.push_back(sources_ + "." + s.name);
      topics.push_back({options.source_topics.back(), kPartitions, {}});
    }
    for (const SinkConfig& s : shop_.config().sinks) {
      options.sink_topics.push_back(group + "." + s.name);
      topics.push_back({options.sink_topics.back(), kPartitions, {}});
      if (s.kind == SinkKind::kRisk) topics.back().config = compacted_at_once();
    }
    topics.push_back({options.changelog_topic, kPartitions, compacted_at_once()});
    log_ = test::open(options);
    ASSERT_TRUE(log_->create_topics(topics).is_ok());
    options_ = std::move(options);
  }

  // Sends what the shop has said, and runs to the end of it.
  Seen run() {
    for (const Source source : {kPurchases, kFeedback}) {
      test::send(log_.get(), options_.source_topics[source], std::exchange(sent_[source], {}));
    }
    return shop_.run(
        log_.get(), &system_clock(), [] {}, dir_.file(group_));
  }

  std::string changelog() const { return options_.changelog_topic; }
  std::string risk() const { return options_.sink_topics[shop_.risk_sink()]; }
  // Records of the topic in which the one appears, in key or value; of these how many have a value.
  std::pair<int, int> records_of_the_one(const std::string& topic) {
    std::pair<int, int> found{0, 0};
    for (const test::ReadRecord& r : test::read_all(log_.get(), topic)) {
      if (r.key.find(kGone) == std::string::npos && r.value.find(kGone) == std::string::npos) continue;
      ++found.first;
      found.second += r.has_value ? 1 : 0;
    }
    return found;
  }

  TempDir dir_;
  Shop shop_{kPartitions};
  std::string sources_, group_;
  KafkaLogOptions options_;
  std::unique_ptr<Log> log_;
  std::vector<test::Event> sent_[2];
};

TEST_F(KafkaErasure, NothingIsLeftAfterCompactionAndAReplayBringsNobodyBack) {
  shop_.live(kBeginMs, kErasedMs, true);
  EXPECT_EQ(run().purchases, 10);
  EXPECT_GT(records_of_the_one(changelog()).second, 0);
  EXPECT_GT(records_of_the_one(risk()).second, 0);

  shop_.forget(kGone, kErasedMs);
  shop_.live(kErasedMs, kErasedMs + 10 * kDayMs, false);
  const Seen marked = run();
  EXPECT_TRUE(marked.row);
  EXPECT_EQ(marked.erased_at_ms, kErasedMs);
  EXPECT_EQ(marked.purchases, 0);

  // Time goes on past the marker's, and the broker gets segments to compact.
  TimeMs at_ms = kErasedMs + 10 * kDayMs;
  const auto deadline = std::chrono::steady_clock::now() + kCompactedWithin;
  while (records_of_the_one(changelog()).first > 0 || records_of_the_one(risk()).first > 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline)
        << records_of_the_one(changelog()).first << " in the changelog, " << records_of_the_one(risk()).first
        << " in the risk table";
    shop_.live(at_ms, at_ms + 10 * kDayMs, false);
    at_ms += 10 * kDayMs;
    run();
  }
  EXPECT_FALSE(run().row);
  EXPECT_GT(at_ms, kErasedMs + kMarkerMs);

  use(test::unique_name("erasure-again"));
  const Seen again = run();
  EXPECT_EQ(again.purchases, 0);
  EXPECT_FALSE(again.row);
  const std::vector<test::ReadRecord> risks = test::read_all(log_.get(), risk());
  bool present = false;
  for (const test::ReadRecord& r : risks) {
    if (r.key == kGone) present = r.has_value;
  }
  EXPECT_FALSE(present);

  shop_.buy(kGone, at_ms + kDayMs);
  EXPECT_EQ(run().purchases, 1);
}

}  // namespace
}  // namespace ebb::erasure
