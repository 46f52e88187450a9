// A strict look at a JSON text before a lenient or recursive parser gets it.
#pragma once

#include <cstddef>
#include <string_view>

namespace ebb {

struct JsonScan {
  bool ok = false;
  std::string_view why;      // if not ok: what is wrong, for a person; a constant
  std::size_t position = 0;  // if not ok: where, in bytes from the start
  bool cloud_event = false;  // the outermost object has a "specversion"
};

// ok: one object by RFC 8259 in UTF-8, no name twice in one object, nested at most `depth_max` deep.
JsonScan scan_json(std::string_view text, int depth_max = 32);

}  // namespace ebb
