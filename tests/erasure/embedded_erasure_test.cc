// A customer is forgotten on the embedded log, with a manual clock. What is left is looked for in the files
// themselves.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/embedded/embedded_log.h"
#include "tests/erasure/shop.h"
#include "tests/temp_dir.h"

namespace ebb::erasure {
namespace {

namespace fs = std::filesystem;

// Paths below dir of files in which the text stands, after RocksDB has rewritten all of its own,
// uncompressed.
std::vector<std::string> files_with(const std::string& dir, std::string_view text) {
  std::vector<fs::path> databases;
  for (const auto& file : fs::recursive_directory_iterator(dir)) {
    if (file.path().filename() == "CURRENT") databases.push_back(file.path().parent_path());
  }
  EXPECT_FALSE(databases.empty());
  for (const fs::path& path : databases) {
    rocksdb::Options options;
    options.compression = rocksdb::kNoCompression;
    rocksdb::CompactRangeOptions all;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (int opened = 0; opened < 2; ++opened) {  // the second time begins its lists of files anew
      rocksdb::DB* raw = nullptr;
      EXPECT_TRUE(rocksdb::DB::Open(options, path.string(), &raw).ok());
      const std::unique_ptr<rocksdb::DB> db(raw);
      EXPECT_TRUE(opened > 0 || db->CompactRange(all, nullptr, nullptr).ok());
      EXPECT_TRUE(db->Close().ok());
    }
  }
  std::vector<std::string> found;
  for (const auto& file : fs::recursive_directory_iterator(dir)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    if (bytes.find(text) != std::string::npos) found.push_back(fs::relative(file.path(), dir));
  }
  return found;
}

class EmbeddedErasure : public testing::Test {
 protected:
  EmbeddedErasure() {
    shop_.sends_to([this](Source source, const v1::Event& event) { append(source, event); });
    use("shop");
  }

  // A folder of its own, with nothing of the one before.
  void use(const std::string& folder) {
    folder_ = dir_.file(folder);
    open_log();
  }
  void open_log() {
    log_.reset();
    EmbeddedOptions options;
    options.dir = folder_ + "/log";
    options.partitions = shop_.config().partitions;
    for (const SourceConfig& s : shop_.config().sources) options.sources.push_back(s.topic);
    for (const SinkConfig& s : shop_.config().sinks)
      options.sinks.push_back({s.topic, s.kind == SinkKind::kRisk});
    options.changelog = "changelog";
    options.tombstone_retention_ms = shop_.config().state.changelog_delete_retention_ms;
    options.clock = &clock_;
    auto log = open_embedded_log(options);
    ASSERT_TRUE(log.is_ok()) << log.status().message();
    log_ = std::move(log).value();
  }

  void append(Source source, const v1::Event& event) {
    NewRecord record;
    record.key = event.customer_id();
    record.value = event.SerializeAsString();
    record.partition = partition_of(record.key, shop_.config().partitions);
    const auto appended = log_->append(shop_.config().sources[source].topic, {record});
    ASSERT_TRUE(appended.is_ok()) << appended.status().message();
  }
  Seen run() {
    return shop_.run(
        log_.get(), &clock_, [this] { clock_.advance(5); }, folder_ + "/state");
  }

  // The last record of the one in the risk table.
  std::string risk() {
    const std::string& topic = shop_.config().sinks[shop_.risk_sink()].topic;
    const TaskId task = shop_.task_of_the_one();
    const auto bounds = log_->bounds(topic, task);
    std::string last = "absent";
    for (Offset at = bounds->begin; at < bounds->end;) {
      const auto batch = log_->read(topic, task, at, 1000);
      if (!batch.is_ok() || batch->empty()) break;
      for (const Record& r : batch->records) {
        if (r.key == kGone) last = r.has_value ? "present" : "tombstone";
      }
      at = batch->records.back().offset + 1;
    }
    return last;
  }

