#include "engine/app/graph_text.h"

#include <algorithm>
#include <vector>

#include "fmt/format.h"

namespace ebb::app {
namespace {

bool is_source(const Config& config, const std::string& name) {
  return std::any_of(config.sources.begin(), config.sources.end(),
                     [&name](const SourceConfig& s) { return s.name == name; });
}

class Tree {
 public:
  Tree(const Config& config, const Topology& topology) : config_(config), nodes_(topology.nodes()) {}

  std::string text() {
    for (const SourceConfig& source : config_.sources) {
      out_ += fmt::format("{}  (topic {})\n", source.name, source.topic);
      const std::vector<const NodeInfo*> children = first_fed_by(source.name);
      for (std::size_t i = 0; i < children.size(); ++i) add(*children[i], "", i + 1 == children.size());
    }
    for (const SinkConfig& sink : config_.sinks) {
      if (sink.kind == SinkKind::kDeadLetters) {
        out_ += fmt::format("what can't be used ─▶ {}  (topic {})\n", sink.name, sink.topic);
      }
    }
    return std::move(out_);
  }

 private:
  std::vector<const NodeInfo*> first_fed_by(const std::string& name) const {
    std::vector<const NodeInfo*> out;
    for (const NodeInfo& node : nodes_) {
      if (!node.from.empty() && node.from.front() == name) out.push_back(&node);
    }
    return out;
  }

  void add(const NodeInfo& node, const std::string& indent, bool last) {
    out_ += indent + (last ? "└─ " : "├─ ") + node.name;
    if (node.op != node.name) out_ += fmt::format(" ({})", node.op);
    if (node.from.size() > 1) {
      std::vector<std::string> others;
      for (std::size_t i = 1; i < node.from.size(); ++i) others.push_back(node.from[i]);
      out_ += fmt::format("  ◀ {}", fmt::join(others, ", "));
    }
    out_ += '\n';
    const std::string below = indent + (last ? "   " : "│  ");
    const std::vector<const NodeInfo*> children = first_fed_by(node.name);
    for (std::size_t i = 0; i < node.sinks.size(); ++i) {
      const SinkConfig& sink = config_.sinks[static_cast<std::size_t>(node.sinks[i])];
      const bool end = i + 1 == node.sinks.size() && children.empty();
      out_ += fmt::format("{}{}▶ {}  (topic {})\n", below, end ? "└─" : "├─", sink.name, sink.topic);
    }
    for (std::size_t i = 0; i < children.size(); ++i) add(*children[i], below, i + 1 == children.size());
  }

  const Config& config_;
  const std::vector<NodeInfo>& nodes_;
  std::string out_;
};

// Names hold letters, digits, '_', '-' and '.' only, so they need quotes but no escapes.
std::string topic_shape(const std::string& id, const std::string& topic) {
  return fmt::format("  \"{}\" [shape=cylinder, label=\"{}\"];\n", id, topic);
}

}  // namespace

std::string graph_text(const Config& config, const Topology& topology) {
  return Tree(config, topology).text();
}

std::string graph_dot(const Config& config, const Topology& topology) {
  std::string out = fmt::format("digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box];\n", config.name);
  for (const SourceConfig& s : config.sources) out += topic_shape("source " + s.name, s.topic);
  for (const SinkConfig& s : config.sinks) out += topic_shape("sink " + s.name, s.topic);
  for (const NodeInfo& node : topology.nodes()) {
    out += fmt::format("  \"{}\" [label=\"{}\"];\n", node.name,
                       node.op == node.name ? node.name : node.name + "\\n" + node.op);
    for (const std::string& from : node.from) {
      out +=
          fmt::format("  \"{}{}\" -> \"{}\";\n", is_source(config, from) ? "source " : "", from, node.name);
    }
    for (const int sink : node.sinks) {
      out += fmt::format("  \"{}\" -> \"sink {}\";\n", node.name,
                         config.sinks[static_cast<std::size_t>(sink)].name);
    }
  }
  return out + "}\n";
}

}  // namespace ebb::app
