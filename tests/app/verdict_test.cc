// A replay judged by the truth: figures by hand on a history made for it.
#include "engine/app/verdict.h"

#include <set>

#include "engine/base/time_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/app/program.h"

namespace ebb::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr TimeMs kStart = 1'704'067'200'000;  // 2024-01-01

std::string day(int n) {
  return time_text(kStart + n * kDayMs);
}

json alert(const std::string& customer, int at_day, const std::string& kind, const std::string& level,
           const std::vector<std::pair<std::string, double>>& points = {}) {
  json contributions = json::array();
  for (const auto& [name, value] : points) contributions.push_back({{"name", name}, {"points", value}});
  return {{"customerId", customer},   {"kind", "ALERT_KIND_" + kind}, {"level", "RISK_LEVEL_" + level},
          {"eventTime", day(at_day)}, {"probability", 0.8},           {"contributions", contributions}};
}

json purchase(const std::string& customer, int at_day) {
  return {{"customerId", customer},
          {"eventId", customer + std::to_string(at_day)},
          {"eventTime", day(at_day)},
          {"purchase", {{"kind", "PURCHASE_KIND_SALE"}}}};
}

json leaver(const std::string& customer, const std::string& reason, int signs, int left, int next) {
  return {{"customerId", customer},
          {"left", true},
          {"reason", reason},
          {"joinedTime", day(0)},
          {"signsTime", day(signs)},
          {"leftTime", day(left)},
          {"nextPurchaseTime", day(next)}};
}

void write_lines(const std::string& path, const std::vector<json>& lines) {
  std::string text;
  for (const json& line : lines) text += line.dump() + "\n";
  write_file(path, text);
}

TEST(VerdictTest, CountsTheCaughtTheNamedAndTheFalseAlarms) {
  const TempDir dir;
  write_lines(dir.file("truth.jsonl"),
              {leaver("a", "price", 50, 100, 110),       // warned of on day 60: 50 days ahead, by name
               leaver("b", "price", 50, 100, 104),       // stands warned of since before the first sign
               leaver("c", "moved_away", 90, 100, 120),  // only after
               leaver("d", "moved_away", 90, 100, 120),  // only on watch
               leaver("f", "price", 50, 100, 110),       // taken back before anything began
               {{"customerId", "e"}, {"left", false}, {"joinedTime", day(0)}}});
  write_lines(dir.file("purchases.jsonl"), {purchase("a", 0), purchase("e", 365)});
  write_lines(dir.file("alerts.jsonl"),
              {alert("f", 10, "CHURN_RISK", "CRITICAL"), alert("f", 20, "RETRACTION", "NONE"),
               alert("b", 40, "CHURN_RISK", "WARNING", {{"base", 2}, {"silence", 1}}),
               alert("e", 45, "CHURN_RISK", "WARNING"), alert("a", 55, "CHURN_RISK", "WATCH"),
               alert("a", 60, "CHURN_RISK", "WARNING",
                     {{"base", 1}, {"silence", 0.9}, {"pace", 0.5}, {"price", 0.4}, {"frequency", -1}}),
               alert("d", 95, "CHURN_RISK", "WATCH", {{"silence", 1}}),
               alert("c", 130, "CHURN_RISK", "CRITICAL", {{"silence", 1}})});
  const Result<Verdict> v = judge(dir.path(), dir.path(), {});
  ASSERT_TRUE(v) << v.status().message();
  EXPECT_EQ(v->all.leavers, 5);
  EXPECT_EQ(v->all.caught, 2);
  EXPECT_EQ(v->all.named, 1);
  EXPECT_EQ(v->all.late, 1);
  const GroupVerdict& price = v->by_reason.at("price");
  EXPECT_EQ(price.leavers, 3);
  EXPECT_EQ(price.caught, 2);
  EXPECT_THAT(price.lead_days, testing::UnorderedElementsAre(50, 54));
  EXPECT_EQ(v->by_reason.at("moved_away").caught, 0);
  EXPECT_EQ(v->warnings, 4);      // of those who had not left: f, b, e, a
  EXPECT_EQ(v->false_alarms, 3);  // all but a's
  EXPECT_NEAR(v->customer_years, (5 * 100 + 365) / 365.25, 1e-9);
  EXPECT_EQ(v->ranking_days, 0);
  EXPECT_THAT(verdict_text(*v, {}), HasSubstr("no ranking"));
}

