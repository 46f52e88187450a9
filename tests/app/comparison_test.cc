// Two replays side by side, by hand and by the command.
#include "engine/app/comparison.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/app/program.h"

namespace ebb::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Finding episode(const std::string& customer, int from_day, int end_day, v1::RiskLevel level,
                std::int64_t minor, Points points = {}) {
  Finding f;
  f.customer = customer;
  f.end_ms = end_day < 0 ? kNever : end_day * kDayMs;
  f.steps.push_back({.level = level,
                     .at_ms = from_day * kDayMs,
                     .probability = 0.8,
                     .at_risk_minor = minor,
                     .points = std::move(points)});
  return f;
}

const Difference& of(const Comparison& comparison, const std::string& customer) {
  for (const Difference& d : comparison.differences) {
    if (d.finding().customer == customer) return d;
  }
  throw std::out_of_range(customer);
}

TEST(ComparisonTest, SaysWhatAppearsVanishesAndChanges) {
  Found before;
  Found after;
  before.findings = {
      episode("a", 10, 20, v1::RISK_LEVEL_WATCH, 100), episode("b", 10, -1, v1::RISK_LEVEL_WATCH, 200),
      episode("c", 10, -1, v1::RISK_LEVEL_CRITICAL, 300), episode("d", 10, -1, v1::RISK_LEVEL_WATCH, 400),
      episode("f", 10, 20, v1::RISK_LEVEL_WATCH, 1)};
  after.findings = {
      episode("b", 12, -1, v1::RISK_LEVEL_CRITICAL, 210), episode("c", 9, -1, v1::RISK_LEVEL_CRITICAL, 310),
      episode("d", 30, -1, v1::RISK_LEVEL_WATCH, 410), episode("e", 10, -1, v1::RISK_LEVEL_WARNING, 500),
      episode("f", 40, 50, v1::RISK_LEVEL_WATCH, 2)};
  const Comparison c = compare(before, after);
  EXPECT_EQ(of(c, "a").change, Change::kVanishes);
  EXPECT_EQ(of(c, "b").change, Change::kHigher);
  EXPECT_EQ(of(c, "c").change, Change::kSame);  // within a day
  EXPECT_EQ(of(c, "d").change, Change::kLater);
  EXPECT_EQ(of(c, "e").change, Change::kAppears);
  const auto sum = [&c](Change change) { return c.churn_risk[static_cast<std::size_t>(change)]; };
  EXPECT_EQ(sum(Change::kAppears).findings, 2);  // e, and f's second episode: they don't overlap
  EXPECT_EQ(sum(Change::kVanishes).findings, 2);
  EXPECT_EQ(sum(Change::kAppears).customers, 2);
  EXPECT_EQ(sum(Change::kHigher).at_risk_minor, 210);
  EXPECT_EQ(c.differences.front().finding().customer, "e");  // the most at risk first
}

TEST(ComparisonTest, APauseOnOneSideIsNoDifferenceOfItsOwn) {
  Found before;
  Found after;
  before.findings = {episode("a", 10, 20, v1::RISK_LEVEL_WATCH, 1),
                     episode("a", 30, 40, v1::RISK_LEVEL_CRITICAL, 2),
                     episode("a", 90, -1, v1::RISK_LEVEL_WATCH, 3)};
  after.findings = {episode("a", 10, 50, v1::RISK_LEVEL_WATCH, 4)};
  const Comparison c = compare(before, after);
  ASSERT_EQ(c.differences.size(), 2U);
  const auto findings = [&c](Change change) {
    return c.churn_risk[static_cast<std::size_t>(change)].findings;
  };
  EXPECT_EQ(findings(Change::kLower), 1);  // from critical, in the second of the two
  EXPECT_EQ(findings(Change::kVanishes), 1);
}

TEST(ComparisonTest, SaysWhichContributionsMoved) {
  Names names;
  const std::uint16_t silence = names.number("silence");
  const std::uint16_t pace = names.number("pace");
  const std::uint16_t fault = names.number("fault");
  Found before;
  Found after;
  before.findings = {episode("a", 1, -1, v1::RISK_LEVEL_WATCH, 1, {{silence, 1.0F}, {pace, -0.5F}})};
  after.findings = {
      episode("a", 1, -1, v1::RISK_LEVEL_WATCH, 1, {{silence, 1.002F}, {pace, -0.1F}, {fault, 0.9F}})};
  const Comparison c = compare(before, after);
  ASSERT_EQ(c.differences.size(), 1U);
  const Points& moved = c.differences[0].moved;
  ASSERT_EQ(moved.size(), 2U);  // silence hardly moved
  EXPECT_EQ(moved[0].first, fault);
  EXPECT_NEAR(moved[0].second, 0.9, 1e-6);
  EXPECT_EQ(moved[1].first, pace);
  EXPECT_NEAR(moved[1].second, 0.4, 1e-6);
}

