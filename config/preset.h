// Graphs with a name: what `graph: NAME` stands for. For load_graph.cc only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace ebb {

inline constexpr std::string_view kDefaultPreset = "default";

// Sorted.
std::vector<std::string> preset_names();

// The nodes of the preset over these sources; their places are 0:0. nullopt: there is none of this name.
std::optional<GraphConfig> preset_graph(std::string_view name, const std::vector<SourceConfig>& sources);

}  // namespace ebb
