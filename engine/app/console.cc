#include "engine/app/console.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "engine/app/exit_code.h"
#include "engine/base/clock.h"
#include "fmt/format.h"

namespace ebb::app {

bool print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

bool flush_output() {
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

void complain(std::string_view text) {
  fmt::print(stderr, "ebb: {}\n", text);
}

int fail(const Status& status) {
  complain(status.message());
  return exit_code_of(status);
}

bool is_terminal(Stream stream) {
  return isatty(stream == Stream::kOut ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

Painter::Painter(Stream stream) {
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  on_ = is_terminal(stream) && (no_color == nullptr || *no_color == '\0') &&
        (term == nullptr || std::string_view(term) != "dumb");
}

std::string Painter::paint(Colour colour, std::string_view text) const {
  constexpr std::array<std::string_view, 7> kCodes = {"0", "1", "2", "1;31", "33", "32", "36"};
  if (!on_ || colour == Colour::kPlain) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(colour)], text);
}

Progress::Progress() : on_(is_terminal(Stream::kError)) {}

bool Progress::due() {
  return on_ && system_clock().steady_ms() >= next_ms_;
}

void Progress::show(std::string_view text) {
  if (!on_) return;
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  shown_ = true;
  next_ms_ = system_clock().steady_ms() + 100;
}

void Progress::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

std::string grouped(std::int64_t n) {
  std::string text = std::to_string(n);
  const std::size_t first = n < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string counted(std::int64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(n), noun, n == 1 ? "" : "s");
}

std::string money(std::int64_t minor, std::string_view currency) {
  // ISO 4217: currencies whose minor unit isn't a hundredth.
  constexpr std::array<std::string_view, 16> kNone = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                      "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};
  constexpr std::array<std::string_view, 7> kThousandth = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  const auto in = [currency](const auto& list) {
    return std::find(list.begin(), list.end(), currency) != list.end();
  };
  const int digits = in(kNone) ? 0 : in(kThousandth) ? 3 : 2;
  const std::int64_t unit = digits == 0 ? 1 : digits == 3 ? 1000 : 100;
  const std::string sign = minor < 0 ? "-" : "";
  const std::string whole = grouped(std::abs(minor / unit));
  if (digits == 0) return fmt::format("{}{} {}", sign, whole, currency);
  return fmt::format("{}{}.{:0{}} {}", sign, whole, std::abs(minor % unit), digits, currency);
}

std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

std::string date(TimeMs at_ms) {
  using namespace std::chrono;
  const year_month_day d{floor<days>(sys_time<milliseconds>(milliseconds(at_ms)))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()), static_cast<unsigned>(d.month()),
                     static_cast<unsigned>(d.day()));
}

}  // namespace ebb::app
