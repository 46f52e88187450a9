// Small files whole: the config and its secrets.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/status.h"

namespace ebb {

// The file's bytes. Errors say why it can't be read (missing, a folder, larger than max_bytes); they show
// neither the path, which may come from the environment, nor what is in the file.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

}  // namespace ebb
