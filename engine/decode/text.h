// Small helpers on views.
#pragma once

#include <algorithm>
#include <string_view>

namespace ebb {

// Takes `prefix` off the front, if it is there; says whether it was.
inline bool take_prefix(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

// Takes `suffix` off the end, if it is there; says whether it was.
inline bool take_suffix(std::string_view* text, std::string_view suffix) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

inline char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// REQUIRES: `lower` has no upper-case ASCII letters.
inline bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {}, ascii_lower);
}

}  // namespace ebb
