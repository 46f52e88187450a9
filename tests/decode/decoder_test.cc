#include "engine/decode/decoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/decode/garbage.h"
#include "tests/decode/samples.h"

namespace ebb {
namespace {

using google::protobuf::util::MessageDifferencer;
using Reason = DecodeRefusal::Reason;
using test::bare_event;
using test::cat;
using test::full_event;
using test::purchase_event;
using test::replaced;
using test::to_cloud_event;
using test::to_confluent;
using test::to_json;

constexpr v1::Event::BodyCase kBodies[] = {v1::Event::kPurchase,  v1::Event::kFeedback, v1::Event::kSurvey,
                                           v1::Event::kProfile,   v1::Event::kErasure,  v1::Event::kOffer,
                                           v1::Event::kFulfilment};

Record record(std::string_view value, std::vector<Header> headers = {}) {
  return {.offset = 0,
          .timestamp_ms = 0,
          .key = "anna",
          .value = value,
          .has_key = true,
          .has_value = true,
          .headers = std::move(headers)};
}

Record with_key(std::string_view key, std::string_view value) {
  Record raw = record(value);
  raw.key = key;
  return raw;
}

Record without_key(Record raw) {
  raw.key = {};
  raw.has_key = false;
  return raw;
}

class DecoderTest : public testing::Test {
 protected:
  // The event as read, or an empty one with a failure.
  v1::Event read(const Record& raw, const DecoderOptions& options = {}) {
    const v1::Event* event = nullptr;
    const auto refusal = Decoder(options).decode(raw, &arena_, &event);
    if (!refusal) return *event;
    ADD_FAILURE() << reason_name(refusal->reason) << ": " << refusal->field << ": " << refusal->message;
    return {};
  }

  // The refusal, or one that no test expects.
  DecodeRefusal refused(const Record& raw, const DecoderOptions& options = {}) {
    const v1::Event* event = nullptr;
    const auto refusal = Decoder(options).decode(raw, &arena_, &event);
    if (refusal) {
      EXPECT_EQ(event, nullptr);
      return *refusal;
    }
    ADD_FAILURE() << "not refused: " << event->ShortDebugString();
    return {Reason::kTooLarge, "none", "none"};
  }

  google::protobuf::Arena arena_;
};

// ---- formats ----

TEST_F(DecoderTest, ReadsEachBodyInEachFormatWhetherToldOrNot) {
  for (const auto body : kBodies) {
    const v1::Event event = full_event(body);
    const std::string proto = event.SerializeAsString();
    const std::string json = to_json(event);
    const std::string framed = to_confluent(event);
    const std::string envelope = to_cloud_event(event);
    const std::pair<EventFormat, std::string_view> forms[] = {{EventFormat::kProtobuf, proto},
                                                              {EventFormat::kJson, json},
                                                              {EventFormat::kConfluent, framed},
                                                              {EventFormat::kCloudEvents, envelope}};
    for (const auto& [format, value] : forms) {
      SCOPED_TRACE(cat("body ", static_cast<int>(body), " format ", static_cast<int>(format)));
      EXPECT_TRUE(MessageDifferencer::Equals(read(record(value)), event));
      EXPECT_TRUE(MessageDifferencer::Equals(read(record(value), {.format = format}), event));
    }
  }
}

TEST_F(DecoderTest, ReadsEveryDetailOfFeedback) {
  const auto* oneof = v1::Feedback::descriptor()->FindOneofByName("detail");
  for (int i = 0; i < oneof->field_count(); ++i) {
    v1::Event event = bare_event();
    auto* feedback = event.mutable_feedback();
    v1::Feedback::GetReflection()->MutableMessage(feedback, oneof->field(i));
    if (feedback->has_complaint()) feedback->mutable_complaint()->set_case_id("c");
    EXPECT_EQ(read(record(event.SerializeAsString())).feedback().detail_case(), oneof->field(i)->number());
  }
}

TEST_F(DecoderTest, ReadsBothSpellingsOfTheFirstMessageIndex) {
  const v1::Event event = purchase_event();
  for (const std::string& indexes : {std::string("\0", 1), std::string("\2\0", 2)}) {
    EXPECT_TRUE(MessageDifferencer::Equals(read(record(to_confluent(event, indexes))), event));
  }
}

TEST_F(DecoderTest, ReadsJsonWithOriginalNamesAndBlanksAround) {
  const std::string json =
      "\xEF\xBB\xBF \r\n\t"
      R"({
    "event_id": "e-1", "customer_id": "anna", "event_time": "2024-05-31T14:00:00.25+02:00",
    "purchase": {"amount": {"currency_code": "EUR", "minor_units": 2000}}
  })"
      "\n";
  EXPECT_TRUE(MessageDifferencer::Equals(read(record(json)), purchase_event()));
}

