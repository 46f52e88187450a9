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

TEST(SendCommandTest, AFolderStandsForTheFilesOfTheSources) {
  const Shop shop;
  const Outcome o = run_program("send --dry-run " + shop.config + " " + shop.history);
  EXPECT_EQ(o.code, 0) << o.err;
  std::int64_t lines = 0;
  for (const std::string name : {"purchases", "feedback", "surveys", "profiles"}) {
    lines += lines_in(read_file(shop.history + "/" + name + ".jsonl"));
  }
  std::string digits = o.out.substr(0, o.out.find(' '));
  std::erase(digits, ',');
  EXPECT_EQ(digits, std::to_string(lines)) << "truth.jsonl is left alone";
  const Outcome empty = run_program("send " + shop.config + " " + shop.dir.path());
  EXPECT_EQ(empty.code, 69);
  EXPECT_THAT(empty.err, HasSubstr("has no file of events: purchases.jsonl, feedback.jsonl"));
}

TEST(SendCommandTest, AFileForNoSourceIsUsage) {
  const Shop shop;
  const Outcome o = run_program("send " + shop.config + " " + shop.history + "/truth.jsonl");
  EXPECT_EQ(o.code, 64);
  EXPECT_THAT(o.err, HasSubstr("truth.jsonl: for which source?"));
  EXPECT_EQ(run_program("send " + shop.config + " purchases=" + shop.dir.file("none")).code, 69);
}

// Three lines that can be used and three that can't, in a shop of their own.
struct MixedShop {
  MixedShop() {
    write_file(config, config_in(dir));
    std::string text;
    for (const char* day : {"01", "02", "03"}) text += purchase("good-" + std::string(day), day, "USD");
    text += purchase("euro", "04", "EUR") + "garbage\n" +
            R"({"eventId": "x", "customerId": "c2", "eventTime": "2026-03-01T09:30:00Z", "purchse": {}})" +
            "\n";
    write_file(file, text);
  }
  static std::string purchase(const std::string& id, const std::string& day, const std::string& currency) {
    return R"({"eventId": ")" + id + R"(", "customerId": "c1", "eventTime": "2026-03-)" + day +
           R"(T09:30:00Z", "purchase": {"amount": {"currencyCode": ")" + currency +
           R"(", "minorUnits": "12950"}}})" + "\n";
  }
  std::string applied() const {
    const Outcome o = run_program("run --until-end " + config);
    EXPECT_EQ(o.code, 0) << o.err;
    const std::size_t at = o.err.find("; applied ");
    return at == std::string::npos ? o.err : o.err.substr(at + 2, o.err.find(", erased", at) - at - 2);
  }
  TempDir dir;
  const std::string config = dir.file("shop.yaml");
  const std::string file = dir.file("purchases.jsonl");
};

TEST(SendCommandTest, BadLinesAreNamedAndNothingIsSent) {
  const MixedShop shop;
  const Outcome o = run_program("send " + shop.config + " " + shop.file);
  EXPECT_EQ(o.code, 65);
  EXPECT_THAT(o.err, HasSubstr(shop.file + ":4: unknown_currency purchase.amount.currency_code: "));
  EXPECT_THAT(o.err, HasSubstr(shop.file + ":5: malformed value: a line has to be one JSON object"));
  EXPECT_THAT(o.err, HasSubstr(shop.file + ":6: unknown_field purchse: "));
  EXPECT_THAT(o.err, HasSubstr("3 of 6 lines can't be used, so nothing was sent"));
  EXPECT_THAT(o.out, IsEmpty());
  EXPECT_EQ(shop.applied(), "applied 0, duplicate 0, dead-lettered 0");
}

TEST(SendCommandTest, ManyBadLinesDontFloodTheScreen) {
  const MixedShop shop;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "[]\n";
  write_file(shop.file, text);
  const Outcome o = run_program("send " + shop.config + " " + shop.file + " --dry-run");
  EXPECT_EQ(o.code, 65);
  EXPECT_EQ(o.out, "1,000 lines read, 1,000 can't be used; nothing was sent\n");
  EXPECT_THAT(o.err, HasSubstr("... and 997 more malformed value"));
  EXPECT_EQ(lines_in(o.err), 4);
}

TEST(SendCommandTest, SkipBadSendsTheOthersAndForceSendsAll) {
  const MixedShop shop;
  const Outcome skipped = run_program("send --skip-bad " + shop.config + " " + shop.file);
  EXPECT_EQ(skipped.code, 65);
  EXPECT_EQ(skipped.out, "3 events sent, 3 lines left out\n");
  EXPECT_EQ(shop.applied(), "applied 3, duplicate 0, dead-lettered 0");
  const Outcome forced = run_program("send --force " + shop.config + " " + shop.file);
  EXPECT_EQ(forced.code, 0) << forced.err;
  EXPECT_EQ(shop.applied(), "applied 3, duplicate 3, dead-lettered 3");
}

TEST(ResendCommandTest, SendsWhatTheConfigCanUseByNow) {
  const MixedShop shop;
  ASSERT_EQ(run_program("send --force " + shop.config + " " + shop.file).code, 0);
  EXPECT_EQ(shop.applied(), "applied 3, duplicate 0, dead-lettered 3");
  const Outcome tail = run_program("tail " + shop.config + " dead_letters --from-start --until-end");
  EXPECT_THAT(tail.out, HasSubstr("  c1  unknown_currency in purchase.amount.currency_code: "));
  EXPECT_THAT(tail.out, HasSubstr("\n    garbage\n"));
  EXPECT_THAT(run_program("resend --dry-run " + shop.config).out,
              HasSubstr("0 would be sent again, 3 still"));

  write_file(shop.config, config_in(shop.dir) + "money: {rates: {EUR: 1.1}}\n");
  const Outcome dry = run_program("resend --dry-run " + shop.config);
  EXPECT_THAT(dry.out, HasSubstr("1 would be sent again, 2 still"));
  EXPECT_EQ(shop.applied(), "applied 3, duplicate 0, dead-lettered 3");
  const Outcome only = run_program("resend --reason unknown_currency " + shop.config);
  EXPECT_EQ(only.code, 0) << only.err;
  EXPECT_EQ(only.out, "1 dead letter: 1 sent again, 0 still can't be used\n");
  const Outcome again = run_program("resend " + shop.config);
  EXPECT_EQ(again.code, 65);
  EXPECT_THAT(again.err, HasSubstr("malformed value"));
  EXPECT_EQ(shop.applied(), "applied 4, duplicate 1, dead-lettered 3") << "sent twice, counted once";
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
