// A part of many, the same in every run.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ebb::fit {

// `most` of them at even distances; all if there are no more.
template <typename T>
std::vector<T> evenly_chosen(std::span<const T> all, std::size_t most) {
  if (all.size() <= most) return {all.begin(), all.end()};
  std::vector<T> out;
  out.reserve(most);
  for (std::size_t i = 0; i < most; ++i) out.push_back(all[i * all.size() / most]);
  return out;
}

}  // namespace ebb::fit
