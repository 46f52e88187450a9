// The shape of the graph: who feeds whom, in which order, and everything that can be wrong with it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "operators/operator.h"

namespace ebb {

class Diagnostics;
struct Config;

// Nodes are counted by their place in the config.
struct Graph {
  struct Node {
    std::vector<int> inputs;        // nodes that it names in `from`, in that order
    std::vector<SourceId> sources;  // sources that it names
  };
  std::vector<Node> nodes;
  std::vector<int> order;                // of execution: inputs first, gates before all others
  std::vector<std::vector<bool>> reach;  // [source][node]: events of the source pass through the node
  std::vector<std::vector<int>> sinks;   // [node]: sinks that it feeds
};

// operators: by place in the config, null where one could not be made. Whatever is wrong goes to the
// diagnostics; nullopt then.
std::optional<Graph> resolve_graph(const Config& config,
                                   const std::vector<std::unique_ptr<Operator>>& operators,
                                   Diagnostics* diagnostics);

}  // namespace ebb