  TempDir dir_;
  ManualClock clock_{kBeginMs + 300 * kDayMs};
  Shop shop_{2};
  std::string folder_;
  std::unique_ptr<EmbeddedLog> log_;
};

TEST_F(EmbeddedErasure, NothingIsLeftOnceMarkersAndTombstonesHaveGone) {
  shop_.live(kBeginMs, kErasedMs, true);
  const Seen before = run();
  EXPECT_EQ(before.purchases, 10);
  EXPECT_EQ(risk(), "present");
  log_.reset();
  EXPECT_FALSE(files_with(folder_ + "/state", kGone).empty());
  open_log();

  shop_.forget(kGone, kErasedMs);
  shop_.live(kErasedMs, kErasedMs + 10 * kDayMs, false);
  shop_.buy(kGone, kErasedMs - 5 * kDayMs);  // one that comes late
  const Seen marked = run();
  EXPECT_TRUE(marked.row);
  EXPECT_EQ(marked.erased_at_ms, kErasedMs);
  EXPECT_EQ(marked.purchases, 0);
  EXPECT_EQ(marked.counts.erased, 1);
  EXPECT_EQ(risk(), "tombstone");

  shop_.live(kErasedMs + 10 * kDayMs, kErasedMs + 60 * kDayMs, false);
  EXPECT_FALSE(run().row);  // the marker's time is over

  clock_.advance(8 * kDayMs);  // and that of the events and alerts in the log, and of tombstones
  ASSERT_TRUE(log_->apply_retention().is_ok());
  EXPECT_EQ(risk(), "absent");
  log_.reset();
  EXPECT_EQ(files_with(folder_, kGone), std::vector<std::string>{});
  EXPECT_FALSE(files_with(folder_, "customer-3").empty());  // the others are there
}

// Who buys seldom is looked at again long after, but no timer's entry outlasts the marker.
TEST_F(EmbeddedErasure, NoTimerNamesTheCustomerOnceTheMarkerHasGone) {
  shop_.live(kBeginMs, kErasedMs, false);
  for (const int days : {82, 41, 0}) shop_.buy(kGone, kErasedMs - kDayMs - days * kDayMs);
  shop_.forget(kGone, kErasedMs);
  shop_.live(kErasedMs, kErasedMs + kMarkerMs, false);
  EXPECT_TRUE(run().row);
  log_.reset();
  EXPECT_FALSE(files_with(folder_ + "/state", kGone).empty());
  open_log();

  shop_.buy("customer-0", kErasedMs + kMarkerMs + 2 * kHourMs);
  shop_.buy("customer-1", kErasedMs + kMarkerMs + 2 * kHourMs);
  shop_.complain("customer-0", kErasedMs + kMarkerMs + 2 * kHourMs);
  shop_.complain("customer-1", kErasedMs + kMarkerMs + 2 * kHourMs);
  EXPECT_FALSE(run().row);
  log_.reset();
  EXPECT_EQ(files_with(folder_ + "/state", kGone), std::vector<std::string>{});
}

TEST_F(EmbeddedErasure, AFullReplayBringsNobodyBackAndLaterEventsStartAnew) {
  for (const char* shop : {"first", "again"}) {
    SCOPED_TRACE(shop);
    use(shop);
    shop_.live(kBeginMs, kErasedMs, true);
    shop_.forget(kGone, kErasedMs);
    shop_.live(kErasedMs, kErasedMs + 10 * kDayMs, false);
    Seen seen = run();
    EXPECT_EQ(seen.purchases, 0);
    EXPECT_EQ(risk(), "tombstone");

    // All of it once more into the same state, as other events would look, too.
    shop_.live(kBeginMs, kErasedMs, true);
    seen = run();
    EXPECT_EQ(seen.erased_at_ms, kErasedMs);
    EXPECT_EQ(seen.purchases, 0);
    EXPECT_EQ(seen.counts.erased, 20);
    EXPECT_EQ(risk(), "tombstone");

    shop_.buy(kGone, kErasedMs + 11 * kDayMs);
    seen = run();
    EXPECT_EQ(seen.purchases, 1);
    EXPECT_EQ(seen.erased_at_ms, kErasedMs);
    EXPECT_EQ(risk(), "present");
  }
}

}  // namespace
}  // namespace ebb::erasure