// A protobuf Event begins with 0A (event_id), a line feed; here the id's length is a blank and the id begins
// with a brace, so the bytes look like JSON at first sight.
TEST_F(DecoderTest, ProtobufThatLooksLikeJsonIsProtobuf) {
  v1::Event event = purchase_event();
  event.set_event_id("{0123456789-0123456789-012345678}");
  event.set_event_id(event.event_id().substr(0, 31) + "}");
  ASSERT_EQ(event.event_id().size(), std::size_t{' '});
  ASSERT_EQ(event.SerializeAsString().substr(0, 3), "\n {");
  EXPECT_TRUE(MessageDifferencer::Equals(read(record(event.SerializeAsString())), event));
}

TEST_F(DecoderTest, ReadsBinaryCloudEventsAndFillsInWhatIsMissing) {
  v1::Event event = purchase_event();
  event.clear_event_id();
  event.clear_customer_id();
  event.clear_event_time();
  v1::Event filled = purchase_event();
  filled.set_event_id("/shop|77");
  const auto headers = [](std::string_view type) {
    return std::vector<Header>{{"ce_specversion", "1.0"}, {"ce_id", "77"},
                               {"ce_source", "/shop"},    {"ce_type", "ebb.v1.Event"},
                               {"ce_subject", "anna"},    {"ce_time", "2024-05-31T12:00:00.250Z"},
                               {"Content-Type", type}};
  };
  const std::string proto = event.SerializeAsString();
  const std::string framed = to_confluent(event);
  const std::string json = to_json(event);
  const std::pair<std::string_view, std::string_view> forms[] = {{"application/protobuf", proto},
                                                                 {"application/x-protobuf", framed},
                                                                 {"", proto},
                                                                 {"", framed},
                                                                 {"", json},
                                                                 {"application/json; charset=utf-8", json},
                                                                 {"application/vnd.shop+json", json}};
  for (const auto& [type, value] : forms) {
    SCOPED_TRACE(type);
    const auto all = headers(type);
    const Record raw = without_key(record(value, all));
    EXPECT_TRUE(MessageDifferencer::Equals(read(raw), filled));
    EXPECT_TRUE(MessageDifferencer::Equals(read(raw, {.format = EventFormat::kCloudEvents}), filled));
  }
}

TEST_F(DecoderTest, ReadsStructuredCloudEvents) {
  v1::Event event = purchase_event();
  event.clear_event_id();
  event.clear_event_time();
  event.clear_customer_id();
  v1::Event filled = purchase_event();
  filled.set_event_id("/shop|77");
  const std::vector<Header> headers = {{"content-type", "application/cloudevents+json; charset=UTF-8"}};
  for (const bool base64 : {false, true}) {
    const std::string value = to_cloud_event(event, base64);
    EXPECT_TRUE(MessageDifferencer::Equals(read(record(value, headers)), filled));
    EXPECT_TRUE(MessageDifferencer::Equals(read(record(value)), filled));
    EXPECT_TRUE(
        MessageDifferencer::Equals(read(record(value), {.format = EventFormat::kCloudEvents}), filled));
  }
}

TEST_F(DecoderTest, WhatTheEventSaysStandsAgainstCloudEventAttributes) {
  v1::Event event = purchase_event();
  const std::vector<Header> headers = {{"ce_specversion", "1.0"},
                                       {"ce_id", "77"},
                                       {"ce_source", "/shop"},
                                       {"ce_subject", "orders/5"},
                                       {"ce_time", "2001-01-01T00:00:00Z"}};
  EXPECT_TRUE(MessageDifferencer::Equals(read(record(event.SerializeAsString(), headers)), event));
}

TEST_F(DecoderTest, ASpecversionWithinTheEventIsNoCloudEvent) {
  v1::Event event = bare_event();
  (*event.mutable_profile()->mutable_segments())["specversion"] = "9";
  EXPECT_TRUE(MessageDifferencer::Equals(read(record(to_json(event))), event));
}

