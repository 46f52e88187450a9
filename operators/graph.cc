#include "operators/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/diagnostics.h"

namespace ebb {
namespace {

using Operators = std::vector<std::unique_ptr<Operator>>;

std::size_t at(int i) {
  return static_cast<std::size_t>(i);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = nearest_name(word, known);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

class Resolver {
 public:
  Resolver(const Config& config, const Operators& operators, Diagnostics* diagnostics)
      : config_(config), operators_(operators), diagnostics_(diagnostics) {}

  std::optional<Graph> run() {
    const std::size_t before = diagnostics_->errors().size();
    name_all();
    connect();
    if (order()) {
      find_reach();
      check_gates();
    }
    check_sinks();
    if (diagnostics_->errors().size() != before) return std::nullopt;
    return std::move(graph_);
  }

 private:
  const std::vector<NodeConfig>& nodes() const { return config_.graph.nodes; }

  void name_all() {
    for (std::size_t i = 0; i < config_.sources.size(); ++i) {
      sources_[config_.sources[i].name] = static_cast<SourceId>(i);
      names_.push_back(config_.sources[i].name);
    }
    for (std::size_t i = 0; i < nodes().size(); ++i) {
      const NodeConfig& node = nodes()[i];
      if (sources_.contains(node.name) || !places_.emplace(node.name, static_cast<int>(i)).second) {
        diagnostics_->error(node.place,
                            fmt::format("node '{}': another source or node has this name", node.name));
      }
      names_.push_back(node.name);
      node_names_.push_back(node.name);
    }
  }

  void connect() {
    graph_.nodes.resize(nodes().size());
    for (std::size_t i = 0; i < nodes().size(); ++i) {
      const NodeConfig& node = nodes()[i];
      if (node.from.empty()) {
        diagnostics_->error(
            node.place,
            fmt::format("node '{}': nothing feeds it; want `from` with sources or other nodes", node.name));
      }
      for (const auto& [name, place] : node.from) connect_one(static_cast<int>(i), name, place);
    }
  }

  void connect_one(int node, const std::string& name, Place place) {
    Graph::Node& to = graph_.nodes[at(node)];
    if (const auto source = sources_.find(name); source != sources_.end()) {
      if (std::find(to.sources.begin(), to.sources.end(), source->second) == to.sources.end()) {
        to.sources.push_back(source->second);
        return;
      }
    } else if (const auto input = places_.find(name); input != places_.end()) {
      if (std::find(to.inputs.begin(), to.inputs.end(), input->second) == to.inputs.end()) {
        to.inputs.push_back(input->second);
        return;
      }
    } else {
      diagnostics_->error(place, fmt::format("node '{}': '{}' is neither a source nor a node{}",
                                             nodes()[at(node)].name, name, did_you_mean(name, names_)));
      return;
    }
    diagnostics_->error(place, fmt::format("node '{}': '{}' is named twice", nodes()[at(node)].name, name));
  }

  bool is_gate(int node) const { return operators_[at(node)] != nullptr && operators_[at(node)]->is_gate(); }

  // Repeatedly takes the first node whose inputs are all placed, gates before others. False: a cycle.
  bool order() {
    std::vector<bool> placed(nodes().size());
    for (;;) {
      int next = -1;
      for (int i = 0; at(i) < nodes().size(); ++i) {
        const std::vector<int>& inputs = graph_.nodes[at(i)].inputs;
        if (placed[at(i)] ||
            !std::all_of(inputs.begin(), inputs.end(), [&](int n) { return placed[at(n)]; })) {
          continue;
        }
        if (next < 0 || (is_gate(i) && !is_gate(next))) next = i;
      }
      if (next < 0) break;
      placed[at(next)] = true;
      graph_.order.push_back(next);
    }
    if (graph_.order.size() == nodes().size()) return true;
    report_cycle(placed);
    return false;
  }

  // From any node that is left, walking to an input that is left must come round.
  void report_cycle(const std::vector<bool>& placed) {
    int node = 0;
    while (placed[at(node)]) ++node;
    std::vector<int> path;
    while (std::find(path.begin(), path.end(), node) == path.end()) {
      path.push_back(node);
      const std::vector<int>& inputs = graph_.nodes[at(node)].inputs;
      node = *std::find_if(inputs.begin(), inputs.end(), [&](int n) { return !placed[at(n)]; });
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), node));
    std::string text = nodes()[at(node)].name;
    for (std::size_t i = 1; i < path.size(); ++i) text += " <- " + nodes()[at(path[i])].name;
    diagnostics_->error(
        nodes()[at(node)].place,
        fmt::format("the nodes feed each other in a circle: {} <- {}", text, nodes()[at(node)].name));
  }

