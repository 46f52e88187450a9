#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "state/resources.h"

namespace ebb {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// The number in a file; kNoLimit when it says "max" or can't be read.
std::size_t read_limit(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end != word.data() ? value : kNoLimit;
}

// A limit of a group above holds for those below it. Inside a container the path may be one of the host's,
// of which only the last steps up are there; files that are missing limit nothing.
std::size_t least_limit(const std::string& mount, std::string group, const std::string& file) {
  std::size_t least = kNoLimit;
  while (true) {
    const std::string dir = group == "/" ? mount : mount + group;
    least = std::min(least, read_limit(dir + "/" + file));
    if (group.size() <= 1) return least;
    group.erase(std::max<std::size_t>(1, group.rfind('/')));
  }
}

bool lists_memory(std::string_view controllers) {
  while (!controllers.empty()) {
    const std::size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == "memory") return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

// Lines of /proc/self/cgroup: "0::/path" (v2), "5:memory,hugetlb:/path" (v1).
std::size_t cgroup_limit(const std::string& root) {
  std::ifstream file(root + "/proc/self/cgroup");
  std::size_t least = kNoLimit;
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || second + 1 >= line.size() || line[second + 1] != '/') continue;
    const std::string group = line.substr(second + 1);
    if (line.compare(0, second + 1, "0::") == 0) {
      least = std::min(least, least_limit(root + "/sys/fs/cgroup", group, "memory.max"));
    } else if (lists_memory(std::string_view(line).substr(first + 1, second - first - 1))) {
      least = std::min(least, least_limit(root + "/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace

std::size_t memory_budget(const std::string& root) {
  const auto machine =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return std::min(machine, cgroup_limit(root));  // v1 writes "no limit" as a number larger than any machine
}

}  // namespace ebb
