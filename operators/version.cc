#include "operators/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/config.h"
#include "engine/base/hash.h"
#include "operators/topology.h"

namespace ebb {
namespace {

// Length first, so that no two texts run together to the same.
void append(std::string& out, std::string_view text) {
  out += fmt::format("{}:{},", text.size(), text);
}

void append(std::string& out, const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kNull:
      out += "~,";
      return;
    case Node::Kind::kScalar:
      append(out, node.scalar());
      return;
    case Node::Kind::kList:
      out += '[';
      for (const Node& item : node.items()) append(out, item);
      out += ']';
      return;
    case Node::Kind::kMap: {
      std::vector<std::pair<std::string, Node>> fields = node.fields();
      std::sort(fields.begin(), fields.end(), [](auto& a, auto& b) { return a.first < b.first; });
      out += '{';
      for (const auto& [name, value] : fields) {
        append(out, name);
        append(out, value);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

std::string graph_version(const Config& config, const std::vector<NodeInfo>& nodes) {
  std::string text;
  for (const NodeInfo& info : nodes) {
    append(text, info.name);
    append(text, info.op);
    append(text, info.model_version);
    for (const std::string& from : info.from) append(text, from);
    for (const NodeConfig& node : config.graph.nodes) {
      if (node.name == info.name) append(text, node.params);
    }
    text += ';';
  }
  append(text, config.money.currency);
  auto rates = config.money.rates_micro;
  std::sort(rates.begin(), rates.end());
  for (const auto& [currency, rate] : rates) append(text, fmt::format("{}={}", currency, rate));
  return fmt::format("{:016x}", stable_hash(text));
}

}  // namespace ebb
