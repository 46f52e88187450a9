// From a YAML file to a Config.
#pragma once

#include <string>

#include "config/config.h"
#include "config/diagnostics.h"

namespace ebb {

// Reads, checks and completes the file. ${NAME} and ${NAME:-default} inside scalars come from the
// environment, after parsing; `*_file` fields name files that hold secrets. Whatever is wrong goes to the
// diagnostics (an unreadable file too, without a place); the Config is of use only when they stay ok. The
// graph's operators are checked by Topology::build.
Config load_config(const std::string& path, Diagnostics* diagnostics);
// The same from text; path is for messages only.
Config parse_config(const std::string& text, const std::string& path, Diagnostics* diagnostics);

}  // namespace ebb
