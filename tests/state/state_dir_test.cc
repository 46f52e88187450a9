#include "state/state_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "state/resources.h"
#include "tests/temp_dir.h"

namespace ebb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

TEST(StateDir, TheInstanceIsMadeOnceAndKept) {
  TempDir temp;
  std::string first;
  {
    const auto dir = StateDir::open(temp.file("a/b"), "");
    ASSERT_TRUE(dir) << dir.status().message();
    first = (*dir)->instance();
    EXPECT_THAT(first, MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(first.size(), 8u);
  }
  EXPECT_EQ((*StateDir::open(temp.file("a/b"), ""))->instance(), first);
  EXPECT_EQ((*StateDir::open(temp.file("a/b"), "pod-1"))->instance(), "pod-1");
  EXPECT_EQ((*StateDir::open(temp.file("a/b"), ""))->instance(), first);
  EXPECT_NE((*StateDir::open(temp.file("c"), ""))->instance(), first);
}

TEST(StateDir, ASecondOwnerIsToldWhoHasIt) {
  TempDir temp;
  const auto first = StateDir::open(temp.file("s"), "");
  ASSERT_TRUE(first);
  const auto second = StateDir::open(temp.file("s"), "");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.status().code(), Code::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr("process " + std::to_string(::getpid())));
}

TEST(StateDir, AnotherLayoutIsRefused) {
  TempDir temp;
  ASSERT_TRUE(StateDir::open(temp.file("s"), ""));
  std::ofstream(temp.file("s/layout")) << "2\n";
  EXPECT_EQ(StateDir::open(temp.file("s"), "").status().code(), Code::kInvalid);
}

TEST(StateDir, ListsMeasuresAndRemovesTasks) {
  TempDir temp;
  const auto opened = StateDir::open(temp.file("s"), "");
  ASSERT_TRUE(opened);
  StateDir& dir = **opened;
  for (const TaskId task : {10, 2}) {
    std::filesystem::create_directories(dir.task_dir(task));
    std::ofstream(dir.task_dir(task) + "/x") << std::string(1000, 'x');
  }
  std::filesystem::create_directories(temp.file("s/tasks/stray"));
  EXPECT_THAT(dir.kept_tasks(), ElementsAre(2, 10));
  EXPECT_GE(dir.bytes_on_disk(), 2000u);
  ASSERT_TRUE(dir.remove_task(2));
  EXPECT_THAT(dir.kept_tasks(), ElementsAre(10));
  EXPECT_LT(dir.bytes_on_disk(), 2000u);
}

TEST(StateDir, AnImpossiblePathIsAnError) {
  EXPECT_EQ(StateDir::open("/proc/nothing/here", "").status().code(), Code::kInternal);
}

class MemoryBudgetTest : public testing::Test {
 protected:
  void file(const std::string& path, const std::string& text) {
    const std::filesystem::path full = root_.path() + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  std::size_t budget() { return memory_budget(root_.path()); }
  const std::size_t machine_ = memory_budget("/nowhere");

 private:
  TempDir root_;
};

TEST_F(MemoryBudgetTest, WithoutCgroupsItIsTheMachines) {
  EXPECT_GT(machine_, std::size_t{64} << 20);
  EXPECT_EQ(budget(), machine_);
}

TEST_F(MemoryBudgetTest, Version2TakesTheLeastLimitOnTheWayUp) {
  file("/proc/self/cgroup", "0::/a/b\n");
  file("/sys/fs/cgroup/a/b/memory.max", "max\n");
  EXPECT_EQ(budget(), machine_);
  file("/sys/fs/cgroup/a/memory.max", "33554432\n");
  EXPECT_EQ(budget(), 33554432u);
  file("/sys/fs/cgroup/a/b/memory.max", "16777216\n");
  EXPECT_EQ(budget(), 16777216u);
}

TEST_F(MemoryBudgetTest, Version2InAContainerIsAtTheRoot) {
  file("/proc/self/cgroup", "0::/\n");
  file("/sys/fs/cgroup/memory.max", "16777216\n");
  EXPECT_EQ(budget(), 16777216u);
}

TEST_F(MemoryBudgetTest, Version1FindsTheMemoryController) {
  file("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:hugetlb,memory:/docker/abc\nbroken\n");
  file("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(budget(), machine_);
  file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "16777216\n");
  EXPECT_EQ(budget(), 16777216u);
}

TEST(StateResources, SharesAndAsksThoseThatHoldMost) {
  StateResources::Options options;
  options.memory_bytes = 120 << 20;
  options.tail_max_records = 1000;
  StateResources resources(options);
  EXPECT_EQ(resources.cache_share_bytes(), std::size_t{12} << 20);
  resources.store_opened();
  resources.store_opened();
  EXPECT_EQ(resources.cache_share_bytes(), std::size_t{6} << 20);
  EXPECT_EQ(resources.rows_share_bytes(), (std::size_t{120} << 20) / 100 * 38 / 2);
  resources.add_map(16 << 20, 0);
  EXPECT_TRUE(resources.wants_checkpoint(9 << 20, 0));
  EXPECT_FALSE(resources.wants_checkpoint(2 << 20, 0));
  EXPECT_FALSE(resources.maps_full());
  resources.add_map(15 << 20, 1100);
  EXPECT_TRUE(resources.maps_full());
  resources.add_map(-(30 << 20), 0);
  EXPECT_FALSE(resources.maps_full());
  EXPECT_TRUE(resources.wants_checkpoint(0, 1000));
  EXPECT_FALSE(resources.wants_checkpoint(0, 100));
}

}  // namespace
}  // namespace ebb