  void find_reach() {
    graph_.reach.assign(config_.sources.size(), std::vector<bool>(nodes().size()));
    for (std::size_t s = 0; s < config_.sources.size(); ++s) {
      for (const int node : graph_.order) {
        const Graph::Node& n = graph_.nodes[at(node)];
        graph_.reach[s][at(node)] =
            std::find(n.sources.begin(), n.sources.end(), static_cast<SourceId>(s)) != n.sources.end() ||
            std::any_of(n.inputs.begin(), n.inputs.end(), [&](int i) { return graph_.reach[s][at(i)]; });
      }
    }
    for (std::size_t i = 0; i < nodes().size(); ++i) {
      const bool reached =
          std::any_of(graph_.reach.begin(), graph_.reach.end(), [&](auto& r) { return r[i]; });
      if (!reached && !nodes()[i].from.empty()) {
        diagnostics_->error(nodes()[i].place,
                            fmt::format("node '{}': no source reaches it", nodes()[i].name));
      }
    }
    for (std::size_t s = 0; s < config_.sources.size(); ++s) {
      if (std::find(graph_.reach[s].begin(), graph_.reach[s].end(), true) == graph_.reach[s].end()) {
        diagnostics_->error(config_.sources[s].place,
                            fmt::format("source '{}' feeds no node", config_.sources[s].name));
      }
    }
  }

  void check_gates() {
    for (int i = 0; at(i) < nodes().size(); ++i) {
      if (is_gate(i) && !graph_.nodes[at(i)].inputs.empty()) {
        diagnostics_->error(
            nodes()[at(i)].place,
            fmt::format("node '{}': it drops duplicates, so only sources may feed it", nodes()[at(i)].name));
      }
    }
    for (std::size_t s = 0; s < config_.sources.size(); ++s) {
      int first = -1;
      for (int i = 0; at(i) < nodes().size(); ++i) {
        if (!is_gate(i) || !graph_.reach[s][at(i)]) continue;
        if (first >= 0) {
          diagnostics_->error(
              nodes()[at(i)].place,
              fmt::format("node '{}': the events of source '{}' pass node '{}' already, which "
                          "drops duplicates",
                          nodes()[at(i)].name, config_.sources[s].name, nodes()[at(first)].name));
        }
        first = i;
      }
    }
  }

  static std::string_view kind_name(SinkKind kind) {
    switch (kind) {
      case SinkKind::kAlerts:
        return "alerts";
      case SinkKind::kRisk:
        return "risk";
      case SinkKind::kDeadLetters:
        return "dead letters";
      case SinkKind::kRequests:
        return "requests";
      case SinkKind::kSegments:
        return "segments";
    }
    return "";
  }

  void check_sinks() {
    graph_.sinks.resize(nodes().size());
    for (std::size_t i = 0; i < config_.sinks.size(); ++i) {
      const SinkConfig& sink = config_.sinks[i];
      if (sink.kind == SinkKind::kDeadLetters) continue;
      const auto node = places_.find(sink.from);
      if (node == places_.end()) {
        diagnostics_->error(sink.place, fmt::format("sink '{}': there is no node '{}'{}", sink.name,
                                                    sink.from, did_you_mean(sink.from, node_names_)));
        continue;
      }
      graph_.sinks[at(node->second)].push_back(static_cast<int>(i));
      const Operator* op = operators_[at(node->second)].get();
      if (op != nullptr && !sink.lens.empty() && !op->has_lens(sink.lens)) {
        diagnostics_->error(sink.place, fmt::format("sink '{}': node '{}' has no lens '{}'", sink.name,
                                                    sink.from, sink.lens));
      }
      if (op != nullptr && !op->emits(sink.kind)) {
        diagnostics_->error(sink.place,
                            fmt::format("sink '{}': node '{}' ({}) emits no {}", sink.name, sink.from,
                                        nodes()[at(node->second)].op, kind_name(sink.kind)));
      }
    }
  }

  const Config& config_;
  const Operators& operators_;
  Diagnostics* diagnostics_;
  Graph graph_;
  std::map<std::string, SourceId, std::less<>> sources_;
  std::map<std::string, int, std::less<>> places_;
  std::vector<std::string> names_;       // sources and nodes
  std::vector<std::string> node_names_;  // nodes
};

}  // namespace

std::optional<Graph> resolve_graph(const Config& config, const Operators& operators,
                                   Diagnostics* diagnostics) {
  return Resolver(config, operators, diagnostics).run();
}

}  // namespace ebb
