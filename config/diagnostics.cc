#include "config/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

namespace ebb {

namespace {

std::string folded(std::string_view word) {
  std::string out;
  out.reserve(word.size());
  for (char c : word) {
    out += c == '-' || c == '.' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// Optimal string alignment: inserts, deletes, replacements and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> cost((a.size() + 1) * width);
  auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return cost[i * width + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t best = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      best = std::min({best, at(i - 1, j) + 1, at(i, j - 1) + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, at(i - 2, j - 2) + 1);
      }
      at(i, j) = best;
    }
  }
  return at(a.size(), b.size());
}

}  // namespace

std::string Diagnostics::to_string(std::string_view path) const {
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& error : errors_) sorted.push_back(&error);
  auto order = [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->place.line, a->place.column) < std::tie(b->place.line, b->place.column);
  };
  std::stable_sort(sorted.begin(), sorted.end(), order);
  std::string out;
  std::set<std::string> seen;
  for (const Diagnostic* error : sorted) {
    const Place& place = error->place;
    std::string line = place.line == 0
                           ? fmt::format("{}: {}\n", path, error->message)
                           : fmt::format("{}:{}:{}: {}\n", path, place.line, place.column, error->message);
    if (seen.insert(line).second) out += line;
  }
  return out;
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 128;  // nobody misspells a longer name, and the distance is quadratic
  if (word.size() > kLongest) return {};
  const std::string wanted = folded(word);
  std::string best;
  std::size_t best_distance = 4;
  for (const std::string& name : known) {
    const std::size_t allowed = std::clamp<std::size_t>(std::max(wanted.size(), name.size()) / 3, 1, 3);
    const std::size_t distance = edit_distance(wanted, folded(name));
    if (distance <= allowed && distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggest_name(std::string_view word, const std::vector<std::string>& known,
                         std::string_view plural) {
  if (std::string near = nearest_name(word, known); !near.empty()) {
    return fmt::format("; did you mean '{}'?", near);
  }
  if (known.empty()) return {};
  return fmt::format("; known {}: {}", plural, fmt::join(known, ", "));
}

}  // namespace ebb
