#include "engine/app/customer_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

using ::testing::HasSubstr;

TEST(CustomerTextTest, SaysNumbersWithTheirUnitsAndReasonsWithTheirPoints) {
  const auto view = nlohmann::ordered_json::parse(R"({
    "customerId": "c00042", "asOf": "2026-03-01T00:00:00Z", "erasedAt": null, "due": "2026-04-01T00:00:00Z",
    "nodes": [{"name": "value", "op": "value", "measures": {"purchases": 8, "spend_life_minor": 27483}},
              {"name": "churn_risk", "op": "churn_risk", "measures": {"silence_days": 12.25, "purchases": 8},
               "contributions": [{"name": "silence", "points": 1.2, "sentence": "No purchase for 12 days."}]},
              {"name": "dedupe", "op": "dedupe"}]})");
  const std::string text = customer_text(view, "USD", Painter(Stream::kOut));
  EXPECT_THAT(text, HasSubstr("c00042  as of 2026-03-01T00:00:00Z"));
  EXPECT_THAT(text, HasSubstr("274.83 USD"));
  EXPECT_THAT(text, HasSubstr("12.2 days"));
  EXPECT_THAT(text, HasSubstr("+1.20 silence            No purchase for 12 days."));
  EXPECT_THAT(text, HasSubstr("2026-04-01"));
}

}  // namespace
}  // namespace ebb::app
