// A config file read, checked and made into a graph: where each command that takes CONFIG begins.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "operators/topology.h"

namespace ebb::app {

struct Loaded {
  Config config;
  std::unique_ptr<const Topology> topology;
};

// Says on stderr everything that is wrong, one line each with its place; nullopt then (exit code 78).
std::optional<Loaded> load(const std::string& path);
// The same from text; path is for messages.
std::optional<Loaded> load_text(const std::string& text, const std::string& path);

}  // namespace ebb::app
