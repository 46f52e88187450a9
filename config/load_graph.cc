#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "config/files.h"
#include "config/preset.h"
#include "config/scalars.h"
#include "config/sections.h"
#include "config/yaml.h"
#include "engine/base/hash.h"

namespace ebb {

namespace {

constexpr std::string_view kNameRule = "expected 1 to 64 lower-case letters, digits, '_' or '-'";
constexpr std::string_view kPolicy = "alert_policy";
constexpr std::string_view kDeadLetters = "dead_letters";
const std::vector<std::string_view> kSinkKinds = {"alerts", "risk", "dead_letters", "requests",
                                                  "segments"};  // as in SinkKind

bool is_name(std::string_view name) {
  const bool lower = std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return lower && is_word(name, "_-", 64);
}

void check_name(std::string_view section, const std::string& name, Place place, Diagnostics* diagnostics) {
  if (is_name(name)) return;
  diagnostics->error(place, fmt::format("{}: '{}' is no name; {}", section, name, kNameRule));
}

bool expect_mapping(std::string_view section, const Node& node, Diagnostics* diagnostics) {
  if (node.kind() == Node::Kind::kMap) return true;
  if (!node.is_broken() && node.kind() != Node::Kind::kNull) {
    diagnostics->error(node.place(),
                       fmt::format("{}: expected a mapping (name: ...), found {}", section, node.describe()));
  }
  return false;
}

// ---- graph --------------------------------------------------------------------------------------------

// The mapping without what the loader itself reads; the operator reads the rest.
Node without_edges(const Node& node) {
  auto rest = std::make_shared<Node::Data>();
  rest->kind = Node::Kind::kMap;
  rest->place = node.place();
  rest->also_known = {"from", "op"};
  for (std::size_t i = 0; i < node.fields().size(); ++i) {
    const auto& field = node.fields()[i];
    if (field.first == "op" || field.first == "from") continue;
    rest->fields.push_back(field);
    rest->key_places.push_back(node.key_place(i));
  }
  return Node(std::move(rest));
}

std::vector<std::pair<std::string, Place>> read_from(FieldReader* reader, Diagnostics* diagnostics,
                                                     const std::string& what) {
  auto from = reader->names("from");
  std::set<std::string> seen;
  for (const auto& [name, place] : from) {
    if (!seen.insert(name).second)
      diagnostics->error(place, fmt::format("{}.from: '{}' is there twice", what, name));
  }
  return from;
}

constexpr std::size_t kLargestModel = 1u << 20;

// Reads the file that a node's `model` names. Faults of its YAML are told at the key.
ModelFile load_model(const Node& node, const std::string& what, Diagnostics* diagnostics) {
  ModelFile model;
  const auto& fields = node.fields();
  const auto field = std::find_if(fields.begin(), fields.end(), [](auto& f) { return f.first == "model"; });
  if (field == fields.end() || field->second.kind() != Node::Kind::kScalar) return model;
  const Place place = field->second.place();
  auto text = read_file(field->second.scalar(), kLargestModel);
  if (!text) {
    diagnostics->error(place, fmt::format("{}.model: can't read {}: {}", what, field->second.describe(),
                                          text.status().message()));
    return model;
  }
  Diagnostics faults;
  model.root = parse_yaml(*text, &faults);
  for (const Diagnostic& fault : faults.errors()) {
    diagnostics->error(place, fmt::format("{}.model: line {}, column {}: {}", what, fault.place.line,
                                          fault.place.column, fault.message));
  }
  if (!faults.ok()) return model;
  model.path = field->second.scalar();
  model.digest = fmt::format("{:08x}", static_cast<std::uint32_t>(stable_hash(*text)));
  return model;
}

NodeConfig load_node(const std::string& name, Place place, const Node& node, Diagnostics* diagnostics) {
  check_name("graph", name, place, diagnostics);
  NodeConfig out;
  out.name = name;
  out.place = place;
  out.op = name;
  const std::string what = "graph." + name;
  if (node.kind() == Node::Kind::kScalar || node.kind() == Node::Kind::kList) {
    if (!node.is_broken()) {
      diagnostics->error(
          node.place(),
          fmt::format("{}: expected a mapping such as {{from: dedupe}}, found {}", what, node.describe()));
    }
    return out;
  }
  // Parameters are the operator's to check, so this reader sees a mapping of edges only.
  auto edges = std::make_shared<Node::Data>();
  edges->kind = Node::Kind::kMap;
  edges->place = place;
  for (std::size_t i = 0; i < node.fields().size(); ++i) {
    const auto& field = node.fields()[i];
    if (field.first != "op" && field.first != "from") continue;
    edges->fields.push_back(field);
    edges->key_places.push_back(node.key_place(i));
  }
  FieldReader reader(Node(std::move(edges)), what, diagnostics);
  out.op = reader.text("op", name);
  if (reader.has("from")) {
    out.from = read_from(&reader, diagnostics, what);
  } else {
    reader.error("from", "missing; expected the names of sources or nodes");
  }
  out.params = without_edges(node);
  out.model = load_model(node, what, diagnostics);
  return out;
}

// Of a preset's node only what the file says otherwise is written: parameters one by one, `from` as a whole.
void override_node(const std::string& name, Place place, const Node& node, NodeConfig* base,
                   Diagnostics* diagnostics) {
  if (!expect_mapping("graph." + name, node, diagnostics)) return;
  auto params = std::make_shared<Node::Data>();
  params->kind = Node::Kind::kMap;
  params->place = node.place();
  params->also_known = {"from", "op"};
  const auto add = [&](const std::pair<std::string, Node>& field, Place key_place) {
    params->fields.push_back(field);
    params->key_places.push_back(key_place);
  };
  const auto written = [&](std::string_view field) {
    return std::any_of(node.fields().begin(), node.fields().end(),
                       [&](const auto& f) { return f.first == field; });
  };
  for (const auto& field : base->params.fields()) {
    if (!written(field.first)) add(field, Place{});
  }
  for (std::size_t i = 0; i < node.fields().size(); ++i) {
    const std::string& field = node.fields()[i].first;
    if (field == "op") {
      diagnostics->error(node.key_place(i),
                         fmt::format("graph.{}.op: the preset says which operator it is", name));
    } else if (field != "from") {
      add(node.fields()[i], node.key_place(i));
    }
  }
  if (written("from")) base->from = load_node(name, place, node, diagnostics).from;
  base->params = Node(std::move(params));
  base->model = load_model(node, "graph." + name, diagnostics);
  base->place = place;
}

GraphConfig load_preset(const Node& preset, const std::vector<SourceConfig>& sources,
                        Diagnostics* diagnostics) {
  if (std::optional<GraphConfig> graph = preset_graph(preset.scalar(), sources)) return *std::move(graph);
  if (!preset.is_broken()) {
    diagnostics->error(preset.place(), fmt::format("graph: there is no preset {}; expected {}, or nodes",
                                                   preset.describe(), fmt::join(preset_names(), ", ")));
  }
  return *preset_graph(kDefaultPreset, sources);
}

const Node* written_preset(const Node& graph) {
  for (const auto& [name, value] : graph.fields()) {
    if (name == "preset" && value.kind() == Node::Kind::kScalar) return &value;
  }
  return nullptr;
}

// ---- sinks --------------------------------------------------------------------------------------------

// The operator whose messages a sink of this kind takes.
std::string_view operator_of(SinkKind kind) {
  if (kind == SinkKind::kRequests) return "requests";
  if (kind == SinkKind::kSegments) return "segments";
  return kPolicy;
}

std::string only_node(const GraphConfig& graph, std::string_view op) {
  std::string found;
  for (const NodeConfig& node : graph.nodes) {
    if (node.op != op) continue;
    if (!found.empty()) return {};
    found = node.name;
  }
  return found;
}

std::optional<std::size_t> kind_of_name(std::string_view name) {
  const auto found = std::find(kSinkKinds.begin(), kSinkKinds.end(), name);
  if (found == kSinkKinds.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kSinkKinds.begin());
}

SinkConfig default_sink(SinkKind kind, const std::string& from, const std::string& config_name) {
  SinkConfig sink;
  sink.name = kSinkKinds[static_cast<std::size_t>(kind)];
  sink.kind = kind;
  sink.topic = config_name + "." + sink.name;
  sink.from = from;
  return sink;
}

SinkKind read_kind(FieldReader* reader, const std::string& name) {
  const auto own = kind_of_name(name);
  const std::size_t kind = reader->choice("kind", kSinkKinds, own.value_or(0));
  if (!own && !reader->has("kind")) {
    reader->error("kind", fmt::format("missing; expected one of {} (only sinks with these names need none)",
                                      fmt::join(kSinkKinds, ", ")));
  }
  if (name == kDeadLetters && kind != static_cast<std::size_t>(SinkKind::kDeadLetters)) {
    reader->error("kind", "a sink with this name must be of kind dead_letters");
    return SinkKind::kDeadLetters;
  }
  return static_cast<SinkKind>(kind);
}

std::string read_sink_from(FieldReader* reader, SinkKind kind, const GraphConfig& graph) {
  if (kind == SinkKind::kDeadLetters) {
    if (reader->has("from")) reader->error("from", "dead letters come from the engine, not from a node");
    return {};
  }
  const std::string_view op = operator_of(kind);
  const std::string node = only_node(graph, op);
  if (!reader->has("from") && node.empty()) {
    reader->error("from",
                  fmt::format("missing; expected a node's name (there is no single {} to take it from)", op));
  }
  return reader->text("from", node);
}

SinkConfig load_sink(const std::string& name, Place place, const Node& node, const GraphConfig& graph,
                     const std::string& config_name, Diagnostics* diagnostics) {
  check_name("sinks", name, place, diagnostics);
  FieldReader reader(node, "sinks." + name, diagnostics);
  SinkConfig sink;
  sink.name = name;
  sink.place = place;
  sink.kind = read_kind(&reader, name);
  sink.topic = read_topic(&reader, "topic", config_name + "." + name);
  sink.from = read_sink_from(&reader, sink.kind, graph);
  sink.format = static_cast<SinkFormat>(reader.choice("format", {"protobuf", "json"}, 0));
  sink.lens = reader.text("lens", "");
  if (!sink.lens.empty() && sink.kind != SinkKind::kAlerts) {
    reader.error("lens", "only alerts are told by a lens");
  }
  return sink;
}

void ensure_dead_letters(std::vector<SinkConfig>* sinks, const std::string& config_name,
                         Diagnostics* diagnostics) {
  const SinkConfig* first = nullptr;
  for (const SinkConfig& sink : *sinks) {
    if (sink.kind != SinkKind::kDeadLetters) continue;
    if (first) {
      diagnostics->error(
          sink.place, fmt::format("sinks.{}: dead letters go to one sink, and '{}' is one already", sink.name,
                                  first->name));
    } else {
      first = &sink;
    }
  }
  if (!first) sinks->push_back(default_sink(SinkKind::kDeadLetters, "", config_name));
}

}  // namespace

std::vector<SourceConfig> load_sources(const Node& node, const std::string& config_name,
                                       Diagnostics* diagnostics) {
  std::vector<SourceConfig> sources;
  const bool nothing =
      node.kind() == Node::Kind::kNull || (node.kind() == Node::Kind::kMap && node.fields().empty());
  if (nothing) diagnostics->error(node.place(), "sources: expected at least one source, found none");
  if (!expect_mapping("sources", node, diagnostics)) return sources;
  for (std::size_t i = 0; i < node.fields().size(); ++i) {
    const auto& [name, fields] = node.fields()[i];
    check_name("sources", name, node.key_place(i), diagnostics);
    FieldReader reader(fields, "sources." + name, diagnostics);
    SourceConfig source;
    source.name = name;
    source.place = node.key_place(i);
    source.topic = read_topic(&reader, "topic", config_name + "." + name);
    source.format = static_cast<EventFormat>(
        reader.choice("format", {"auto", "protobuf", "confluent", "json", "cloudevents"}, 0));
    sources.push_back(std::move(source));
  }
  return sources;
}

GraphConfig load_graph(const Node& node, const std::vector<SourceConfig>& sources, Diagnostics* diagnostics) {
  if (node.kind() == Node::Kind::kScalar) return load_preset(node, sources, diagnostics);
  if (!expect_mapping("graph", node, diagnostics) || node.fields().empty()) {
    return *preset_graph(kDefaultPreset, sources);
  }
  GraphConfig graph;
  const Node* preset = written_preset(node);
  if (preset != nullptr) graph = load_preset(*preset, sources, diagnostics);
  for (std::size_t i = 0; i < node.fields().size(); ++i) {
    const auto& [name, fields] = node.fields()[i];
    if (&fields == preset) continue;
    const auto base = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                   [&name = name](const NodeConfig& n) { return n.name == name; });
    if (preset != nullptr && base != graph.nodes.end()) {
      override_node(name, node.key_place(i), fields, &*base, diagnostics);
    } else {
      graph.nodes.push_back(load_node(name, node.key_place(i), fields, diagnostics));
    }
  }
  return graph;
}

