#include "engine/gen/generator.h"

#include <map>
#include <set>
#include <string>

#include "engine/base/hash.h"
#include "engine/gen/rng.h"
#include "engine/gen/truth_json.h"
#include "engine/json/json_writer.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "gtest/gtest.h"

namespace ebb::gen {
namespace {

using google::protobuf::util::TimeUtil;

GenOptions small(std::uint64_t seed = 7) {
  GenOptions o;
  o.customers = 300;
  o.days = 200;
  o.seed = seed;
  return o;
}

TimeMs event_ms(const v1::Event& e) {
  return TimeUtil::TimestampToMilliseconds(e.event_time());
}

std::string all_lines(const GenOptions& options) {
  Generator generator(options);
  GenRecord record;
  std::string out;
  while (generator.next(&record)) {
    out += source_name(record.source);
    append_json(record.event, &out);
    out += '\n';
  }
  for (std::int64_t i = 0; i < options.customers; ++i) append_truth(generator.truth(i), &out);
  return out;
}

TEST(GeneratorTest, TheSameSeedGivesTheSameBytes) {
  const std::string once = all_lines(small());
  EXPECT_EQ(once, all_lines(small()));
  EXPECT_NE(once, all_lines(small(8)));
}

// The bytes are the same on every machine and in every release; who changes them on purpose says so here.
TEST(GeneratorTest, TheBytesAreThoseOfEarlierReleases) {
  EXPECT_EQ(stable_hash(all_lines(small())), 10756841385948066919ULL);
}

TEST(GeneratorTest, EachSourceComesInOrderOfArrival) {
  Generator generator(small());
  GenRecord record;
  TimeMs last = 0;
  while (generator.next(&record)) {
    ASSERT_GE(record.arrival_ms, last);
    ASSERT_GE(record.arrival_ms, event_ms(record.event));
    ASSERT_LT(event_ms(record.event), generator.end_ms());
    last = record.arrival_ms;
  }
}

TEST(GeneratorTest, AFewEventsComeLateOrTwice) {
  Generator generator(small());
  GenRecord record;
  int events = 0;
  int late = 0;
  std::map<std::string, std::string> seen;
  int twice = 0;
  while (generator.next(&record)) {
    ++events;
    const auto [it, first] = seen.emplace(record.event.event_id(), record.event.SerializeAsString());
    if (!first) {
      ++twice;
      EXPECT_TRUE(record.event.ByteSizeLong() == it->second.size());
    } else if (record.arrival_ms > event_ms(record.event)) {
      ++late;
      EXPECT_LE(record.arrival_ms - event_ms(record.event), 6 * kHourMs + kSecondMs);
    }
  }
  EXPECT_NEAR(late / double(events), 0.005, 0.003);
  EXPECT_NEAR(twice / double(events), 0.005, 0.003);
}

TEST(GeneratorTest, WhoHasLeftBuysNothingMoreAndTheTruthAddsUp) {
  const GenOptions options = small();
  Generator generator(options);
  GenRecord record;
  std::map<std::string, std::int64_t> spend;
  std::map<std::string, TimeMs> last;
  std::set<std::string> ids;
  while (generator.next(&record)) {
    const v1::Event& e = record.event;
    if (!e.has_purchase() || !ids.insert(e.event_id()).second) continue;
    spend[e.customer_id()] += e.purchase().amount().minor_units();
    last[e.customer_id()] = std::max(last[e.customer_id()], event_ms(e));
  }
  int left = 0;
  std::set<Reason> reasons;
  for (std::int64_t i = 0; i < options.customers; ++i) {
    const Truth truth = generator.truth(i);
    EXPECT_EQ(truth.left(), truth.reason != Reason::kNone);
    EXPECT_EQ(truth.spend_minor, spend[truth.customer]) << truth.customer;
    if (truth.purchases > 0) {
      EXPECT_EQ(truth.last_purchase_ms, last[truth.customer]);
    }
    if (!truth.left()) continue;
    ++left;
    reasons.insert(truth.reason);
    EXPECT_LT(truth.last_purchase_ms, truth.left_ms);
    EXPECT_LT(truth.joined_ms, truth.signs_ms);
    EXPECT_GE(truth.left_ms - truth.signs_ms, 14 * kDayMs);
    EXPECT_LT(truth.left_ms, generator.end_ms());
  }
  EXPECT_GT(left, 60);
  EXPECT_LT(left, 120);
  EXPECT_EQ(reasons.size(), 7U);
}

TEST(GeneratorTest, TheSignsShowBeforeBadServiceDrivesSomebodyAway) {
  const GenOptions options = small();
  Generator fate(options);
  std::map<std::string, Truth> bad_service;
  for (std::int64_t i = 0; i < options.customers; ++i) {
    const Truth truth = fate.truth(i);
    if (truth.reason == Reason::kBadService) bad_service[truth.customer] = truth;
  }
  ASSERT_GT(bad_service.size(), 5U);
  std::set<std::string> complained;
  Generator generator(options);
  GenRecord record;
  while (generator.next(&record)) {
    const auto it = bad_service.find(record.event.customer_id());
    if (it == bad_service.end() || !record.event.feedback().has_complaint()) continue;
    if (event_ms(record.event) >= it->second.signs_ms) complained.insert(it->first);
  }
  EXPECT_EQ(complained.size(), bad_service.size());
}

TEST(GeneratorTest, ZipfGivesAFewMostOfThePurchases) {
  for (const Skew skew : {Skew::kUniform, Skew::kZipf}) {
    GenOptions options = small();
    options.skew = skew;
    Generator generator(options);
    GenRecord record;
    std::map<std::string, int> purchases;
    int all = 0;
    while (generator.next(&record)) {
      if (!record.event.has_purchase()) continue;
      ++purchases[record.event.customer_id()];
      ++all;
    }
    int most = 0;
    for (const auto& [id, n] : purchases) most = std::max(most, n);
    EXPECT_EQ(most > all / 10, skew == Skew::kZipf) << most << " of " << all;
  }
}

TEST(RngTest, LogarithmIsRight) {
  EXPECT_NEAR(portable_ln(1), 0, 1e-15);
  EXPECT_NEAR(portable_ln(2.718281828459045), 1, 1e-15);
  EXPECT_NEAR(portable_ln(1e-12), -27.631021115928547, 1e-12);
  EXPECT_NEAR(portable_ln(0.3), -1.2039728043259361, 1e-15);
}

TEST(RngTest, DrawsHaveTheMeanThatTheyPromise) {
  Rng rng(5);
  double gaps = 0;
  double bells = 0;
  double squares = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    gaps += rng.erlang(4, 10);
    const double b = rng.bell();
    bells += b;
    squares += b * b;
  }
  EXPECT_NEAR(gaps / kDraws, 10, 0.15);
  EXPECT_NEAR(bells / kDraws, 0, 0.03);
  EXPECT_NEAR(squares / kDraws, 1, 0.03);
}

}  // namespace
}  // namespace ebb::gen
