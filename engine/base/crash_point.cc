#include "engine/base/crash_point.h"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

namespace ebb::internal {
namespace {

struct Wanted {
  std::string name;  // empty: none
  long times = 1;
};

Wanted read_environment() {
  const char* const value = std::getenv("EBB_CRASH_AT");
  if (value == nullptr) return {};
  const std::string_view text = value;
  const std::size_t colon = text.find(':');
  Wanted wanted{std::string(text.substr(0, colon))};
  if (colon != std::string_view::npos) {
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), wanted.times);
  }
  return wanted;
}

const Wanted& wanted() {
  static const Wanted kWanted = read_environment();
  return kWanted;
}

std::mutex watch_mutex;
std::function<void(std::string_view)> watch;  // guarded by watch_mutex

void crash_if_due(std::string_view name) {
  static std::atomic<long> passed = 0;
  if (name != wanted().name || ++passed != wanted().times) return;
  kill(getpid(), SIGKILL);
  for (;;) pause();  // this thread must not get any further
}

}  // namespace

std::atomic<bool> crash_points_matter = !wanted().name.empty();

void at_crash_point(std::string_view name) {
  crash_if_due(name);
  const std::lock_guard lock(watch_mutex);
  if (watch) watch(name);
}

}  // namespace ebb::internal

namespace ebb {

void watch_crash_points(std::function<void(std::string_view name)> watch) {
  const std::lock_guard lock(internal::watch_mutex);
  internal::watch = std::move(watch);
  internal::crash_points_matter = internal::watch != nullptr || !internal::wanted().name.empty();
}

}  // namespace ebb