TEST(VerdictTest, RanksTheRiskTableBesideRecency) {
  const TempDir dir;
  write_lines(dir.file("truth.jsonl"), {leaver("a", "price", 80, 100, 110),
                                        {{"customerId", "b"}, {"left", false}, {"joinedTime", day(0)}},
                                        {{"customerId", "c"}, {"left", false}, {"joinedTime", day(0)}}});
  // On day 90, a bought last week, b a month ago, c yesterday; the table is right about a, and about c.
  write_lines(dir.file("purchases.jsonl"), {purchase("a", 0), purchase("b", 60), purchase("a", 83),
                                            purchase("c", 89), purchase("b", 120), purchase("c", 151)});
  write_lines(dir.file("alerts.jsonl"), {});
  const auto risk = [](const std::string& customer, int at_day, double probability) {
    return json{{"customerId", customer}, {"eventTime", day(at_day)}, {"probability", probability}};
  };
  write_lines(dir.file("risk_history.jsonl"), {risk("a", 10, 0.1), risk("b", 60, 0.5), risk("a", 83, 0.9),
                                               risk("c", 89, 0.2), risk("a", 91, 0.1)});
  const Result<Verdict> v = judge(dir.path(), dir.path(), {});
  ASSERT_TRUE(v) << v.status().message();
  EXPECT_EQ(v->ranking_days, 1);
  EXPECT_EQ(v->all.auc, 1.0);
  EXPECT_EQ(v->all.auc_recency, 0.5);
  EXPECT_EQ(v->by_reason.at("price").auc, 1.0);
  EXPECT_FALSE(v->captive.auc.has_value());
  // Until day 150 a and c buy nothing.
  EXPECT_EQ(v->auc_no_purchase, 0.5);
  EXPECT_EQ(v->auc_no_purchase_recency, 0.0);
}

TEST(VerdictTest, AreaUnderCurve) {
  EXPECT_EQ(area_under_curve({{1, false}, {2, true}}), 1.0);
  EXPECT_EQ(area_under_curve({{1, true}, {2, false}}), 0.0);
  EXPECT_EQ(area_under_curve({{1, true}, {1, false}}), 0.5);
  EXPECT_EQ(area_under_curve({{1, false}, {2, true}, {2, false}, {3, true}}), 0.875);
  EXPECT_FALSE(area_under_curve({{1, true}}).has_value());
}

TEST(VerdictTest, EveryReasonOfTheSimulatorCanBeRecognised) {
  const TempDir dir;
  ASSERT_EQ(run_program("gen --customers 1500 --days 300 --start 2024-01-01 --out " + dir.path()).code, 0);
  const Result<Fates> fates = read_fates(dir.file("truth.jsonl"));
  ASSERT_TRUE(fates) << fates.status().message();
  std::set<std::string> reasons;
  for (const auto& [customer, fate] : *fates) {
    if (fate.left_ms != kNever) reasons.insert(fate.reason);
  }
  EXPECT_EQ(reasons.size(), 12U);
  for (const std::string& reason : reasons) EXPECT_FALSE(telling_contributions(reason).empty()) << reason;
}

TEST(VerdictCommandTest, SaysWhatIsMissingOrWrong) {
  const TempDir dir;
  EXPECT_EQ(run_program("verdict " + dir.path() + " " + dir.path()).code, 69);
  write_file(dir.file("truth.jsonl"), "{\"customerId\":\"a\"}\n[]\n");
  const Outcome o = run_program("verdict " + dir.path() + " " + dir.path());
  EXPECT_EQ(o.code, 65);
  EXPECT_THAT(o.err, HasSubstr("truth.jsonl:2"));
}

}  // namespace
}  // namespace ebb::app
