#include "state/row_codec.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "ebb/v1/money.pb.h"
#include "ebb/v1/purchase.pb.h"
#include "state/varint.h"
#include "tests/state/store_fixture.h"

namespace ebb {
namespace {

std::string encoded(const Row& row, const RowSchema& schema = test_schema()) {
  std::string bytes;
  EXPECT_TRUE(encode_row(row, schema, &bytes));
  return bytes;
}

Row sample() {
  Row row;
  row.slices.resize(2);
  row.due_ms = 1'700'000'000'000;
  row.clock_ms = -5;
  set_number(&row, 42);
  auto& purchase = static_cast<v1::Purchase&>(row.make_slice(1, v1::Purchase::default_instance()));
  purchase.set_order_id("order-1");
  purchase.add_items()->set_product_id("soap");
  return row;
}

TEST(Varint, RoundTripsAtItsEdges) {
  for (const std::int64_t v :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    std::uint8_t bytes[kMaxVarintBytes];
    const auto size = static_cast<std::size_t>(write_varint(zigzag(v), bytes) - bytes);
    EXPECT_EQ(size, varint_size(zigzag(v)));
    std::string_view in(reinterpret_cast<const char*>(bytes), size);
    std::uint64_t out = 0;
    ASSERT_TRUE(read_varint(&in, &out));
    EXPECT_EQ(unzigzag(out), v);
    EXPECT_TRUE(in.empty());
    in = std::string_view(reinterpret_cast<const char*>(bytes), size - 1);
    EXPECT_FALSE(read_varint(&in, &out));
  }
  std::string_view too_long = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
  std::uint64_t out = 0;
  EXPECT_FALSE(read_varint(&too_long, &out));
}

TEST(RowCodec, RoundTrips) {
  const Row row = sample();
  const std::string bytes = encoded(row);
  Row back;
  ASSERT_TRUE(decode_row(bytes, test_schema(), &back));
  EXPECT_EQ(back.due_ms, row.due_ms);
  EXPECT_EQ(back.clock_ms, row.clock_ms);
  EXPECT_EQ(back.erased_at_ms, kBeginning);
  EXPECT_EQ(number_of(back), 42);
  EXPECT_EQ(static_cast<const v1::Purchase&>(*back.slices[1]).items(0).product_id(), "soap");
  EXPECT_EQ(encoded(back), bytes);
  EXPECT_EQ(peek_due(bytes), row.due_ms);
}

TEST(RowCodec, AppendsToWhatIsThere) {
  std::string bytes = "before";
  ASSERT_TRUE(encode_row(sample(), test_schema(), &bytes));
  EXPECT_EQ(bytes, "before" + encoded(sample()));
}

TEST(RowCodec, AnEmptySliceAndNoneAreTheSame) {
  Row none, empty;
  none.slices.resize(2);
  empty.slices.resize(2);
  empty.make_slice(0, v1::Money::default_instance());
  EXPECT_EQ(encoded(empty), encoded(none));
  EXPECT_EQ(encoded(none).size(), 3u);
  EXPECT_EQ(peek_due(encoded(none)), kNever);
}

TEST(RowCodec, AMarkerOfErasureIsSmallAndRoundTrips) {
  Row row;
  row.erased_at_ms = 1'700'000'000'000;
  Row back = sample();
  ASSERT_TRUE(decode_row(encoded(row), test_schema(), &back));
  EXPECT_EQ(back.erased_at_ms, row.erased_at_ms);
  EXPECT_EQ(back.due_ms, kNever);
  EXPECT_EQ(back.slices[0], nullptr);
  EXPECT_EQ(back.slices[1], nullptr);
  EXPECT_LT(encoded(row).size(), 12u);
}

TEST(RowCodec, SlicesOfNodesThatAreGoneAreKeptByteForByte) {
  RowSchema only_last;
  only_last.add("last", &v1::Purchase::default_instance());
  const std::string bytes = encoded(sample());
  Row without;
  ASSERT_TRUE(decode_row(bytes, only_last, &without));
  ASSERT_EQ(without.kept.size(), 1u);
  EXPECT_EQ(without.kept[0].first, RowSchema::id_of("worth"));
  Row back;
  ASSERT_TRUE(decode_row(encoded(without, only_last), test_schema(), &back));
  EXPECT_EQ(encoded(back), bytes);
}

TEST(RowCodec, AReusedRowHoldsNothingOfTheOneBefore) {
  Row row = sample();
  Row small;
  small.slices.resize(2);
  set_number(&small, 7);
  ASSERT_TRUE(decode_row(encoded(small), test_schema(), &row));
  EXPECT_EQ(number_of(row), 7);
  EXPECT_EQ(row.slices[1], nullptr);
  EXPECT_EQ(encoded(row), encoded(small));
}

TEST(RowCodec, EveryCutAndEveryTrailIsRefused) {
  const std::string bytes = encoded(sample());
  Row row;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_row(bytes.substr(0, size), test_schema(), &row).code(), Code::kInvalid) << size;
  }
  EXPECT_EQ(decode_row(bytes + '\0', test_schema(), &row).code(), Code::kInvalid);
}

TEST(RowCodec, UnknownVersionsFlagsAndTwiceTheSameSliceAreRefused) {
  Row row;
  EXPECT_FALSE(decode_row(std::string("\x02\x00\x00", 3), test_schema(), &row));
  EXPECT_FALSE(decode_row(std::string("\x01\x08\x00", 3), test_schema(), &row));
  EXPECT_EQ(peek_due(std::string("\x02\x00\x00", 3)), std::nullopt);
  EXPECT_EQ(peek_due(""), std::nullopt);
  for (const char* name : {"worth", "of another schema"}) {
    std::string one;
    for (int shift = 0; shift < 32; shift += 8) one += static_cast<char>(RowSchema::id_of(name) >> shift);
    one += std::string("\x02\x10\x01", 3);
    EXPECT_TRUE(decode_row(std::string("\x01\x00\x01", 3) + one, test_schema(), &row)) << name;
    EXPECT_FALSE(decode_row(std::string("\x01\x00\x02", 3) + one + one, test_schema(), &row)) << name;
  }
}

TEST(RowCodec, GarbageNeverDoesHarm) {
  const google::protobuf::LogSilencer silence;
  std::mt19937_64 random(1);
  const std::string good = encoded(sample());
  Row row;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes = good;
    if (i % 2 == 0) {
      bytes.resize(random() % 64);
      for (char& c : bytes) c = static_cast<char>(random());
    }
    for (int flips = 0; flips < 3 && !bytes.empty(); ++flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    peek_due(bytes);
    if (decode_row(bytes, test_schema(), &row)) encoded(row);
  }
}

TEST(RowCodec, KeysOfTheChangelog) {
  EXPECT_EQ(changelog_key("anna"), "ranna");
  EXPECT_EQ(customer_of_key("ranna"), "anna");
  EXPECT_EQ(customer_of_key("r"), "");
  EXPECT_EQ(customer_of_key(kTaskRecordKey), std::nullopt);
  EXPECT_EQ(customer_of_key(""), std::nullopt);
}

}  // namespace
}  // namespace ebb
