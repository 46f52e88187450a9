// What commands show: results on stdout, everything else on stderr; colour and progress for people only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb::app {

// Writes to stdout. False when nobody reads it any more (a closed pipe, as of `ebb tail ... | head`): the
// command should end, without complaint.
bool print(std::string_view text);
// Pushes out what print() has buffered; false as above.
bool flush_output();
// "ebb: <text>" on stderr.
void complain(std::string_view text);
// Complains and returns the exit code that fits.
int fail(const Status& status);

enum class Stream { kOut, kError };
bool is_terminal(Stream stream);

// Colours for a terminal; plain text if it isn't one, NO_COLOR is set or TERM is dumb.
enum class Colour { kPlain, kBold, kDim, kRed, kYellow, kGreen, kCyan };
class Painter {
 public:
  explicit Painter(Stream stream);
  std::string paint(Colour colour, std::string_view text) const;

 private:
  bool on_;
};

// One line on stderr that is rewritten in place, at most ten times a second; nothing if stderr is no
// terminal. Thread-safety: none.
class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap to ask: should text be made now?
  bool due();
  void show(std::string_view text);
  // Removes the line, so that others may write.
  void clear();

 private:
  bool on_;
  bool shown_ = false;
  TimeMs next_ms_ = 0;
};

// 1234567 -> "1,234,567".
std::string grouped(std::int64_t n);
// 1, "purchase" -> "1 purchase"; 1200, "purchase" -> "1,200 purchases".
std::string counted(std::int64_t n, std::string_view noun);
// 18420, "USD" -> "184.20 USD"; JPY has no decimals, KWD three.
std::string money(std::int64_t minor, std::string_view currency);
// 0.834 -> "83 %".
std::string percent(double share);
// "2026-03-14", UTC.
std::string date(TimeMs at_ms);

}  // namespace ebb::app
