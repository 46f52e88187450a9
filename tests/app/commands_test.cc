// The commands that need no broker, on real files and a real embedded log.
#include <algorithm>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/app/program.h"

namespace ebb::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string config_in(const TempDir& dir) {
  return "name: shop\npartitions: 3\nlog:\n  embedded: {dir: " + dir.file("log") +
         "}\nstate: {dir: " + dir.file("state") +
         "}\nsources:\n  purchases:\n  feedback:\n  surveys:\n  profiles:\ntime: {advance: events}\n"
         "http: off\n";
}

// A folder with a config and the history of a few customers.
struct Shop {
  Shop() {
    write_file(config, config_in(dir));
    const Outcome gen = run_program("gen --customers 60 --days 150 --out " + history);
    EXPECT_EQ(gen.code, 0) << gen.err;
  }
  TempDir dir;
  const std::string config = dir.file("shop.yaml");
  const std::string history = dir.file("history");
};

std::int64_t lines_in(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(CheckCommandTest, SaysAllThatIsWrongWithItsPlaceAndEndsWith78) {
  const TempDir dir;
  const std::string path = dir.file("bad.yaml");
  write_file(path, "name: shop\nsources:\n  purchases: {formt: json}\ntime: {lateness: 10}\n");
  const Outcome o = run_program("check " + path);
  EXPECT_EQ(o.code, 78);
  EXPECT_THAT(o.err, HasSubstr(path + ":3:"));
  EXPECT_THAT(o.err, HasSubstr("did you mean 'format'?"));
  EXPECT_THAT(o.err, HasSubstr(path + ":4:"));
  EXPECT_THAT(o.out, IsEmpty());
  EXPECT_EQ(run_program("check " + dir.file("none.yaml")).code, 78);
}

TEST(CheckCommandTest, SaysWhatARightConfigIsAbout) {
  const TempDir dir;
  write_file(dir.file("c.yaml"), config_in(dir));
  const Outcome o = run_program("check " + dir.file("c.yaml"));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("4 sources, 5 operators, 3 sinks"));
  const Outcome all = run_program("check --show " + dir.file("c.yaml"));
  EXPECT_EQ(all.code, 0);
  write_file(dir.file("all.yaml"), all.out);
  EXPECT_EQ(run_program("check --show " + dir.file("all.yaml")).out, all.out);
}

TEST(GraphCommandTest, DrawsATreeAndDot) {
  const TempDir dir;
  write_file(dir.file("c.yaml"), config_in(dir));
  const Outcome text = run_program("graph " + dir.file("c.yaml"));
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("alerts  (topic shop.alerts)"));
  EXPECT_THAT(text.out, HasSubstr("churn_risk  ◀ satisfaction"));
  const Outcome dot = run_program("graph --format dot " + dir.file("c.yaml"));
  EXPECT_THAT(dot.out, HasSubstr("\"source purchases\" -> \"dedupe\";"));
  EXPECT_THAT(dot.out, HasSubstr("\"alert_policy\" -> \"sink alerts\";"));
}

TEST(ReplayCommandTest, AccountsForEveryLineAndIsTheSameEachTime) {
  const Shop shop;
  write_file(shop.history + "/feedback.jsonl",
             read_file(shop.history + "/feedback.jsonl") + "rubbish\n{\"customerId\":\"x\"}\n");
  for (const std::string out : {"a", "b"}) {
    const Outcome o =
        run_program("replay " + shop.config + " --in " + shop.history + " --out " + shop.dir.file(out));
    ASSERT_EQ(o.code, 0) << o.err;
  }
  std::int64_t lines = 0;
  for (const std::string name : {"purchases", "feedback", "surveys", "profiles"}) {
    lines += lines_in(read_file(shop.history + "/" + name + ".jsonl"));
  }
  const json summary = json::parse(read_file(shop.dir.file("a/summary.json")));
  EXPECT_EQ(summary["records"]["read"], lines);
  EXPECT_EQ(summary["adds_up"], true);
  EXPECT_EQ(summary["tasks"], 3);
  EXPECT_EQ(summary["records"]["dead_lettered"], 2);
  EXPECT_GT(summary["records"]["duplicate"], 0);
  EXPECT_GT(summary["alerts"]["total"], 0);
  for (const std::string name : {"alerts.jsonl", "risk.jsonl", "dead_letters.jsonl", "summary.json"}) {
    const std::string text = read_file(shop.dir.file("a/" + name));
    EXPECT_FALSE(text.empty()) << name;
    EXPECT_EQ(text, read_file(shop.dir.file("b/" + name))) << name;
  }
  EXPECT_EQ(lines_in(read_file(shop.dir.file("a/alerts.jsonl"))), summary["alerts"]["total"]);
  EXPECT_EQ(lines_in(read_file(shop.dir.file("a/risk.jsonl"))), summary["customers"]);
  for (const auto& entry : std::filesystem::directory_iterator(shop.dir.file("a"))) {
    EXPECT_THAT(entry.path().filename().string(), Not(testing::StartsWith("."))) << "left behind";
  }
}

