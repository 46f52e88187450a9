#include "engine/gen/generator.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

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
  EXPECT_EQ(stable_hash(all_lines(small())), 13066801539389599541ULL);
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

struct Told {
  Truth truth;
  std::vector<v1::Event> events;  // each once
};

// Everything that becomes of the customers, by id.
std::map<std::string, Told> told(const GenOptions& options) {
  Generator generator(options);
  GenRecord record;
  std::map<std::string, Told> out;
  std::set<std::string> ids;
  while (generator.next(&record)) {
    if (ids.insert(record.event.event_id()).second) {
      out[record.event.customer_id()].events.push_back(record.event);
    }
  }
  for (std::int64_t i = 0; i < options.customers; ++i) {
    const Truth truth = generator.truth(i);
    out[truth.customer].truth = truth;
  }
  return out;
}

constexpr int kYearCustomers = 1500;

const std::map<std::string, Told>& a_year() {
  static const std::map<std::string, Told> all = [] {
    GenOptions o;
    o.customers = kYearCustomers;
    o.days = 365;
    o.seed = 7;
    return told(o);
  }();
  return all;
}

TEST(GeneratorTest, WhoHasLeftBuysNothingMoreAndTheTruthAddsUp) {
  for (const auto& [id, customer] : told(small())) {
    const Truth& truth = customer.truth;
    std::int64_t spend = 0;
    std::int64_t sales = 0;
    TimeMs last_ms = kNever;
    for (const v1::Event& e : customer.events) {
      if (!e.has_purchase()) continue;
      const bool sale = e.purchase().kind() == v1::PURCHASE_KIND_SALE;
      spend += sale ? e.purchase().amount().minor_units() : -e.purchase().amount().minor_units();
      if (!sale) continue;
      ++sales;
      last_ms = last_ms == kNever ? event_ms(e) : std::max(last_ms, event_ms(e));
    }
    EXPECT_EQ(truth.spend_minor, spend) << id;
    EXPECT_EQ(truth.purchases, sales) << id;
    EXPECT_EQ(truth.last_purchase_ms, last_ms) << id;
    EXPECT_EQ(truth.left(), truth.reason != Reason::kNone) << id;
    if (!truth.left()) {
      EXPECT_EQ(truth.signs_ms, kNever) << id;
      EXPECT_EQ(truth.next_purchase_ms, kNever) << id;
      continue;
    }
    if (sales > 0) {
      EXPECT_LT(truth.last_purchase_ms, truth.left_ms) << id;
    }
    EXPECT_LE(truth.joined_ms, truth.signs_ms) << id;
    EXPECT_LE(truth.signs_ms, truth.left_ms) << id;
    EXPECT_LE(truth.left_ms, truth.next_purchase_ms) << id;
  }
}

TEST(GeneratorTest, CustomersLeaveForAllReasonsInTheSharesThatTheDocsSay) {
  std::array<int, kReasons> by_reason{};
  int left = 0;
  int promotion_driven = 0;
  int captive = 0;
  for (const auto& [id, customer] : a_year()) {
    if (customer.truth.captive) ++captive;
    if (!customer.truth.left()) continue;
    ++left;
    ++by_reason[static_cast<std::size_t>(customer.truth.reason)];
    if (customer.truth.promotion_driven) ++promotion_driven;
  }
  EXPECT_NEAR(left / double(kYearCustomers), 0.43, 0.05);
  struct Share {
    Reason reason;
    double share;
  };
  for (const Share& s :
       {Share{Reason::kBadService, 0.20}, Share{Reason::kFadedInterest, 0.15},
        Share{Reason::kPromotionEnded, 0.12}, Share{Reason::kPrice, 0.11}, Share{Reason::kMovedAway, 0.09},
        Share{Reason::kCompetitor, 0.08}, Share{Reason::kComplaintUnresolved, 0.08},
        Share{Reason::kFault, 0.04}, Share{Reason::kContractEnded, 0.04}, Share{Reason::kBrokenPromise, 0.04},
        Share{Reason::kUnmetNeed, 0.03}, Share{Reason::kReferrerUnhappy, 0.03}}) {
    EXPECT_GT(by_reason[static_cast<std::size_t>(s.reason)], 0) << reason_name(s.reason);
    EXPECT_NEAR(by_reason[static_cast<std::size_t>(s.reason)] / double(left), s.share, 0.035)
        << reason_name(s.reason);
  }
  EXPECT_NEAR(promotion_driven / double(left), 0.24, 0.06);
  EXPECT_GT(captive, 30);
}

