// The version of a graph: the same exactly when two graphs mean the same.
#pragma once

#include <string>
#include <vector>

namespace ebb {

struct Config;
struct NodeInfo;

// Hash over nodes, edges, parameters as written (in any order), models and money; 16 hex digits. Where the
// events come from and where the alerts go plays no part.
std::string graph_version(const Config& config, const std::vector<NodeInfo>& nodes);

}  // namespace ebb
