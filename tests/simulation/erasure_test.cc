// Whatever goes wrong, whoever asked to be forgotten and didn't come back is gone in the end. Judged by the
// input itself, not by a run without faults.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "ebb/v1/event.pb.h"
#include "state/row_codec.h"
#include "tests/simulation/seeds.h"
#include "tests/simulation/workload.h"
#include "tests/temp_dir.h"

namespace ebb::sim {
namespace {

// Long enough that no event of the workload is later than that.
constexpr DurationMs kLongMarkerMs = 40 * kDayMs;
constexpr std::uint64_t kWorkloads = 12;

struct Life {
  TimeMs erased_ms = kBeginning;
  TimeMs last_event_ms = kBeginning;
};

TimeMs time_of(const v1::Event& event) {
  return event.event_time().seconds() * 1000 + event.event_time().nanos() / 1'000'000;
}

std::map<std::string, Life> lives(const Input& input) {
  std::map<std::string, Life> out;
  for (const auto& source : input) {
    for (const auto& partition : source) {
      for (const InputRecord& record : partition) {
        v1::Event event;
        if (!event.ParseFromString(record.value) || event.customer_id().empty()) continue;
        Life& life = out[event.customer_id()];
        TimeMs& last = event.has_erasure() ? life.erased_ms : life.last_event_ms;
        last = std::max(last, time_of(event));
      }
    }
  }
  return out;
}

bool ends_forgotten(const Life& life) {
  return life.erased_ms != kBeginning && life.last_event_ms <= life.erased_ms;
}

// Nothing, or a marker of that time and nothing else.
void expect_no_more_than_a_marker(const std::string& bytes, const Life& life, const RowSchema& schema) {
  Row row;
  ASSERT_TRUE(decode_row(bytes, schema, &row).is_ok());
  EXPECT_EQ(row.erased_at_ms, life.erased_ms);
  EXPECT_TRUE(row.kept.empty());
  for (const auto& slice : row.slices) EXPECT_EQ(slice, nullptr);
}

TEST(SimulatedErasure, WhoeverIsErasedStaysErased) {
  Faults::Kinds all{};
  all.fill(true);
  const TempDir dir;
  Seeds seeds(dir.file("disks"));
  int checked = 0;
  for (std::uint64_t w = 1; w <= kWorkloads; ++w) {
    const auto workload = make_workload(w);
    if (workload->config.state.erasure_marker_ms != kLongMarkerMs) continue;
    for (std::uint64_t seed = w * kSeedsPerWorkload; seed < w * kSeedsPerWorkload + 6; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      const RunResult result = seeds.run(seed, all);
      ASSERT_EQ(result.failure, "");
      for (const auto& [customer, life] : lives(workload->input)) {
        if (!ends_forgotten(life)) continue;
        ++checked;
        for (const auto& [task, rows] : result.outcome.rows) {
          const auto row = rows.find(changelog_key(customer));
          if (row != rows.end())
            expect_no_more_than_a_marker(row->second, life, workload->topology->schema());
        }
      }
    }
  }
  EXPECT_GT(checked, 5);
}

}  // namespace
}  // namespace ebb::sim
