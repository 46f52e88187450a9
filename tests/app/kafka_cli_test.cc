// The commands on a real broker, and that they find what a replay finds, a crash in between or not.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/app/failing_operator.h"
#include "tests/app/program.h"

namespace ebb::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Topics of a name of their own, and the history of some customers.
struct KafkaShop {
  KafkaShop() {
    const char* brokers = std::getenv("EBB_TEST_BROKERS");
    if (brokers == nullptr) throw std::runtime_error("EBB_TEST_BROKERS is not set");
    const std::string folder = dir.path();
    std::string name = "cli" + folder.substr(folder.size() - 6);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    write_file(config, "name: " + name + "\npartitions: 3\nlog:\n  kafka: {brokers: \"" + brokers +
                           "\"}\nstate: {dir: " + dir.file("state") +
                           "}\nsources:\n  purchases:\n  feedback:\n  surveys:\n  profiles:\n"
                           "time: {advance: events}\nhttp: off\n");
    EXPECT_EQ(run_program("gen --customers 300 --days 150 --seed 4 --out " + history).code, 0);
  }

  // As alert id and level, sorted.
  static std::vector<std::string> alerts(const std::string& lines) {
    std::vector<std::string> out;
    for (std::size_t from = 0; from < lines.size();) {
      const std::size_t to = lines.find('\n', from);
      const json alert = json::parse(lines.substr(from, to - from));
      out.push_back(alert["alertId"].get<std::string>() + " " + alert.value("level", ""));
      from = to + 1;
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<std::string> replayed() const {
    const Outcome o = run_program("replay " + config + " --in " + history + " --out " + dir.file("found"));
    EXPECT_EQ(o.code, 0) << o.err;
    return alerts(read_file(dir.file("found/alerts.jsonl")));
  }
  std::vector<std::string> tailed() const {
    const Outcome o = run_program("tail " + config + " alerts --from-start --until-end --json");
    EXPECT_EQ(o.code, 0) << o.err;
    return alerts(o.out);
  }
  void make_topics_and_send() const {
    const Outcome topics = run_program("topics --create " + config);
    ASSERT_EQ(topics.code, 0) << topics.err;
    const Outcome sent = run_program("send " + config + " " + history + "/[fps]*.jsonl");
    ASSERT_EQ(sent.code, 0) << sent.err;
  }

  TempDir dir;
  const std::string config = dir.file("shop.yaml");
  const std::string history = dir.file("history");
};

TEST(KafkaCliTest, TopicsAreFoundMissingAndThenRight) {
  const KafkaShop shop;
  const Outcome before = run_program("topics " + shop.config);
  EXPECT_EQ(before.code, 69);
  EXPECT_THAT(before.out, HasSubstr("is not there"));
  const Outcome run = run_program("run " + shop.config);
  EXPECT_EQ(run.code, 69);
  EXPECT_THAT(run.err, HasSubstr("--create"));
  const Outcome create = run_program("topics --create " + shop.config);
  EXPECT_EQ(create.code, 0);
  EXPECT_THAT(create.out, testing::AllOf(HasSubstr("created"), testing::Not(HasSubstr("is not there"))));
  const Outcome after = run_program("check --connect " + shop.config);
  EXPECT_EQ(after.code, 0) << after.out;
  EXPECT_EQ(run_program("topics --partitions 4 " + shop.config).code, 69);
}

TEST(KafkaCliTest, ARunToTheEndGivesTheAlertsOfAReplay) {
  const KafkaShop shop;
  shop.make_topics_and_send();
  const Outcome run = run_program("run --until-end " + shop.config);
  ASSERT_EQ(run.code, 0) << run.err;
  const auto alerts = shop.tailed();
  EXPECT_FALSE(alerts.empty());
  EXPECT_EQ(alerts, shop.replayed());
}

TEST(KafkaCliTest, KilledInTheMiddleNothingIsLostAndNothingTwice) {
  const KafkaShop shop;
  shop.make_topics_and_send();
  Background first({"run", shop.config});
  // Some alerts are out, so an epoch or more is committed.
  const Outcome some = run_program("tail " + shop.config + " alerts --from-start --json | head -n 3");
  EXPECT_EQ(std::count(some.out.begin(), some.out.end(), '\n'), 3);
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait(), -1);
  const Outcome second = run_program("run --until-end " + shop.config);
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(shop.tailed(), shop.replayed());
}

TEST(KafkaCliTest, AnOperatorThatFailsIsRolledBackAndItsEventsAreDeadLetters) {
  const TempDir unique;
  FailingShop shop("failing" + std::to_string(std::hash<std::string>()(unique.path())),
                   "kafka: {brokers: \"" + std::string(std::getenv("EBB_TEST_BROKERS")) + "\"}");
  ASSERT_EQ(run_program("topics --create " + shop.config_path()).code, 0);
  const Outcome sent = run_program("send " + shop.config_path() + " " + shop.history() + "/purchases.jsonl");
  ASSERT_EQ(sent.code, 0) << sent.err;
  shop.run_and_check(shop.load());
  const Outcome letters =
      run_program("tail " + shop.config_path() + " dead_letters --from-start --until-end");
  EXPECT_THAT(letters.out, HasSubstr("  c3  operator_failed in value: "));
  EXPECT_EQ(std::count(letters.out.begin(), letters.out.end(), '\n'), 4) << letters.out;
}

TEST(KafkaCliTest, WithoutABrokerItIs69) {
  const TempDir dir;
  write_file(dir.file("c.yaml"),
             "name: x\nlog:\n  kafka: {brokers: \"127.0.0.1:1\"}\nsources:\n  purchases:\n");
  const Outcome o = run_program("check --connect " + dir.file("c.yaml"));
  EXPECT_EQ(o.code, 69);
  EXPECT_THAT(o.err, HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace ebb::app
