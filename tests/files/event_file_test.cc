#include "engine/files/event_file.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/temp_dir.h"

namespace ebb {
namespace {

struct Read {
  std::string text;
  std::uint64_t number;
  std::uint64_t bytes;
  bool truncated;
  bool operator==(const Read&) const = default;
};

class EventFileTest : public testing::Test {
 protected:
  std::vector<Read> read(const std::string& bytes, std::size_t max_line_bytes = kDefaultMaxLineBytes) {
    auto file = EventFile::open(dir_.write("f", bytes), max_line_bytes);
    EXPECT_TRUE(file.is_ok());
    std::vector<Read> out;
    EventLine line;
    while (true) {
      const Result<bool> more = (*file)->next(&line);
      EXPECT_TRUE(more.is_ok());
      if (!more.is_ok() || !*more) break;
      out.push_back({std::string(line.text), line.number, line.bytes, line.truncated});
    }
    EXPECT_EQ((*file)->position_bytes(), bytes.size());
    return out;
  }
  TempDir dir_;
};

TEST_F(EventFileTest, ReadsLinesWithTheirNumbers) {
  EXPECT_EQ(read("a\nbb\nccc\n"),
            (std::vector<Read>{{"a", 1, 1, false}, {"bb", 2, 2, false}, {"ccc", 3, 3, false}}));
}

TEST_F(EventFileTest, TheLastLineNeedsNoEnd) {
  EXPECT_EQ(read("a\nb"), (std::vector<Read>{{"a", 1, 1, false}, {"b", 2, 1, false}}));
}

TEST_F(EventFileTest, AnEmptyFileHasNoLines) {
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("\n").empty());
}

TEST_F(EventFileTest, CrLfEndsALineToo) {
  EXPECT_EQ(read("a\r\nb\r\n\r\nc\r"),
            (std::vector<Read>{{"a", 1, 1, false}, {"b", 2, 1, false}, {"c", 4, 1, false}}));
}

TEST_F(EventFileTest, BlankLinesAreCountedAndPassedOver) {
  EXPECT_EQ(read("\n\n  \t\na\n\n"), (std::vector<Read>{{"a", 4, 1, false}}));
}

TEST_F(EventFileTest, AByteOrderMarkIsNoPartOfTheFirstLine) {
  EXPECT_EQ(read("\xEF\xBB\xBF{}\n\xEF\xBB\xBF\n"),
            (std::vector<Read>{{"{}", 1, 2, false}, {"\xEF\xBB\xBF", 2, 3, false}}));
}

TEST_F(EventFileTest, NulBytesAreBytes) {
  const std::string line("a\0b", 3);
  EXPECT_EQ(read(line + "\n"), (std::vector<Read>{{line, 1, 3, false}}));
}

TEST_F(EventFileTest, ALineAtTheLimitIsWhole) {
  EXPECT_EQ(read("12345\n12345\r\n12345", 5),
            (std::vector<Read>{{"12345", 1, 5, false}, {"12345", 2, 5, false}, {"12345", 3, 5, false}}));
}

TEST_F(EventFileTest, ALineAboveTheLimitIsCut) {
  EXPECT_EQ(read("123456\nx\n1234567890\r\n123456", 5),
            (std::vector<Read>{
                {"12345", 1, 6, true}, {"x", 2, 1, false}, {"12345", 3, 11, true}, {"12345", 4, 6, true}}));
}

TEST_F(EventFileTest, TenMegabytesInOneLineAreBounded) {
  std::string huge;
  huge.resize(10'000'000, 'x');
  const auto lines = read("a\n" + huge + "\nb\n" + huge, 100'000);
  const std::string cut(100'000, 'x');
  EXPECT_EQ(
      lines,
      (std::vector<Read>{
          {"a", 1, 1, false}, {cut, 2, huge.size(), true}, {"b", 3, 1, false}, {cut, 4, huge.size(), true}}));
}

// Every way that a line can lie across the buffer's end.
TEST_F(EventFileTest, LinesOfAllLengthsComeWhole) {
  std::string bytes;
  std::vector<Read> want;
  for (std::size_t n = 1; n < 1200; ++n) {
    const std::string line(n * 7 % 1013 + 1, static_cast<char>('a' + n % 26));
    bytes += line + (n % 3 == 0 ? "\r\n" : "\n");
    want.push_back({line, n, line.size(), false});
  }
  EXPECT_EQ(read(bytes), want);
}

TEST_F(EventFileTest, SaysWhatCannotBeRead) {
  EXPECT_EQ(EventFile::open(dir_.file("none")).status().code(), Code::kNotFound);
  EXPECT_EQ(EventFile::open(dir_.path()).status().code(), Code::kInvalid);
}

}  // namespace
}  // namespace ebb
