// What is wrong with a config file, all of it at once, each with its place.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/node.h"

namespace ebb {

struct Diagnostic {
  Place place;
  std::string message;  // what is wrong, what was expected, the nearest right name
};

// Thread: one.
class Diagnostics {
 public:
  void error(Place place, std::string message) { errors_.push_back({place, std::move(message)}); }
  bool ok() const { return errors_.empty(); }
  const std::vector<Diagnostic>& errors() const { return errors_; }  // as they were found
  // One per line: "path:line:column: message", in the file's order, none twice; without a place "path:
  // message".
  std::string to_string(std::string_view path) const;

 private:
  std::vector<Diagnostic> errors_;
};

// The name among `known` that is nearest to `word`, or empty: an edit distance (two letters swapped count as
// one edit) of at most a third of the longer word, and never more than 3. Case and the difference between
// '-', '.' and '_' cost nothing.
std::string nearest_name(std::string_view word, const std::vector<std::string>& known);

// "; did you mean 'x'?" or, without a near name, "; known <plural>: a, b, c".
std::string suggest_name(std::string_view word, const std::vector<std::string>& known,
                         std::string_view plural);

}  // namespace ebb
