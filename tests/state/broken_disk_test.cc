// Disks that are full, and files that a crash of the machine has cut short.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/state/store_fixture.h"
#include "tests/temp_dir.h"

namespace ebb {
namespace {

namespace fs = std::filesystem;

// No file grows beyond so many bytes while this lives: a full disk, as far as the program sees.
class NoRoom {
 public:
  explicit NoRoom(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~NoRoom() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

class BrokenDisk : public testing::Test, public StoreFixture {
 protected:
  BrokenDisk() : StoreFixture("") { options.dir = dir_.file("0"); }
  ~BrokenDisk() override { store.reset(); }

  TempDir dir_;
};

TEST_F(BrokenDisk, ACheckpointThatFindsNoRoomFailsAndIsWrittenAgain) {
  open_new();
  constexpr int kCustomers = 400;
  for (int c = 0; c < kCustomers; ++c) put("customer " + std::to_string(c), c);
  commit(10);
  {
    const NoRoom full(2'000);
    auto job = store->begin_checkpoint(1);
    const Status outcome = job->run();
    EXPECT_FALSE(outcome);
    EXPECT_NE(store->end_checkpoint(std::move(job), outcome).message().find("checkpoint"), std::string::npos);
  }
  EXPECT_EQ(store->position().changelog_offset, 0);
  EXPECT_EQ(get_committed("customer 7"), 7);
  checkpoint();
  ASSERT_TRUE(store->close(false, 1));
  reopen();
  EXPECT_EQ(store->position().changelog_offset, 10);
  for (int c = 0; c < kCustomers; ++c) ASSERT_EQ(get("customer " + std::to_string(c)), c);
}

// What the store held at each of its checkpoints, by position.
using Rows = std::map<std::string, std::int64_t>;

TEST_F(BrokenDisk, AFileCutAnywhereIsAnErrorOrAnOlderStateAndNeverWrongData) {
  open_new();
  std::map<Offset, Rows> states = {{0, {}}};
  Rows now;
  for (int n = 1; n <= 3; ++n) {
    for (int c = 0; c < 30; ++c) {
      const std::string customer = "customer " + std::to_string(c * n);
      put(customer, 100 * n + c);
      now[customer] = 100 * n + c;
    }
    commit(10 * n);
    checkpoint();
    states[10 * n] = now;
  }
  ASSERT_TRUE(store->close(false, 1));
  store.reset();
  const std::string good = options.dir;
  std::vector<fs::path> files;
  for (const auto& file : fs::recursive_directory_iterator(good)) {
    if (file.is_regular_file()) files.push_back(fs::relative(file.path(), good));
  }
  std::set<std::string> refused;
  for (const fs::path& file : files) {
    const auto size = static_cast<std::int64_t>(fs::file_size(good / file));
    for (const std::int64_t left :
         {std::int64_t{0}, std::int64_t{1}, size / 3, size / 2, size - 60, size - 1}) {
      if (left < 0 || left >= size) continue;
      SCOPED_TRACE(file.string() + " cut to " + std::to_string(left) + " of " + std::to_string(size) +
                   " bytes");
      options.dir = dir_.file("cut");
      fs::remove_all(options.dir);
      fs::copy(good, options.dir, fs::copy_options::recursive);
      fs::resize_file(options.dir / file, static_cast<std::uintmax_t>(left));
      auto opened = TaskStore::open(options, &test_schema(), &resources);
      if (!opened) {
        EXPECT_NE(opened.status().message().find("damaged"), std::string::npos) << opened.status().message();
        refused.insert(file.extension());
        continue;
      }
      store = take(std::move(opened));
      const auto state = states.find(store->position().changelog_offset);
      ASSERT_NE(state, states.end()) << store->position().changelog_offset;
      for (int c = 0; c < 90; ++c) {
        const std::string customer = "customer " + std::to_string(c);
        const auto row = store->find(customer);
        if (!row) {
          EXPECT_NE(row.status().message().find("damaged"), std::string::npos) << row.status().message();
          refused.insert(file.extension());
          break;
        }
        const auto expected = state->second.find(customer);
        ASSERT_EQ(*row != nullptr, expected != state->second.end()) << customer;
        if (*row == nullptr) continue;
        ASSERT_EQ(number_of(**row), expected->second) << customer;
      }
      store.reset();
    }
  }
  EXPECT_TRUE(refused.count(".sst") == 1) << "no cut of a table was noticed";
}

}  // namespace
}  // namespace ebb