TEST_F(DecoderTest, HeadersOfOthersChangeNothing) {
  const std::vector<Header> headers = {
      {"traceparent", "00-1"}, {"content-type", "application/octet-stream"}, {"ce_specversion", ""}};
  const v1::Event event = purchase_event();
  EXPECT_TRUE(MessageDifferencer::Equals(read(record(event.SerializeAsString(), headers)), event));
  EXPECT_TRUE(MessageDifferencer::Equals(read(record(to_json(event), headers)), event));
}

TEST_F(DecoderTest, AFormatThatIsSetIsNotGuessed) {
  const v1::Event event = purchase_event();
  const auto with = [](EventFormat format) { return DecoderOptions{.format = format}; };
  const std::string proto = event.SerializeAsString();
  const std::string json = to_json(event);
  EXPECT_EQ(refused(record(json), with(EventFormat::kProtobuf)).reason, Reason::kMalformed);
  EXPECT_EQ(refused(record(proto), with(EventFormat::kJson)).reason, Reason::kMalformed);
  EXPECT_EQ(refused(record(proto), with(EventFormat::kConfluent)).reason, Reason::kMalformed);
  EXPECT_EQ(refused(record(to_confluent(event)), with(EventFormat::kProtobuf)).reason, Reason::kMalformed);
  EXPECT_EQ(refused(record(proto), with(EventFormat::kCloudEvents)).reason, Reason::kMalformed);
  EXPECT_EQ(refused(record(to_cloud_event(event)), with(EventFormat::kJson)).reason, Reason::kUnknownField);
}

TEST_F(DecoderTest, FieldsOfALaterContractAreLeftAlone) {
  const std::string value = purchase_event().SerializeAsString() + "\xA2\x06\x03xyz";
  EXPECT_EQ(read(record(value)).purchase().amount().minor_units(), 2000);
}

// ---- the record and the options ----

TEST_F(DecoderTest, TheKeyNamesTheCustomerWhenTheEventDoesNot) {
  v1::Event event = purchase_event();
  event.clear_customer_id();
  EXPECT_EQ(read(record(event.SerializeAsString())).customer_id(), "anna");
}

TEST_F(DecoderTest, ANullKeyIsNoMismatch) {
  const std::string value = purchase_event().SerializeAsString();
  EXPECT_EQ(read(without_key(record(value))).customer_id(), "anna");
}

TEST_F(DecoderTest, IdsMayBeAnyPrintableText) {
  v1::Event event = purchase_event();
  for (const std::string& id : {std::string("Zoë Brûlé"), std::string("客户 7"), std::string("🐙"),
                                std::string("a|b/c?d=\"e\""), std::string(256, 'x')}) {
    event.set_customer_id(id);
    const std::string value = event.SerializeAsString();
    EXPECT_EQ(read(with_key(id, value)).customer_id(), id);
  }
}

TEST_F(DecoderTest, TimesFrom1970OnAreGood) {
  v1::Event event = purchase_event();
  EXPECT_EQ(event_time_ms(event), test::kSampleTimeMs);
  event.clear_event_time();
  event.mutable_event_time();
  EXPECT_EQ(event_time_ms(read(record(event.SerializeAsString()))), 0);
}

TEST_F(DecoderTest, AnEventTooFarAheadOfItsRecordIsRefused) {
  const std::string value = purchase_event().SerializeAsString();
  Record raw = record(value);
  raw.timestamp_ms = test::kSampleTimeMs - kDayMs;
  EXPECT_EQ(event_time_ms(read(raw)), test::kSampleTimeMs);
  EXPECT_EQ(event_time_ms(read(raw, {.max_ahead_ms = kDayMs})), test::kSampleTimeMs);
  const DecodeRefusal refusal = refused(raw, {.max_ahead_ms = kDayMs - 1});
  EXPECT_EQ(refusal.reason, Reason::kTimeAhead);
  EXPECT_EQ(refusal.field, "event_time");
  raw.timestamp_ms = 0;
  EXPECT_EQ(event_time_ms(read(raw, {.max_ahead_ms = 0})), test::kSampleTimeMs);
}

TEST_F(DecoderTest, ASourceMayCarryCertainBodiesOnly) {
  const DecoderOptions options{.bodies = body_bit(v1::Event::kSurvey) | body_bit(v1::Event::kErasure)};
  const DecodeRefusal refusal = refused(record(purchase_event().SerializeAsString()), options);
  EXPECT_EQ(refusal.reason, Reason::kUnexpectedBody);
  EXPECT_EQ(refusal.field, "purchase");
  read(record(full_event(v1::Event::kSurvey).SerializeAsString()), options);
}