TEST(ReplayCommandTest, WithoutAnyHistoryItIs69) {
  const TempDir dir;
  write_file(dir.file("c.yaml"), config_in(dir));
  const Outcome o =
      run_program("replay " + dir.file("c.yaml") + " --in " + dir.file("none") + " --out " + dir.file("out"));
  EXPECT_EQ(o.code, 69);
}

// send, run and tail on the embedded log find what a replay finds.
TEST(RunCommandTest, UntilTheEndGivesTheAlertsOfAReplay) {
  const Shop shop;
  const Outcome sent = run_program("send " + shop.config + " " + shop.history + "/[fps]*.jsonl");
  ASSERT_EQ(sent.code, 0) << sent.err;
  const Outcome ran = run_program("run --until-end " + shop.config);
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Outcome tailed = run_program("tail " + shop.config + " alerts --from-start --until-end --json");
  ASSERT_EQ(tailed.code, 0) << tailed.err;
  const Outcome replayed =
      run_program("replay " + shop.config + " --in " + shop.history + " --out " + shop.dir.file("found"));
  ASSERT_EQ(replayed.code, 0) << replayed.err;

  const auto ids = [](const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t to = text.find('\n', from);
      const json alert = json::parse(text.substr(from, to - from));
      out.push_back(alert["alertId"].get<std::string>() + " " + alert.value("level", ""));
      from = to + 1;
    }
    std::sort(out.begin(), out.end());
    return out;
  };
  const auto alerts = ids(tailed.out);
  EXPECT_FALSE(alerts.empty());
  EXPECT_EQ(alerts, ids(read_file(shop.dir.file("found/alerts.jsonl"))));

  const Outcome again = run_program("run --until-end " + shop.config);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(run_program("tail " + shop.config + " alerts --from-start --until-end --json").out, tailed.out);

  const Outcome risks = run_program("tail " + shop.config + " risk --from-start --until-end");
  EXPECT_EQ(risks.code, 0);
  EXPECT_THAT(risks.out, HasSubstr("purchases"));
}

TEST(TailCommandTest, AnUnknownSinkIsUsageAndAClosedPipeIsNoFailure) {
  const Shop shop;
  ASSERT_EQ(run_program("send " + shop.config + " " + shop.history + "/purchases.jsonl").code, 0);
  ASSERT_EQ(run_program("run --until-end " + shop.config).code, 0);
  const Outcome o = run_program("tail " + shop.config + " alrets");
  EXPECT_EQ(o.code, 64);
  EXPECT_THAT(o.err, HasSubstr("did you mean 'alerts'?"));
  const Outcome piped =
      run_program("tail " + shop.config + " risk --from-start --until-end --json | head -n 1");
  EXPECT_EQ(lines_in(piped.out), 1);
  EXPECT_THAT(piped.err, IsEmpty());
}

TEST(SendCommandTest, AFileForNoSourceIsUsage) {
  const Shop shop;
  const Outcome o = run_program("send " + shop.config + " " + shop.history + "/truth.jsonl");
  EXPECT_EQ(o.code, 64);
  EXPECT_THAT(o.err, HasSubstr("truth.jsonl: for which source?"));
  EXPECT_EQ(run_program("send " + shop.config + " purchases=" + shop.dir.file("none")).code, 69);
}

TEST(TopicsCommandTest, TheEmbeddedLogNeedsNone) {
  const TempDir dir;
  write_file(dir.file("c.yaml"), config_in(dir));
  EXPECT_EQ(run_program("topics " + dir.file("c.yaml")).code, 0);
}

TEST(CustomerCommandTest, NobodyToAskIs69) {
  const TempDir dir;
  write_file(dir.file("c.yaml"), config_in(dir));
  EXPECT_EQ(run_program("customer " + dir.file("c.yaml") + " c1 --at 127.0.0.1:1").code, 69);
}

TEST(DemoCommandTest, ShowsAlertsAndAddsUp) {
  const TempDir dir;
  const Outcome o = run_program("demo --customers 80 --days 150 --all --dir " + dir.file("demo"));
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("at risk"));
  EXPECT_THAT(o.out, HasSubstr("all are accounted for"));
  EXPECT_THAT(o.out, HasSubstr("ebb demo --serve"));
  EXPECT_EQ(run_program("check " + dir.file("demo/demo.yaml")).code, 0);
  EXPECT_EQ(run_program("demo --dir " + dir.file("demo")).code, 64);
}

}  // namespace
}  // namespace ebb::app
