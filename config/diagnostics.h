// What is wrong with a config file, all of it at once, each with its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

namespace ebb {

struct Diagnostic {
  Place place;
  std::string message;  // what is wrong, what was expected, the nearest right name
};

class Diagnostics {
 public:
  void error(Place place, std::string message) { errors_.push_back({place, std::move(message)}); }
  bool ok() const { return errors_.empty(); }
  const std::vector<Diagnostic>& errors() const { return errors_; }
  // One per line: "path:line:column: message", in the file's order.
  std::string to_string(std::string_view path) const;

 private:
  std::vector<Diagnostic> errors_;
};

// The name among `known` that is nearest to `word` (edit distance at most 3), or empty.
std::string nearest_name(std::string_view word, const std::vector<std::string>& known);

}  // namespace ebb
