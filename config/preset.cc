#include "config/preset.h"

#include <memory>
#include <utility>

namespace ebb {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

Node scalar_node(const std::string& text) {
  auto data = std::make_shared<Node::Data>();
  data->kind = Node::Kind::kScalar;
  data->scalar = text;
  return Node(std::move(data));
}

Node settings_node(const Settings& settings) {
  auto data = std::make_shared<Node::Data>();
  data->kind = Node::Kind::kMap;
  data->also_known = {"from", "op"};
  for (const auto& [name, value] : settings) {
    data->fields.emplace_back(name, scalar_node(value));
    data->key_places.emplace_back();
  }
  return Node(std::move(data));
}

NodeConfig node(std::string name, const std::vector<std::string>& from, const Settings& settings = {}) {
  NodeConfig out;
  out.op = name;
  out.name = std::move(name);
  for (const std::string& input : from) out.from.emplace_back(input, Place{});
  if (!settings.empty()) out.params = settings_node(settings);
  return out;
}

// The node with one more section of parameters.
NodeConfig with(NodeConfig node, std::string section, Node settings) {
  auto data = std::make_shared<Node::Data>();
  data->kind = Node::Kind::kMap;
  data->also_known = {"from", "op"};
  data->fields.emplace_back(std::move(section), std::move(settings));
  data->key_places.emplace_back();
  node.params = Node(std::move(data));
  return node;
}

GraphConfig default_graph(const std::vector<std::string>& sources) {
  return {{node("dedupe", sources), node("value", {"dedupe"}), node("satisfaction", {"dedupe"}),
           node("churn_risk", {"value", "satisfaction"}), node("alert_policy", {"churn_risk"})}};
}

// All that Ebb can understand of a customer; docs/customer.md.
GraphConfig catalogue_graph(const std::vector<std::string>& sources) {
  return {{node("dedupe", sources), node("value", {"dedupe"}),
           node("satisfaction", {"dedupe"}, {{"depth", "full"}}), node("relationship", {"dedupe", "value"}),
           node("perceived_value", {"dedupe", "value"}), node("support", {"dedupe"}),
           node("product", {"dedupe"}), node("profile", {"dedupe"}),
           node("word_of_mouth", {"dedupe", "satisfaction"}),
           node("pricing", {"dedupe", "value", "satisfaction"}), node("breadth", {"dedupe", "satisfaction"}),
           node("loyalty", {"dedupe", "value", "satisfaction", "relationship", "perceived_value", "support",
                            "product", "word_of_mouth", "pricing", "breadth"}),
           node("churn_risk", {"value", "satisfaction", "relationship", "perceived_value", "support",
                               "product", "word_of_mouth", "pricing", "breadth", "loyalty", "profile"}),
           node("segments", {"dedupe", "churn_risk"}),
           with(node("alert_policy", {"churn_risk", "segments"}), "survey",
                settings_node({{"enabled", "false"}})),  // requests asks for them
           node("requests", {"churn_risk", "segments"})}};
}

}  // namespace

std::vector<std::string> preset_names() {
  return {"catalogue", std::string(kDefaultPreset)};
}

std::optional<GraphConfig> preset_graph(std::string_view name, const std::vector<SourceConfig>& sources) {
  std::vector<std::string> names;
  for (const SourceConfig& source : sources) names.push_back(source.name);
  if (name == kDefaultPreset) return default_graph(names);
  if (name == "catalogue") return catalogue_graph(names);
  return std::nullopt;
}

}  // namespace ebb
