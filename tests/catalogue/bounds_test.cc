// What the catalogue keeps of one customer is bounded, whatever comes: the hard limit in docs/customer.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

constexpr std::size_t kLimitBytes = 24 * 1024;
constexpr std::size_t kSharedLimitBytes = 40 * 1024;  // of a task, with the default parameters

// Every text as long as the contract allows.
std::string long_text(std::mt19937& random, unsigned kinds) {
  std::string text = std::to_string(random() % kinds);
  return text + std::string(256 - text.size(), 'x');
}

void fill_feedback(std::mt19937& random, v1::Event& event) {
  v1::Feedback& feedback = *event.mutable_feedback();
  feedback.clear_rating();
  feedback.set_touchpoint("t" + std::to_string(random() % 40));
  feedback.set_product_id(long_text(random, 40));
  switch (random() % 6) {
    case 0:
      feedback.mutable_complaint()->set_case_id(long_text(random, 10'000));
      break;
    case 1:
      feedback.mutable_fault()->set_severity(1);
      break;
    case 2:
      feedback.mutable_referral()->set_other_customer_id(long_text(random, 10'000));
      break;
    case 3:
      feedback.mutable_unmet_need()->set_need(long_text(random, 10'000));
      break;
    case 4:
      feedback.mutable_competitor()->set_name(long_text(random, 10'000));
      break;
    default:
      feedback.set_sentiment(-1);
  }
}

void fill_survey(std::mt19937& random, v1::Event& event) {
  v1::Survey& survey = *event.mutable_survey();
  survey.mutable_scale()->set_max(10);
  survey.set_nps(0);
  for (int i = 0; i < 30; ++i) {
    v1::DimensionAnswer& answer = *survey.add_dimensions();
    answer.set_name(fmt::format("dimension {:040} {}", random() % 1000, i));
    answer.set_expected(9);
    answer.set_desired(10);
    answer.set_best_competitor(10);
    answer.set_importance(1 + i);
    answer.set_perceived(1);
  }
  for (int kind = 0; kind <= 12; ++kind) {
    v1::Rating& rating = *survey.add_benefits()->mutable_rating();
    survey.mutable_benefits(kind)->set_kind(static_cast<v1::BenefitKind>(kind));
    rating.set_max(5);
    rating.set_value(1);
  }
}

void fill_profile(std::mt19937& random, v1::Event& event) {
  v1::Profile& profile = *event.mutable_profile();
  profile.set_region("r" + std::to_string(random() % 100));
  profile.set_acquisition_channel("a" + std::to_string(random() % 100));
  for (int i = 0; i < 100; ++i) {
    v1::Barrier& barrier = *profile.add_barriers();
    barrier.set_kind(v1::BARRIER_KIND_CONTRACT);
    barrier.mutable_end_time()->set_seconds(4'000'000'000 + i);
    profile.add_need_spends()->set_need(long_text(random, 10'000));
    profile.mutable_need_spends(i)->set_share(0.5);
    (*profile.mutable_importance())[fmt::format("{:060}", i)] = i;
  }
}

void fill_purchase(std::mt19937& random, v1::Event& event) {
  v1::Purchase& purchase = *event.mutable_purchase();
  for (int i = 0; i < 20; ++i) {
    v1::PurchaseItem& item = *purchase.add_items();
    item.set_category(fmt::format("category {:030} {}", random() % 1000, i));
    item.mutable_warranty_end_time()->set_seconds(
        static_cast<std::int64_t>(3'000'000'000 + random() % 1'000'000));
  }
  v1::Promotion& promotion = *purchase.add_promotions();
  promotion.set_name(long_text(random, 10'000));
  promotion.mutable_end_time()->set_seconds(static_cast<std::int64_t>(3'000'000'000 + random() % 1'000'000));
}

TEST(Bounds, TheStateOfOneCustomerStaysWithinTheHardLimit) {
  TopologyDriver driver("graph: catalogue\n");
  std::mt19937 random(1);
  std::size_t largest = 0;
  for (int i = 0; i < 3000; ++i) {
    v1::Event event = purchase("c", i / 10.0, 2000, "");
    switch (i % 4) {
      case 0:
        fill_purchase(random, event);
        break;
      case 1:
        event = rated("c", i / 10.0, 1, 1, 5);
        fill_feedback(random, event);
        break;
      case 2:
        fill_survey(random, event);
        break;
      default:
        fill_profile(random, event);
    }
    std::string id = std::to_string(i);
    event.set_event_id(id + std::string(256 - id.size(), 'i'));
    driver.feed(event);
    driver.alerts.clear();
    driver.risks.clear();
    if (i % 100 == 99) largest = std::max(largest, driver.bytes("c").size());
  }
  RecordProperty("largest_bytes", static_cast<int>(largest));
  EXPECT_LT(largest, kLimitBytes);
  EXPECT_GT(largest, 8 * 1024u) << "the worst that can come is large; this test should be near it";
  EXPECT_LT(driver.bytes(std::string(Row::kShared)).size(), kSharedLimitBytes);
  EXPECT_GT(driver.bytes(std::string(Row::kShared)).size(), 1024u);
}

TEST(Bounds, WhoDoesNothingButBuyHasASmallRow) {
  TopologyDriver plain(""), all("graph: catalogue\n");
  for (int i = 0; i < 100; ++i) {
    plain.feed(purchase("c", 10 * i, 2000, "e" + std::to_string(i)));
    all.feed(purchase("c", 10 * i, 2000, "e" + std::to_string(i)));
  }
  EXPECT_LT(all.bytes("c").size(), plain.bytes("c").size() + 96);
}

}  // namespace
}  // namespace ebb
