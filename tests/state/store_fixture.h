// A store on a real disk for tests, with rows whose one number says all.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebb/v1/money.pb.h"
#include "ebb/v1/purchase.pb.h"
#include "state/resources.h"
#include "state/row_codec.h"
#include "state/task_store.h"
#include "tests/temp_dir.h"

namespace ebb {

inline constexpr std::string_view kIncarnation = "changelog-1";

inline const RowSchema& test_schema() {
  static const RowSchema schema = [] {
    RowSchema s;
    s.add("worth", &v1::Money::default_instance());
    s.add("last", &v1::Purchase::default_instance());
    return s;
  }();
  return schema;
}

inline std::int64_t number_of(const Row& row) {
  return row.slices[0] ? static_cast<const v1::Money&>(*row.slices[0]).minor_units() : 0;
}

inline void set_number(Row* row, std::int64_t number) {
  if (row->slices[0] == nullptr) row->make_slice(0, v1::Money::default_instance());
  static_cast<v1::Money&>(*row->slices[0]).set_minor_units(number);
}

template <typename T>
T take(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.status().message();
    std::abort();
  }
  return std::move(result).value();
}

class StoreFixture {
 public:
  explicit StoreFixture(std::string dir) { options.dir = std::move(dir); }

  void open() { store = take(TaskStore::open(options, &test_schema(), &resources)); }
  // Open and in step with an empty changelog.
  void open_new() {
    open();
    ASSERT_TRUE(store->restored(0, kIncarnation));
  }
  void reopen() {
    store.reset();
    open();
    ASSERT_TRUE(store->restored(store->position().changelog_offset, kIncarnation));
  }

  // In the open epoch.
  void put(const std::string& customer, std::int64_t number, TimeMs due_ms = kNever) {
    Row* const row = take(store->find_or_create(customer));
    store->touch(row);
    set_number(row, number);
    row->due_ms = due_ms;
    store->settle(row);
  }
  // nullopt: unknown.
  std::optional<std::int64_t> get(const std::string& customer) {
    const Row* const row = take(store->find(customer));
    return row == nullptr ? std::nullopt : std::optional(number_of(*row));
  }
  std::optional<std::int64_t> get_committed(const std::string& customer) {
    const auto row = take(store->find_committed(customer));
    return row == nullptr ? std::nullopt : std::optional(number_of(*row));
  }
  // The open epoch becomes true, with its task record at offset.
  void commit(Offset offset) {
    const std::uint64_t number = ++epoch;
    store->commit(number, take(store->close_epoch(number)), offset);
  }
  void checkpoint(TimeMs wall_ms = 1) {
    auto job = store->begin_checkpoint(wall_ms);
    ASSERT_NE(job, nullptr);
    Status outcome = job->run();
    ASSERT_TRUE(store->end_checkpoint(std::move(job), std::move(outcome)));
  }
  // Takes all entries up to a time, in the open epoch.
  std::vector<std::pair<TimeMs, std::string>> take_timers(TimeMs up_to) {
    std::vector<std::pair<TimeMs, std::string>> all;
    for (TimerKey key; take(store->take_timer(up_to, &key));) all.emplace_back(key.time_ms, key.customer);
    return all;
  }

  StateResources resources{StateResources::Options{}};
  TaskStore::Options options;
  std::unique_ptr<TaskStore> store;
  std::uint64_t epoch = 0;
};

}  // namespace ebb
