#include "config/environment.h"

#include <fmt/format.h>

#include <cstdlib>

#include "config/scalars.h"

namespace ebb {

namespace {

// The value of what stands between the braces.
Result<std::string> look_up(std::string_view inside) {
  const std::size_t mark = inside.find(":-");
  const std::string name(inside.substr(0, mark));
  if (!is_word(name, "_", 255) || (name[0] >= '0' && name[0] <= '9')) {
    return Status::invalid(
        fmt::format("'${{{}}}' names no environment variable; expected ${{NAME}} or ${{NAME:-default}} "
                    "(write $$ for a dollar)",
                    inside));
  }
  const char* value = std::getenv(name.c_str());
  if (mark != std::string_view::npos) {
    return value && *value ? std::string(value) : std::string(inside.substr(mark + 2));
  }
  if (value) return std::string(value);
  return Status::invalid(
      fmt::format("environment variable {0} is not set, and ${{{0}:-default}} gives no default", name));
}

}  // namespace

Result<std::string> interpolate(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] != '$' || (next != '$' && next != '{')) {
      out += text[i++];
    } else if (next == '$') {
      out += '$';
      i += 2;
    } else {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos) {
        return Status::invalid("'${' without its '}'; write $$ for a dollar");
      }
      EBB_ASSIGN(const std::string value, look_up(text.substr(i + 2, end - i - 2)));
      out += value;
      i = end + 1;
    }
  }
  return out;
}

}  // namespace ebb
