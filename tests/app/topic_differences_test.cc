#include "engine/app/topic_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "config/load.h"

namespace ebb::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// Knows topics, and nothing else.
class Topics final : public Log {
 public:
  std::map<std::string, TopicState> states;

  Status check() override { return no(); }
  Result<std::unique_ptr<WorkerLog>> open_worker(int) override { return no(); }
  Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>& names) override {
    std::vector<TopicState> out;
    for (const std::string& name : names) out.push_back(states[name]);
    return out;
  }
  Status create_topics(const std::vector<TopicSpec>&) override { return no(); }
  Result<std::unique_ptr<TopicReader>> open_reader(const std::string&, bool) override { return no(); }
  Result<std::unique_ptr<TopicWriter>> open_writer() override { return no(); }

 private:
  static Status no() { return Status::unavailable("only topics"); }
};

constexpr DurationMs kWeekMs = 7 * kDayMs;

class ErasurePromise : public testing::Test {
 protected:
  Config config(const std::string& state) {
    Diagnostics diagnostics;
    Config c = parse_config(
        "name: shop\nlog: {kafka: {brokers: \"b:9092\"}}\nsources: {purchases: }\nstate: {" + state + "}\n",
        "test", &diagnostics);
    EXPECT_TRUE(diagnostics.ok()) << diagnostics.to_string("test");
    return c;
  }
  // All topics as they are needed, with this retention where the cleanup is deletion.
  void topics(const Config& c, DurationMs retention_ms) {
    Result<TopicDifferences> missing = find_differences(log_, c, 4);
    ASSERT_TRUE(missing.is_ok());
    for (const TopicSpec& spec : missing->to_create) {
      TopicState& state = log_.states[spec.name];
      state = {true, spec.partitions, spec.config};
      state.config.emplace_back("retention.ms", std::to_string(retention_ms));
      state.config.emplace_back("segment.ms", std::to_string(kWeekMs));
    }
  }
  TopicDifferences differences(const Config& c) {
    auto found = find_differences(log_, c, 4);
    EXPECT_TRUE(found.is_ok());
    return *found;
  }

  Topics log_;
};

TEST_F(ErasurePromise, NoneIsNotChecked) {
  const Config c = config("");
  topics(c, -1);
  EXPECT_EQ(differences(c).wrong, 0);
}

TEST_F(ErasurePromise, IsKeptBySegmentsThatGoInTime) {
  const Config c = config("erasure_promise: 14d");
  topics(c, kWeekMs);
  EXPECT_EQ(differences(c).wrong, 0) << differences(c).text;
}

TEST_F(ErasurePromise, IsBrokenByAlertsAndDeadLettersThatAreKeptForLonger) {
  const Config c = config("erasure_promise: 13d");
  topics(c, kWeekMs);
  const TopicDifferences found = differences(c);
  EXPECT_EQ(found.wrong, 2);  // alerts and dead letters; risk and changelog are compacted
  EXPECT_THAT(found.text, HasSubstr("keeps records for up to 14d"));
  EXPECT_THAT(found.text, HasSubstr("state.erasure_promise is 13d"));
}

TEST_F(ErasurePromise, IsBrokenBySourcesThatOutliveTheMarker) {
  const Config c = config("erasure_promise: 60d, erasure_marker: 30d");
  topics(c, kWeekMs);
  EXPECT_EQ(differences(c).wrong, 0);
  log_.states["shop.purchases"].config.insert(log_.states["shop.purchases"].config.begin(),
                                              {"retention.ms", "-1"});
  const TopicDifferences found = differences(c);
  EXPECT_EQ(found.wrong, 1);
  EXPECT_THAT(found.text, HasSubstr("keeps events for ever"));
  EXPECT_THAT(found.text, HasSubstr("state.erasure_marker (30d)"));
  EXPECT_THAT(found.text, Not(HasSubstr("keeps records")));
}

}  // namespace
}  // namespace ebb::app
