#include "engine/json/json_writer.h"

#include <array>
#include <limits>
#include <string>

#include "ebb/v1/dead_letter.pb.h"
#include "engine/gen/generator.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace ebb {
namespace {

TEST(JsonWriterTest, EventsReadBackAsTheyWere) {
  gen::GenOptions options;
  options.customers = 300;
  gen::Generator generator(options);
  gen::GenRecord record;
  std::array<int, gen::kSources> seen{};
  std::string line;
  while (generator.next(&record)) {
    ++seen[static_cast<std::size_t>(record.source)];
    line.clear();
    append_json(record.event, &line);
    v1::Event back;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &back).ok()) << line;
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(record.event, back)) << line;
  }
  EXPECT_THAT(seen, testing::Each(testing::Gt(10)));
}

// What protobuf's own writer makes of a message without maps.
TEST(JsonWriterTest, WritesWhatProtobufWrites) {
  v1::DeadLetter letter;
  letter.set_topic("shop.purchases");
  letter.set_partition(-3);
  letter.set_offset(std::numeric_limits<std::int64_t>::min());
  letter.mutable_log_time()->set_seconds(1'700'000'000);
  letter.set_key("\xff\x00k", 3);
  letter.set_value("");
  letter.add_headers()->set_name("a");
  letter.add_headers()->set_value("b?>");
  letter.set_value_truncated(true);
  letter.set_value_hash(std::numeric_limits<std::uint64_t>::max());
  std::string theirs;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(letter, &theirs).ok());
  std::string ours;
  append_json(letter, &ours);
  EXPECT_EQ(ours, theirs);
}

TEST(JsonWriterTest, WritesTimesAndStringsAsTheStandardsAsk) {
  std::string out;
  append_json_time(0, &out);
  append_json_time(951'782'400'000, &out);
  append_json_time(253'402'300'799'999, &out);
  EXPECT_EQ(out, R"("1970-01-01T00:00:00Z""2000-02-29T00:00:00Z""9999-12-31T23:59:59.999Z")");
  out.clear();
  append_json_string("a\"b\\c\n\x01 \xc3\xa9", &out);
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\u000a\\u0001 \xc3\xa9\"");
  out.clear();
  append_json_string("\xf0\x9f\x98\x80 \xff \xc3", &out);
  append_json_string("\xed\xa0\x80", &out);  // half of a surrogate pair
  EXPECT_EQ(out,
            "\"\xf0\x9f\x98\x80 \xef\xbf\xbd \xef\xbf\xbd\""
            "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace ebb
