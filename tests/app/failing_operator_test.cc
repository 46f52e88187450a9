// An operator that throws: its epoch is rolled back, its event dead-lettered, nobody else pays for it.
#include "tests/app/failing_operator.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebb::app {
namespace {

TEST(FailingOperatorTest, OnTheEmbeddedLogItsEventsAreDeadLettersAndAllElseCounts) {
  FailingShop shop("shop", "embedded: {dir: {dir}/log}");
  const Outcome sent = run_program("send " + shop.config_path() + " " + shop.history() + "/purchases.jsonl");
  ASSERT_EQ(sent.code, 0) << sent.err;
  shop.run_and_check(shop.load());
  const Outcome letters =
      run_program("tail " + shop.config_path() + " dead_letters --from-start --until-end");
  EXPECT_THAT(letters.out, testing::HasSubstr("  c3  operator_failed in value: "));
  EXPECT_THAT(letters.out, testing::HasSubstr("  c5  operator_failed in value: "));
}

TEST(FailingOperatorTest, AReplayGoesOnToo) {
  FailingShop shop("shop", "embedded: {dir: {dir}/log}");
  auto loaded = shop.load();
  loaded->config.log.kind = LogKind::kFiles;
  shop.run_and_check(std::move(loaded));
}

}  // namespace
}  // namespace ebb::app
