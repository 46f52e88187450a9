// Money: whole numbers, exactly rounded, and readable.
#include "operators/money.h"

#include <gtest/gtest.h>

#include "config/config.h"
#include "ebb/v1/money.pb.h"

namespace ebb {
namespace {

TEST(Money, RoundsHalfAwayFromZeroAndNeverOverflows) {
  EXPECT_EQ(times_micro(5, 100'000), 1);
  EXPECT_EQ(times_micro(-5, 100'000), -1);
  EXPECT_EQ(times_micro(4, 100'000), 0);
  EXPECT_EQ(times_micro(1'000'000'000'000'001, 1'000'000), 1'000'000'000'000'001);
  EXPECT_EQ(times_micro(1'000'000'000'000'000, 1'000'000'000'000'000), kMaxMinor);
  EXPECT_EQ(add_minor(-kMaxMinor, -kMaxMinor), -kMaxMinor);
}

TEST(Money, ReadsAsPeopleWriteIt) {
  MoneyConfig config;
  config.currency = "EUR";
  EXPECT_EQ(Exchange(config).text(123'456'789), "EUR 1,234,567.89");
  EXPECT_EQ(Exchange(config).text(-5), "EUR -0.05");
  config.currency = "JPY";
  EXPECT_EQ(Exchange(config).text(1'000), "JPY 1,000");
  config.currency = "KWD";
  EXPECT_EQ(Exchange(config).text(1'005), "KWD 1.005");
}

TEST(Money, KnowsTheReportingCurrencyAndThoseWithARate) {
  MoneyConfig config;
  config.currency = "USD";
  config.rates_micro = {{"EUR", 1'085'000}};
  const Exchange exchange(config);
  EXPECT_TRUE(exchange.knows("USD"));
  EXPECT_TRUE(exchange.knows("EUR"));
  EXPECT_FALSE(exchange.knows("GBP"));
  EXPECT_FALSE(exchange.knows(""));
  EXPECT_EQ(exchange.to_reporting(exchange.money(7)), 7);
}

}  // namespace
}  // namespace ebb