TEST(ComparisonTest, OtherAlertsMeetIfTheyAreNearInTime) {
  const auto request = [](int day) {
    Finding f = episode("a", day, day, v1::RISK_LEVEL_NONE, 0);
    f.kind = v1::ALERT_KIND_SURVEY_REQUEST;
    return f;
  };
  Found before;
  Found after;
  before.findings = {request(10), request(200)};
  after.findings = {request(20), request(300)};
  const Comparison c = compare(before, after);
  const auto& sums = c.others.at(v1::ALERT_KIND_SURVEY_REQUEST);
  EXPECT_EQ(sums[static_cast<std::size_t>(Change::kLater)].findings, 1);
  EXPECT_EQ(sums[static_cast<std::size_t>(Change::kVanishes)].findings, 1);
  EXPECT_EQ(sums[static_cast<std::size_t>(Change::kAppears)].findings, 1);
}

std::string config(const std::string& horizon) {
  return "name: shop\npartitions: 2\nlog: {embedded: {}}\nsources: {purchases: , feedback: , surveys: , "
         "profiles: }\n"
         "graph: {preset: default, churn_risk: {horizon: " +
         horizon + "}}\n";
}

struct DryRun {
  DryRun() {
    const Outcome gen = run_program("gen --customers 80 --days 200 --out " + history);
    EXPECT_EQ(gen.code, 0) << gen.err;
    write_file(old_config, config("60d"));
    write_file(new_config, config("30d"));
  }
  Outcome replay(const std::string& with, const std::string& out, const std::string& more) const {
    return run_program("replay " + with + " --in " + history + " --out " + dir.file(out) + " " + more);
  }
  TempDir dir;
  const std::string history = dir.file("history");
  const std::string old_config = dir.file("old.yaml");
  const std::string new_config = dir.file("new.yaml");
};

TEST(ReplayAgainstTest, AConfigAgainstItselfChangesNothing) {
  const DryRun run;
  const Outcome o = run.replay(run.old_config, "found", "--against " + run.old_config + " --expect-same");
  EXPECT_EQ(o.code, 0) << o.err << o.out;
  EXPECT_THAT(o.out, HasSubstr("same"));
  const json told = json::parse(read_file(run.dir.file("found/against.json")));
  EXPECT_GT(told["churn_risk"]["same"]["findings"], 0);
  EXPECT_EQ(told["changed"].size(), 0U);
}

TEST(ReplayAgainstTest, AChangedHorizonIsExplained) {
  const DryRun run;
  ASSERT_EQ(run.replay(run.old_config, "old", "--risk-history").code, 0);
  const Outcome o = run.replay(run.new_config, "new", "--against " + run.dir.file("old") + " --json");
  ASSERT_EQ(o.code, 0) << o.err;
  const json told = json::parse(o.out);
  EXPECT_EQ(told, json::parse(read_file(run.dir.file("new/against.json"))));
  const std::int64_t appear = told["churn_risk"]["appears"]["findings"];
  EXPECT_GT(appear, 0);  // within 30 days more customers buy nothing than within 60
  EXPECT_EQ(told["why"]["appears"]["unknown"], 0);
  EXPECT_GT(told["why"]["appears"]["contributions"].value("pace", 0), appear / 2);
  EXPECT_NE(told["old"]["graph_version"], told["new"]["graph_version"]);
  EXPECT_EQ(run.replay(run.new_config, "new", "--against " + run.dir.file("old") + " --expect-same").code,
            65);
}

TEST(ReplayAgainstTest, SaysWhatIsWrongWithTheOtherSide) {
  const DryRun run;
  EXPECT_EQ(run.replay(run.new_config, "new", "--against " + run.dir.file("history")).code,
            69);  // no replay's
  EXPECT_EQ(run.replay(run.new_config, "new", "--against " + run.dir.file("none.yaml")).code, 78);
  EXPECT_EQ(run.replay(run.new_config, "new", "--json").code, 64);  // compared with what?
  write_file(run.dir.file("history/alerts.jsonl"), "{}\nrubbish\n");
  const Outcome o = run.replay(run.new_config, "new", "--against " + run.dir.file("history"));
  EXPECT_EQ(o.code, 65);
  EXPECT_THAT(o.err, HasSubstr("alerts.jsonl:2"));
}

}  // namespace
}  // namespace ebb::app
