#include <algorithm>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/app/program.h"

namespace ebb::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(CliTest, VersionAndHelpGoToStdout) {
  const Outcome version = run_program("--version");
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, testing::MatchesRegex("ebb [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  const Outcome help = run_program("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("ebb demo"));
  EXPECT_THAT(help.err, IsEmpty());
}

TEST(CliTest, EveryCommandHasHelpWithExamples) {
  for (const std::string command :
       {"demo", "check", "graph", "topics", "run", "send", "tail", "customer", "replay", "gen"}) {
    const Outcome help = run_program(command + " --help");
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("Usage: ebb " + command)) << command;
    EXPECT_THAT(help.out, HasSubstr("Example")) << command;
    EXPECT_THAT(help.out, HasSubstr("  ebb " + command)) << command;
  }
}

TEST(CliTest, WrongUsageIs64AndSaysWhatToDo) {
  const Outcome nothing = run_program("");
  EXPECT_EQ(nothing.code, 64);
  const Outcome command = run_program("gem");
  EXPECT_EQ(command.code, 64);
  EXPECT_THAT(command.err, HasSubstr("there is no command \"gem\"; did you mean 'gen'?"));
  const Outcome option = run_program("gen --out x --customers none");
  EXPECT_EQ(option.code, 64);
  EXPECT_THAT(option.err, HasSubstr("ebb gen --help"));
  EXPECT_EQ(run_program("gen --out x --start 2026-02-30").code, 64);
}

TEST(GenCommandTest, WritesTheSameFilesFromTheSameSeed) {
  const TempDir dir;
  for (const std::string name : {"a", "b"}) {
    const Outcome o = run_program("gen --customers 50 --days 60 --seed 3 --out " + dir.file(name));
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_THAT(o.err, IsEmpty());
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir.file("a"))) {
    ++files;
    const std::string text = read_file(entry.path().string());
    EXPECT_FALSE(text.empty()) << entry.path();
    EXPECT_EQ(text, read_file(dir.file("b") + "/" + entry.path().filename().string())) << entry.path();
  }
  EXPECT_EQ(files, 5);
  const std::string truth = read_file(dir.file("a") + "/truth.jsonl");
  EXPECT_EQ(std::count(truth.begin(), truth.end(), '\n'), 50);
}

TEST(GenCommandTest, AFolderThatCantBeMadeIs69) {
  const Outcome o = run_program("gen --out /dev/null/x");
  EXPECT_EQ(o.code, 69);
  EXPECT_THAT(o.err, HasSubstr("/dev/null/x"));
}

}  // namespace
}  // namespace ebb::app
