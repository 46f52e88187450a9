// Records that can't be used, each with the reason that it has to be refused for. Made to be sent through a
// whole pipeline as well: every one belongs among the dead letters, whatever the format is set to be told by
// (auto).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/decode/refusal.h"

namespace ebb::test {

struct Garbage {
  std::string name;                // unique, lower_snake_case
  std::optional<std::string> key;  // nullopt: null
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
  DecodeRefusal::Reason reason;
};

// Contains this word wherever the customer's data would stand; no refusal may repeat it.
inline constexpr const char* kSecret = "SECRETWORD";

// 100 kinds and more, the same at every call. The largest has 10 MB.
std::vector<Garbage> garbage();

}  // namespace ebb::test