// What the catalogue can read is there to be read.
TEST(GeneratorTest, TheEventsUseTheContract) {
  std::set<int> bodies;
  std::set<int> details;
  std::set<int> stages;
  std::set<int> contacts;
  std::set<int> engagements;
  std::set<int> outcomes;
  std::set<int> promises;
  std::set<int> barriers;
  std::set<int> promotions;
  std::set<int> purchases;
  std::set<int> circumstances;
  std::set<int> surveys;
  std::set<int> survey_stages;
  for (const auto& [id, customer] : a_year()) {
    for (const v1::Event& e : customer.events) {
      bodies.insert(e.body_case());
      if (e.has_purchase()) {
        purchases.insert(e.purchase().kind());
        circumstances.insert(e.purchase().circumstance());
        for (const v1::Promotion& p : e.purchase().promotions()) promotions.insert(p.kind());
      }
      if (e.has_feedback()) details.insert(e.feedback().detail_case());
      if (e.feedback().has_complaint()) stages.insert(e.feedback().complaint().stage());
      if (e.feedback().has_contact()) contacts.insert(e.feedback().contact().kind());
      if (e.feedback().has_engagement()) engagements.insert(e.feedback().engagement().kind());
      if (e.has_offer()) outcomes.insert(e.offer().outcome());
      for (const v1::Promise& p : e.fulfilment().promises()) promises.insert(p.kind());
      for (const v1::Barrier& b : e.profile().barriers()) barriers.insert(b.kind());
      if (e.has_survey()) {
        surveys.insert(e.survey().status());
        survey_stages.insert(e.survey().stage());
      }
    }
  }
  EXPECT_EQ(bodies.size(), 7U);
  EXPECT_EQ(details.size(), 12U);  // a bare rating, and all kinds but outreach: nobody acts here
  EXPECT_EQ(details.count(v1::Feedback::kOutreach), 0U);
  EXPECT_EQ(stages.size(), 6U);
  EXPECT_EQ(contacts.size(), 5U);
  EXPECT_EQ(engagements.size(), 6U);
  EXPECT_EQ(outcomes.size(), 4U);  // that an offer was made is known by how it ends
  EXPECT_EQ(promises.size(), 6U);
  EXPECT_EQ(barriers.size(), 6U);
  EXPECT_EQ(promotions.size(), 4U);
  EXPECT_EQ(purchases.size(), 3U);
  EXPECT_EQ(circumstances.size(), 4U);
  EXPECT_EQ(surveys.size(), 4U);
  EXPECT_EQ(survey_stages.size(), 4U);  // one that was not answered has none
}

// Nobody could tell by one sign alone: the unhappy stay too, and the happy leave too.
TEST(GeneratorTest, SignsAreNoProof) {
  int complained_and_stayed = 0;
  int complained = 0;
  int left_without_a_word = 0;
  int left = 0;
  int long_gaps = 0;
  for (const auto& [id, customer] : a_year()) {
    bool complaint = false;
    TimeMs before_ms = kNever;
    bool long_gap = false;
    for (const v1::Event& e : customer.events) {
      complaint = complaint || e.feedback().has_complaint();
      if (e.purchase().kind() != v1::PURCHASE_KIND_SALE) continue;
      long_gap = long_gap || (before_ms != kNever && event_ms(e) - before_ms > 60 * kDayMs);
      before_ms = event_ms(e);
    }
    if (complaint) ++complained;
    if (complaint && !customer.truth.left()) ++complained_and_stayed;
    if (customer.truth.left()) ++left;
    if (customer.truth.left() && !complaint) ++left_without_a_word;
    if (long_gap && !customer.truth.left()) ++long_gaps;
  }
  EXPECT_GT(complained_and_stayed, complained / 4);
  EXPECT_GT(left_without_a_word, left / 4);
  EXPECT_GT(long_gaps, 100);
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
    std::vector<int> counts;
    for (const auto& [id, n] : purchases) counts.push_back(n);
    std::sort(counts.rbegin(), counts.rend());
    const int most = counts[0] + counts[1] + counts[2];
    EXPECT_EQ(most > all / 10, skew == Skew::kZipf) << most << " of " << all;
  }
}

TEST(RngTest, LogarithmIsRight) {
  EXPECT_NEAR(portable_ln(1), 0, 1e-15);
  EXPECT_NEAR(portable_ln(2.718281828459045), 1, 1e-15);
  EXPECT_NEAR(portable_ln(1e-12), -27.631021115928547, 1e-12);
  EXPECT_NEAR(portable_ln(0.3), -1.2039728043259361, 1e-15);
}

TEST(RngTest, ExponentialIsRight) {
  EXPECT_EQ(portable_exp(0), 1);
  EXPECT_NEAR(portable_exp(1), 2.718281828459045, 1e-15);
  EXPECT_NEAR(portable_exp(-30) / 9.357622968840175e-14, 1, 1e-14);
  EXPECT_NEAR(portable_exp(5.5) / 244.69193226422038, 1, 1e-14);
}

TEST(RngTest, DrawsHaveTheMeanThatTheyPromise) {
  Rng rng(5);
  double gaps = 0;
  double bells = 0;
  double squares = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    gaps += rng.log_bell(10, 0.5);
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
