// What the short cut reads, the long way reads too, and the same: for every event of the samples with one
// byte changed, taken out or put in.
#include "engine/decode/usual_json.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/decode/formats.h"
#include "tests/decode/samples.h"

namespace ebb {
namespace {

// Whether the short cut read it; says so if the long way differs.
bool agrees(const std::string& text, bool* read) {
  v1::Event usual;
  *read = parse_usual_json(text, &usual);
  if (!*read) return true;
  v1::Event any;
  return !parse_any_json(text, &any).has_value() && any.SerializeAsString() == usual.SerializeAsString();
}

std::string with_proto_names(const v1::Event& event) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = true;
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(event, &text, options).ok());
  return text;
}

// The samples have a map in each profile and umlauts in some texts, which are not usual.
v1::Event plain(v1::Event::BodyCase body) {
  v1::Event event = test::full_event(body);
  if (event.has_profile()) {
    event.mutable_profile()->clear_segments();
    event.mutable_profile()->clear_importance();
  }
  return event;
}

class UsualJson : public testing::TestWithParam<v1::Event::BodyCase> {};

TEST_P(UsualJson, ReadsWhatTheLongWayReads) {
  for (const std::string& text : {test::to_json(plain(GetParam())), with_proto_names(plain(GetParam()))}) {
    bool read = false;
    EXPECT_TRUE(agrees(text, &read)) << text;
    EXPECT_TRUE(read) << text;
  }
}

TEST_P(UsualJson, OneByteElseIsReadAlikeOrLeftToTheLongWay) {
  const std::string text = test::to_json(plain(GetParam()));
  const std::string_view others = "\"\\{}[],:.-+0195 \nateTZ/\x01\x7f\xc3";
  std::size_t usual = 0;
  const auto look = [&](const std::string& changed) {
    bool read = false;
    ASSERT_TRUE(agrees(changed, &read)) << changed;
    usual += read ? 1 : 0;
  };
  for (std::size_t i = 0; i < text.size(); i += 3) {
    look(text.substr(0, i) + text.substr(i + 1));
    for (const char other : others) {
      std::string changed = text;
      changed[i] = other;
      look(changed);
      look(text.substr(0, i) + other + text.substr(i));
    }
  }
  EXPECT_GT(usual, text.size() / 3);
}

INSTANTIATE_TEST_SUITE_P(Bodies, UsualJson,
                         testing::Values(v1::Event::kPurchase, v1::Event::kFeedback, v1::Event::kSurvey,
                                         v1::Event::kProfile, v1::Event::kErasure, v1::Event::kOffer,
                                         v1::Event::kFulfilment));

TEST(UsualJson, LeavesToTheLongWayWhatIsUnusualOrWrong) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[]",
                           "1",
                           R"({"eventId":"a"} {})",
                           R"({"eventId":"a","eventId":"a"})",
                           R"({"eventId":"a","event_id":"a"})",
                           R"({"eventId":null})",
                           R"({"eventId":7})",
                           R"({"nobody":"a"})",
                           R"({"eventId":"a\n"})",
                           R"({"eventId":"a",})",
                           R"({"purchase":{},"survey":{}})",
                           R"({"eventTime":"2024-02-30T12:00:00Z"})",
                           R"({"eventTime":"2024-02-20T24:00:00Z"})",
                           R"({"eventTime":"2024-02-20T12:00:00+01:00"})",
                           R"({"eventTime":{"seconds":1}})",
                           R"({"purchase":{"amount":{"minorUnits":"007"}}})",
                           R"({"purchase":{"amount":{"minorUnits":1.5}}})",
                           R"({"purchase":{"amount":{"minorUnits":"1}}})",
                           R"({"purchase":{"kind":1}})",
                           R"({"purchase":{"items":[{},]}})",
                           R"({"purchase":{"items":{}}})",
                           R"({"profile":{"segments":{"a":"b"}}})",
                           R"({"survey":{"nps":99999999999}})"}) {
    v1::Event event;
    EXPECT_FALSE(parse_usual_json(text, &event)) << text;
  }
}

}  // namespace
}  // namespace ebb