TEST_F(DecoderTest, AValueMayHaveExactlyTheLargestSize) {
  const std::string value = purchase_event().SerializeAsString();
  read(record(value), {.value_bytes_max = value.size()});
  EXPECT_EQ(refused(record(value), {.value_bytes_max = value.size() - 1}).reason, Reason::kTooLarge);
}

// ---- refusals ----

TEST_F(DecoderTest, EachKindOfGarbageIsRefusedForItsReasonWithoutRepeatingData) {
  const std::vector<test::Garbage> all = test::garbage();
  EXPECT_GE(all.size(), 100U);
  std::set<std::string> names;
  for (const test::Garbage& g : all) {
    SCOPED_TRACE(g.name);
    EXPECT_TRUE(names.insert(g.name).second);
    std::vector<Header> headers;
    for (const auto& [name, value] : g.headers) headers.push_back({name, value});
    Record raw = without_key(record({}));
    if (g.key) raw.key = *g.key;
    raw.has_key = g.key.has_value();
    raw.has_value = g.value.has_value();
    if (g.value) raw.value = *g.value;
    raw.headers = headers;
    const DecodeRefusal refusal = refused(raw);
    EXPECT_EQ(reason_name(refusal.reason), reason_name(g.reason)) << refusal.field << ": " << refusal.message;
    EXPECT_FALSE(refusal.message.empty());
    EXPECT_THAT(cat(refusal.field, refusal.message), testing::Not(testing::HasSubstr(test::kSecret)));
    EXPECT_LE(refusal.field.size() + refusal.message.size(), 300U);
  }
}

TEST_F(DecoderTest, ARefusalNamesTheField) {
  const std::string json = to_json(purchase_event());
  const auto field_of = [&](std::string_view piece, std::string_view by) {
    return refused(record(replaced(json, piece, by))).field;
  };
  EXPECT_EQ(field_of("\"2000\"", "\"many\""), "purchase.amount.minor_units");
  EXPECT_EQ(field_of("\"2000\"", "-1"), "purchase.amount.minor_units");
  EXPECT_EQ(field_of("\"minorUnits\"", "\"cents\""), "purchase.amount.cents");
  EXPECT_EQ(field_of("\"eventId\"", "\"colour\""), "colour");
  EXPECT_EQ(field_of("\"EUR\"", "\"eur\""), "purchase.amount.currency_code");
  EXPECT_EQ(field_of("2024-05-31", "tomorrow"), "event_time");
  EXPECT_EQ(field_of("\"amount\"", "\"items\":[{},{\"quantity\":0}],\"amount\""),
            "purchase.items[1].quantity");
  EXPECT_EQ(field_of("\"amount\"", "\"items\":[{},{\"quantity\":\"x\"}],\"amount\""),
            "purchase.items[1].quantity");
  EXPECT_EQ(field_of("\"anna\"", "[1]"), "customerId");
  EXPECT_EQ(field_of("\"anna\"", "{}"), "customer_id");
}

// Whatever is cut off anywhere: refused, or (where a later part is missing as a whole) still a valid event,
// and never a crash.
TEST_F(DecoderTest, EveryTruncationOfEachFormatIsJudged) {
  for (const auto body : kBodies) {
    const v1::Event event = full_event(body);
    for (const std::string& whole : {event.SerializeAsString(), to_json(event), to_confluent(event),
                                     to_cloud_event(event), to_cloud_event(event, true)}) {
      for (std::size_t size = 0; size < whole.size(); ++size) {
        // A copy of just this size, so that a read past the end is seen.
        const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const v1::Event* read = nullptr;
        const auto refusal = Decoder({}).decode(record({cut.data(), cut.size()}), &arena_, &read);
        ASSERT_NE(refusal.has_value(), read != nullptr);
        ASSERT_TRUE(refusal.has_value() || whole.back() != '}') << size;
      }
      arena_.Reset();
    }
  }
}

TEST_F(DecoderTest, EveryFlippedBitIsJudged) {
  for (const auto body : kBodies) {
    const v1::Event event = full_event(body);
    for (std::string bytes : {event.SerializeAsString(), to_json(event), to_confluent(event)}) {
      for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const char mask = static_cast<char>(1 << (bit % 8));
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
        const v1::Event* read = nullptr;
        const auto refusal = Decoder({}).decode(record(bytes), &arena_, &read);
        ASSERT_NE(refusal.has_value(), read != nullptr);
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
      }
      arena_.Reset();
    }
  }
}

}  // namespace
}  // namespace ebb
