// The operator graph for people (a tree of text) and for Graphviz (dot).
#pragma once

#include <string>

#include "config/config.h"
#include "operators/topology.h"

namespace ebb::app {

// A tree: each node stands below its first input and names the others; topics stand at both ends.
std::string graph_text(const Config& config, const Topology& topology);
std::string graph_dot(const Config& config, const Topology& topology);

}  // namespace ebb::app
