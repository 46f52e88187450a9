#include "engine/app/show.h"

#include "ebb/v1/alert.pb.h"
#include "ebb/v1/dead_letter.pb.h"
#include "ebb/v1/request.pb.h"
#include "ebb/v1/risk.pb.h"
#include "ebb/v1/segment.pb.h"
#include "engine/app/sink_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebb::app {
namespace {

v1::Alert sample() {
  v1::Alert alert;
  alert.set_customer_id("c00042");
  alert.set_kind(v1::ALERT_KIND_CHURN_RISK);
  alert.set_level(v1::RISK_LEVEL_CRITICAL);
  alert.set_probability(0.834);
  alert.set_probability_before(0.61);
  alert.mutable_value_at_risk()->set_currency_code("USD");
  alert.mutable_value_at_risk()->set_minor_units(18420);
  alert.mutable_event_time()->set_seconds(1'773'480'413);
  const auto add = [&alert](const char* name, double points, const char* sentence) {
    v1::Contribution& c = *alert.add_contributions();
    c.set_name(name);
    c.set_points(points);
    c.set_sentence(sentence);
  };
  add("open_complaint", 0.7, "Complaint open for 9 days.");
  add("base", 3, "Usual for such customers.");
  add("silence", 1.2, "Silent for 41 days, usually buys every 12.");
  add("tenure", -0.3, "Here for 2 years.");
  alert.set_suggested_action(v1::SUGGESTED_ACTION_CONTACT);
  return alert;
}

// Not a terminal, so no colours.
const Painter kPlain(Stream::kOut);

TEST(ShowTest, AnAlertSaysWhoWhyAndHowMuch) {
  EXPECT_EQ(alert_line(sample(), kPlain),
            "2026-03-14 CRITICAL  c00042        83 % (was 61 %)  at risk 184.20 USD  Silent for 41 days, "
            "usually buys "
            "every 12; Complaint open for 9 days  -> contact");
}

TEST(ShowTest, AnIdCantMoveTheCursor) {
  v1::Alert alert = sample();
  alert.set_customer_id("a\x1b[2J\nb");
  EXPECT_THAT(alert_line(alert, kPlain), testing::HasSubstr("a?[2J?b"));
}

TEST(ShowTest, RecordsReadBackFromProtobufAndJson) {
  std::string bytes = sample().SerializeAsString();
  const auto binary = decode_alert(bytes);
  ASSERT_TRUE(binary.is_ok());
  EXPECT_EQ(binary->customer_id(), "c00042");
  const auto json = decode_alert(R"({"customerId":"c7","level":"RISK_LEVEL_WATCH"})");
  ASSERT_TRUE(json.is_ok());
  EXPECT_EQ(json->level(), v1::RISK_LEVEL_WATCH);
  EXPECT_EQ(decode_alert("{").status().code(), Code::kInvalid);
}

TEST(ShowTest, ADeadLetterKeepsTheRecordAndTakesItsOwnHeadersOut) {
  Record record;
  record.key = "k";
  record.has_key = true;
  record.has_value = true;
  record.value = "abc";
  record.headers = {{"mine", "1"},
                    {"ebb.reason", "malformed"},
                    {"ebb.topic", "shop.purchases"},
                    {"ebb.partition", "3"},
                    {"ebb.offset", "77"},
                    {"ebb.value.length", "5000000"},
                    {"ebb.value.xxh3", "00000000000000ff"},
                    {"__streams.errors.offset", "77"}};
  const v1::DeadLetter letter = decode_dead_letter(record);
  EXPECT_EQ(letter.headers_size(), 1);
  EXPECT_EQ(letter.partition(), 3);
  EXPECT_EQ(letter.value_hash(), 255U);
  EXPECT_TRUE(letter.value_truncated());
  EXPECT_EQ(dead_letter_line(letter, kPlain), "shop.purchases-3@77  k  malformed\n    abc (5,000,000 bytes)");
}

TEST(ShowTest, ADeadLetterNamesTheCustomerOfItsJsonAndMovesNoCursor) {
  v1::DeadLetter letter;
  letter.set_reason("bad_field");
  letter.set_field("survey.nps");
  letter.set_message("expected 0 to 10");
  letter.set_value("{\"customerId\": \"z\xc3\xbc\", \"x\": \"\x1b[2J\xff\"}" + std::string(200, '-'));
  letter.set_value_length(static_cast<std::int64_t>(letter.value().size()));
  const std::string line = dead_letter_line(letter, kPlain);
  EXPECT_THAT(line, testing::StartsWith("-0@0  z\xc3\xbc  bad_field in survey.nps: expected 0 to 10\n    {"));
  EXPECT_THAT(line, testing::HasSubstr("\\x1b[2J\\xff\"}---"));
  EXPECT_THAT(line, testing::EndsWith("-... (235 bytes)"));
}

TEST(ShowTest, ARequestToAskSaysWhyAndTooFewEventsSayThat) {
  v1::Alert ask;
  ask.set_customer_id("c1");
  ask.set_kind(v1::ALERT_KIND_SURVEY_REQUEST);
  EXPECT_THAT(alert_line(ask, kPlain), testing::HasSubstr("nobody knows any more how satisfied"));
  v1::Risk risk;
  risk.set_customer_id("c1");
  risk.set_purchases(1);
  EXPECT_THAT(risk_line(risk, kPlain), testing::HasSubstr("-  too few events to judge by  1 purchase"));
}

TEST(ShowTest, ARequestIsOneLineAndSaysSinceWhenItWaited) {
  v1::Request request;
  request.set_customer_id("c1\n");
  request.set_kind(v1::REQUEST_KIND_THANK);
  request.set_why("A very good answer: say thank you.");
  request.mutable_event_time()->set_seconds(1'773'480'413);
  request.mutable_due_time()->set_seconds(1'773'480'413 - 3 * 86400);
  request.mutable_expected_value()->set_currency_code("USD");
  request.mutable_expected_value()->set_minor_units(18420);
  EXPECT_EQ(
      request_line(request, kPlain),
      "2026-03-14 thank            c1?           expected 184.20 USD  A very good answer: say thank you. Due "
      "since 2026-03-11.");
}

TEST(ShowTest, ASegmentsDayNamesTheSegment) {
  v1::SegmentDay day;
  day.mutable_day_end_time()->set_seconds(1'773'446'400);
  day.set_task(3);
  day.set_customers(112);
  day.set_currency_code("USD");
  day.set_profit_minor(120400);
  EXPECT_EQ(segment_line(day, kPlain),
            "2026-03-13 task 3  all customers  112 customers, 0 at risk, profit 1,204.00 USD");
  day.set_key("region");
  day.set_value("north");
  day.set_rated(2);
  day.set_satisfaction_milli(1420);
  EXPECT_THAT(segment_line(day, kPlain),
              testing::HasSubstr("region=north  112 customers, satisfaction 71 of 100"));
}

TEST(ConsoleTest, WritesNumbersAsPeopleReadThem) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(money(-5, "USD"), "-0.05 USD");
  EXPECT_EQ(money(123456789, "EUR"), "1,234,567.89 EUR");
  EXPECT_EQ(money(1500, "JPY"), "1,500 JPY");
  EXPECT_EQ(money(1500, "KWD"), "1.500 KWD");
  EXPECT_EQ(date(951'782'400'000), "2000-02-29");
}

}  // namespace
}  // namespace ebb::app
