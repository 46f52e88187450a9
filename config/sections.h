// The loader's parts, one function for each section of the file. For load.cc only. Each takes the section's
// node as it stands (null when absent), fills in its own defaults and reports what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "config/node.h"

namespace ebb {

LogConfig load_log(const Node& node, const std::string& config_name, Diagnostics* diagnostics);
// The user's properties of the Kafka clients; secrets are read from their files.
std::vector<std::pair<std::string, std::string>> load_client(const Node& node, Diagnostics* diagnostics);

std::vector<SourceConfig> load_sources(const Node& node, const std::string& config_name,
                                       Diagnostics* diagnostics);
// Absent or empty: the default graph over the sources. A name: the preset of that name (preset.h). A mapping
// with `preset`: that one with what the other keys say otherwise, or add.
GraphConfig load_graph(const Node& node, const std::vector<SourceConfig>& sources, Diagnostics* diagnostics);
// Absent or empty: alerts and risk of the graph's only alert_policy. There is one dead_letters sink always.
std::vector<SinkConfig> load_sinks(const Node& node, const GraphConfig& graph, const std::string& config_name,
                                   Diagnostics* diagnostics);

TimeConfig load_time(const Node& node, Diagnostics* diagnostics);
MoneyConfig load_money(const Node& node, Diagnostics* diagnostics);
EngineConfig load_engine(const Node& node, Diagnostics* diagnostics);
StateConfig load_state(const Node& node, const std::string& config_name, Diagnostics* diagnostics);
HttpConfig load_http(const Node& node, Diagnostics* diagnostics);
LoggingConfig load_logging(const Node& node, Diagnostics* diagnostics);

// Reads a topic's name; what is no name that Kafka takes is reported.
std::string read_topic(FieldReader* reader, std::string_view field, std::string otherwise);

}  // namespace ebb
