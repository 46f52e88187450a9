#include "engine/core/progress.h"

#include <gtest/gtest.h>

#include "ebb/state/v1/task_record.pb.h"

namespace ebb {
namespace {

const std::vector<std::string> kSources = {"purchases", "feedback"};
const std::vector<std::string> kSinks = {"alerts", "risk"};

TaskProgress sample() {
  TaskProgress p;
  p.task = 3;
  p.epoch = 17;
  p.sources.resize(2);
  p.sources[0].name = "purchases";
  p.sources[0].next_offset = 0;
  p.sources[0].clock = {1000, 9000, 2, 900};
  p.sources[0].last_arrival_wall_ms = 5000;
  p.sources[0].counts = {1, 2, 3, 4};
  p.sources[0].gaps = 1;
  p.sources[0].gap_offsets = 12;
  p.sources[1].name = "feedback";
  p.watermark_ms = 400;
  p.timers_fired = 8;
  p.outputs = {5, 6};
  p.incarnation = "i";
  return p;
}

struct Decoded {
  TaskProgress progress;
  std::string graph_version;
  bool ok = false;
};

Decoded decode(const std::string& bytes, const std::vector<std::string>& sources = kSources,
               const std::vector<std::string>& sinks = kSinks) {
  Decoded out;
  out.ok = decode_progress(bytes, sources, sinks, &out.progress, &out.graph_version);
  return out;
}

TEST(Progress, ComesBackAsItWas) {
  WriterInfo writer;
  writer.graph_version = "g";
  const Decoded back = decode(encode_progress(sample(), kSinks, writer, 77));
  ASSERT_TRUE(back.ok);
  EXPECT_EQ(back.graph_version, "g");
  EXPECT_EQ(back.progress.task, 3);
  EXPECT_EQ(back.progress.epoch, 17);
  EXPECT_EQ(back.progress.watermark_ms, 400);
  EXPECT_EQ(back.progress.timers_fired, 8);
  EXPECT_EQ(back.progress.outputs, sample().outputs);
  EXPECT_EQ(back.progress.incarnation, "i");
  const SourceProgress& s = back.progress.sources[0];
  EXPECT_EQ(s.next_offset, 0);
  EXPECT_EQ(s.clock.largest_ms, 1000);
  EXPECT_EQ(s.clock.jump_ms, 9000);
  EXPECT_EQ(s.clock.jump_count, 2);
  EXPECT_EQ(s.clock.order_ms, 900);
  EXPECT_EQ(s.last_arrival_wall_ms, 5000);
  EXPECT_EQ(s.counts, sample().sources[0].counts);
  EXPECT_EQ(s.gaps, 1);
  EXPECT_EQ(s.gap_offsets, 12);
}

TEST(Progress, ASourceNotYetReadBeginsAtTheBeginning) {
  const Decoded back = decode(encode_progress(sample(), kSinks, {}, 0));
  ASSERT_TRUE(back.ok);
  EXPECT_EQ(back.progress.sources[1].next_offset, -1);
  EXPECT_EQ(back.progress.sources[1].clock.largest_ms, kBeginning);
  EXPECT_EQ(back.progress.sources[1].clock.order_ms, kBeginning);
}

TEST(Progress, FindsItsWayByNamesWhenTheConfigHasChanged) {
  const Decoded back =
      decode(encode_progress(sample(), kSinks, {}, 0), {"surveys", "purchases"}, {"risk", "new", "alerts"});
  ASSERT_TRUE(back.ok);
  ASSERT_EQ(back.progress.sources.size(), 2u);
  EXPECT_EQ(back.progress.sources[0].name, "surveys");
  EXPECT_EQ(back.progress.sources[0].next_offset, -1);
  EXPECT_EQ(back.progress.sources[1].counts.total(), 10);
  EXPECT_EQ(back.progress.outputs, (std::vector<std::int64_t>{6, 0, 5}));
}

TEST(Progress, NamesWhoCanBeFenced) {
  WriterInfo writer;
  writer.instance = "one";
  writer.transactional_ids = {"one-0-a", "one-0-b"};
  writer.http_address = "host:1";
  state::v1::TaskRecord record;
  ASSERT_TRUE(record.ParseFromString(encode_progress(sample(), kSinks, writer, 77)));
  EXPECT_EQ(record.writer().instance_id(), "one");
  ASSERT_EQ(record.writer().transactional_ids_size(), 2);
  EXPECT_EQ(record.writer().transactional_ids(1), "one-0-b");
  EXPECT_EQ(record.writer().http_address(), "host:1");
  EXPECT_EQ(record.written_at_ms(), 77);
}

TEST(Progress, GarbageIsRefused) {
  EXPECT_FALSE(decode("\xff\xff\xff").ok);
}

TEST(Accounting, EachFateCountsOnce) {
  Accounting a;
  for (Fate f : {Fate::kApplied, Fate::kDuplicate, Fate::kDeadLettered, Fate::kErased, Fate::kErased}) {
    count(f, &a);
  }
  EXPECT_EQ(a, (Accounting{1, 1, 1, 2}));
  EXPECT_EQ(a.total(), 5);
}

}  // namespace
}  // namespace ebb
