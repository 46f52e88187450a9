// What slices keep of an event: its id comes back as it was, in few bytes.
#include "operators/event_ref.h"

#include <gtest/gtest.h>

#include <string>

#include "ebb/state/v1/evidence_slice.pb.h"
#include "state/row.h"

namespace ebb {
namespace {

state::v1::EvidenceItem remembered(std::string_view id, TimeMs at_ms = 1'700'000'000'000) {
  Row row;
  const ApplyContext context{.customer = "c",
                             .event_ms = at_ms,
                             .origin = {.source = 2, .partition = 5, .offset = 70'000},
                             .slice = SliceRef(row, -1, nullptr),
                             .shared = SharedRef(nullptr, -1, nullptr)};
  state::v1::EvidenceItem item;
  remember(id, context, &item);
  return item;
}

TEST(EventRef, AnyIdComesBackAsItWas) {
  const std::string uuid = "123e4567-e89b-12d3-a456-426614174000";
  for (const std::string& id :
       {std::string("1"), std::string("12345678"), std::string("123456789"), std::string("1234567890"), uuid,
        std::string("größer"), std::string("übergrößenträger"), std::string("order-größe-4711-0815"),
        std::string("日本"), std::string(256, 'x')}) {
    const state::v1::EvidenceItem item = remembered(id);
    EXPECT_EQ(event_id_of(item), id);
    EXPECT_TRUE(is_remembered(item)) << id;
    state::v1::EvidenceItem again;
    ASSERT_TRUE(again.ParseFromString(item.SerializeAsString()));
    EXPECT_EQ(event_id_of(again), id);
  }
}

TEST(EventRef, TheSameItemTakesAnotherEvent) {
  Row row;
  ApplyContext context{.customer = "c",
                       .event_ms = 2,
                       .origin = {},
                       .slice = SliceRef(row, -1, nullptr),
                       .shared = SharedRef(nullptr, -1, nullptr)};
  state::v1::EvidenceItem item = remembered("a long id of the event before", 1);
  EXPECT_TRUE(keep_latest("x", context, &item));
  EXPECT_EQ(event_id_of(item), "x");
  EXPECT_FALSE(keep_latest("w", context, &item)) << "of two at one time the larger id is the later";
  EXPECT_TRUE(keep_latest("y", context, &item));
}

TEST(EventRef, TakesFewBytes) {
  EXPECT_LE(remembered("c00042-17").ByteSizeLong(), 2 + 4 + 7 + 10u);
  EXPECT_LE(remembered("123e4567-e89b-12d3-a456-426614174000").ByteSizeLong(), 2 + 4 + 7 + 34u);
}

TEST(EventRef, NamesTheTasksPartition) {
  const EvidenceRef ref = evidence_of(remembered("e1"), 5);
  EXPECT_EQ(ref.partition, 5);
  EXPECT_EQ(ref.offset, 70'000);
  EXPECT_EQ(ref.source, 2);
  EXPECT_EQ(ref.event_id, "e1");
}

}  // namespace
}  // namespace ebb
