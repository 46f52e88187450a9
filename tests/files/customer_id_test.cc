#include "engine/files/customer_id.h"

#include <gtest/gtest.h>

#include <optional>

namespace ebb {
namespace {

std::optional<std::string> id_of(std::string_view line) {
  std::string scratch;
  std::string_view id;
  if (!find_customer_id(line, &scratch, &id)) return std::nullopt;
  return std::string(id);
}

TEST(CustomerId, IsFoundByBothSpellingsAnywhereOnTheOutermostLevel) {
  EXPECT_EQ(id_of(R"({"customerId":"c1"})"), "c1");
  EXPECT_EQ(id_of(R"({"customer_id":"c1"})"), "c1");
  EXPECT_EQ(id_of(R"(  { "eventId" : "e" , "customerId" : "c 1" , "x":1})"), "c 1");
  EXPECT_EQ(id_of(R"({"purchase":{"items":[{"a":[1,{"b":2}]}]},"n":-1.5e3,"t":true,"customerId":"z"})"), "z");
  EXPECT_EQ(id_of("{\"customerId\":\"k\xC3\xBCnde\"}"), "k\xC3\xBCnde");
}

TEST(CustomerId, IsNotTakenFromInside) {
  EXPECT_EQ(id_of(R"({"feedback":{"customerId":"other"}})"), std::nullopt);
  EXPECT_EQ(id_of(R"({"feedback":{"referral":{"customerId":"other"}},"customerId":"c1"})"), "c1");
  EXPECT_EQ(id_of(R"({"list":["customerId","x"],"text":"\"customerId\":\"no\""})"), std::nullopt);
  EXPECT_EQ(id_of(R"(["customerId","x"])"), std::nullopt);
  EXPECT_EQ(id_of(R"({"note":"customerId","customerId":"c1"})"), "c1");
}

TEST(CustomerId, UnderstandsEscapes) {
  EXPECT_EQ(id_of(R"({"customerId":"a\"b\\c\u00e9"})"), "a\"b\\c\xC3\xA9");
  EXPECT_EQ(id_of(R"({"customer\u0049d":"c1"})"), "c1");
  EXPECT_EQ(id_of(R"({"text":"ends in a backslash \\","customerId":"c1"})"), "c1");
}

TEST(CustomerId, TheLastOfTwoCounts) {
  EXPECT_EQ(id_of(R"({"customerId":"a","customerId":"b"})"), "b");
}

TEST(CustomerId, LooksIntoACloudEvent) {
  EXPECT_EQ(id_of(R"({"specversion":"1.0","id":"1","data":{"customerId":"c1"}})"), "c1");
  EXPECT_EQ(id_of(R"({"specversion":"1.0","id":"1","data_base64":"AAAA"})"), std::nullopt);
  EXPECT_EQ(id_of(R"({"specversion":"1.0","subject":"c1","data":{"eventId":"e"}})"), "c1");
  EXPECT_EQ(id_of(R"({"specversion":"1.0","subject":"s","customerId":"x","data":{"customerId":"c1"}})"),
            "c1");
}

TEST(CustomerId, NoneInWhatIsNoEvent) {
  for (const char* line : {"",
                           " ",
                           "{",
                           "}",
                           "{}",
                           "garbage",
                           "\"",
                           "{\"",
                           "{\"customerId",
                           "{\"customerId\"",
                           "{\"customerId\":",
                           "{\"customerId\":\"",
                           "{\"customerId\":\"half",
                           "{\"customerId\":7}",
                           "{\"customerId\":null}",
                           "{\"customerId\":\"\"}",
                           "{\"customerId\":\"x\\",
                           "\\",
                           "{\\",
                           "{\"customerId\":{\"a\":\"b\"}}",
                           "]]]]",
                           "{]{]"}) {
    EXPECT_EQ(id_of(line), std::nullopt) << line;
  }
}

TEST(CustomerId, ABrokenLineMayHaveOne) {
  EXPECT_EQ(id_of(R"({"customerId":"c1","purchase":{"am)"), "c1");
  EXPECT_EQ(id_of(R"({"customerId":"c1"}} trailing)"), "c1");
}

}  // namespace
}  // namespace ebb