std::vector<SinkConfig> load_sinks(const Node& node, const GraphConfig& graph, const std::string& config_name,
                                   Diagnostics* diagnostics) {
  std::vector<SinkConfig> sinks;
  if (!expect_mapping("sinks", node, diagnostics) || node.fields().empty()) {
    const std::string policy = only_node(graph, kPolicy);
    if (policy.empty()) {
      const Place place = graph.nodes.empty() ? node.place() : graph.nodes.front().place;
      diagnostics->error(place,
                         "sinks: missing; the graph has no single alert_policy to take alerts and risk from");
    }
    sinks = {default_sink(SinkKind::kAlerts, policy, config_name),
             default_sink(SinkKind::kRisk, policy, config_name)};
    for (const SinkKind kind : {SinkKind::kRequests, SinkKind::kSegments}) {
      const std::string from = only_node(graph, operator_of(kind));
      if (!from.empty()) sinks.push_back(default_sink(kind, from, config_name));
    }
  }
  for (std::size_t i = 0; i < node.fields().size(); ++i) {
    const auto& [name, fields] = node.fields()[i];
    sinks.push_back(load_sink(name, node.key_place(i), fields, graph, config_name, diagnostics));
  }
  ensure_dead_letters(&sinks, config_name, diagnostics);
  return sinks;
}

}  // namespace ebb
