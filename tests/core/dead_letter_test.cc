#include "engine/core/dead_letter.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace ebb {
namespace {

const Refusal kRefusal = {"bad_field", "purchase.amount", "expected an amount"};
constexpr DeadLetterOrigin kOrigin = {"shop.purchases", 3};

Record record_of(std::string_view key, std::string_view value) {
  Record r;
  r.offset = 42;
  r.timestamp_ms = 1000;
  r.key = key;
  r.has_key = true;
  r.value = value;
  r.has_value = true;
  return r;
}

std::map<std::string, std::string> headers(const OutRecord& out) {
  return {out.headers.begin(), out.headers.end()};
}

std::size_t size_of(const OutRecord& out) {
  std::size_t bytes = out.key.size() + out.value.size();
  for (const auto& [name, value] : out.headers) bytes += name.size() + value.size();
  return bytes;
}

TEST(DeadLetter, KeepsTheRecordAndSaysWhereAndWhy) {
  Record r = record_of("c1", "raw");
  r.headers = {{"ce_id", "7"}};
  const OutRecord out = make_dead_letter(r, kRefusal, kOrigin, 1000);
  EXPECT_EQ(out.key, "c1");
  EXPECT_EQ(out.value, "raw");
  EXPECT_FALSE(out.tombstone);
  auto h = headers(out);
  EXPECT_EQ(h["ce_id"], "7");
  EXPECT_EQ(h["ebb.reason"], "bad_field");
  EXPECT_EQ(h["ebb.field"], "purchase.amount");
  EXPECT_EQ(h["ebb.message"], "expected an amount");
  EXPECT_EQ(h["ebb.topic"], "shop.purchases");
  EXPECT_EQ(h["ebb.partition"], "3");
  EXPECT_EQ(h["ebb.offset"], "42");
  EXPECT_EQ(h["ebb.timestamp_ms"], "1000");
  EXPECT_EQ(h["__streams.errors.topic"], "shop.purchases");
  EXPECT_EQ(h["__streams.errors.offset"], "42");
  EXPECT_EQ(h.count("ebb.value.length"), 0u);
}

TEST(DeadLetter, ALongValueIsCutAndDescribed) {
  const std::string value(5000, 'x');
  const OutRecord out = make_dead_letter(record_of("c1", value), kRefusal, kOrigin, 1000);
  EXPECT_EQ(out.value.size(), 1000u);
  EXPECT_EQ(headers(out)["ebb.value.length"], "5000");
  EXPECT_EQ(headers(out)["ebb.value.xxh3"].size(), 16u);
}

// Topics take the largest record and 64 KiB more; a letter beyond that would stop its task for ever.
TEST(DeadLetter, IsNeverMuchLargerThanTheLargestValue) {
  constexpr std::size_t kMax = 100'000;
  const std::string huge(1u << 20, 'x');
  Record r = record_of(huge, huge);
  r.headers.assign(100, Header{"name", std::string_view(huge).substr(0, 5'000)});
  const OutRecord out = make_dead_letter(r, kRefusal, kOrigin, kMax);
  EXPECT_LE(size_of(out), kMax + (64u << 10));
  EXPECT_EQ(out.value.size(), kMax);
  EXPECT_EQ(headers(out)["ebb.headers.cut"], "true");
  EXPECT_EQ(headers(out)["ebb.key.length"], std::to_string(huge.size()));
}

TEST(DeadLetter, ANullValueStaysNull) {
  Record r = record_of("c1", "");
  r.has_value = false;
  EXPECT_TRUE(make_dead_letter(r, kRefusal, kOrigin, 1000).tombstone);
}

}  // namespace
}  // namespace ebb
