// docs/config.md names every key that the loader knows and no other, and its defaults are the real ones.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "config/client_properties.h"
#include "config/describe.h"
#include "tests/config/testing.h"

namespace ebb {
namespace {

constexpr char kUnknown[] = "zzzzzzzzzzzzzzzz";

struct Row {
  std::string key;
  std::string fallback;  // the cell of the default
};

std::vector<std::string> lines_of_docs() {
  std::ifstream file(EBB_CONFIG_DOCS);
  EXPECT_TRUE(file) << EBB_CONFIG_DOCS;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The tables with "key" and "default" by their heading, up to the operators' part.
std::map<std::string, std::vector<Row>> documented() {
  const std::regex heading("^##+ (.*)$");
  const std::regex row(R"(^\| `([^`]+)` \|[^|]*\| ?([^|]*) ?\|.*\|$)");
  std::map<std::string, std::vector<Row>> sections;
  std::string section;
  for (const std::string& line : lines_of_docs()) {
    std::smatch match;
    if (std::regex_match(line, match, heading)) section = match[1];
    if (section == "Operators") break;
    if (std::regex_match(line, match, row)) sections[section].push_back({match[1], match[2]});
  }
  return sections;
}

// A right file with one more line in the section.
std::string file_with(const std::string& section, const std::string& line) {
  const std::string kafka =
      "name: shop\nsources: {purchases: }\nlog: {kafka: {brokers: b:9092, " + line + "}}\n";
  const std::string log = "name: shop\nsources: {purchases: }\nlog: {embedded: , " + line + "}\n";
  const std::string embedded = "name: shop\nsources: {purchases: }\nlog: {embedded: {" + line + "}}\n";
  const std::string sources = "name: shop\nlog: {embedded: }\nsources: {purchases: {" + line + "}}\n";
  if (section == "Top level") return short_config(line + "\n");
  if (section == "log") return log;
  if (section == "log.kafka") return kafka;
  if (section == "log.embedded") return embedded;
  if (section == "sources") return sources;
  if (section == "sinks") return short_config("sinks: {alerts: {" + line + "}}\n");
  if (section == "graph") return short_config("graph: {alert_policy: {from: purchases, " + line + "}}\n");
  return short_config(section + ": {" + line + "}\n");
}

// What the loader says it knows when it meets an unknown key.
std::set<std::string> known_keys(const std::string& section) {
  const std::string text = file_with(section, std::string(kUnknown) + ": 1");
  std::string message;
  if (section == "graph") {  // a node's further keys are the operator's
    Diagnostics diagnostics;
    { FieldReader(load_ok(text).graph.nodes[0].params, "it", &diagnostics).finish(); }
    message = diagnostics.to_string("");
  } else {
    message = errors_of(text);
  }
  const std::string marker = "known keys: ";
  const std::size_t begin = message.find(marker);
  EXPECT_NE(begin, std::string::npos) << section << ": " << message;
  if (begin == std::string::npos) return {};
  std::istringstream names(message.substr(begin + marker.size()));  // a, b, c
  std::set<std::string> keys;
  for (std::string name; names >> name;) keys.insert(name.substr(0, name.find(',')));
  return keys;
}

TEST(Docs, HaveEverySection) {
  std::set<std::string> sections;
  for (const auto& [section, rows] : documented()) sections.insert(section);
  std::set<std::string> expected = {"Top level", "log.kafka", "log.embedded"};
  for (const std::string& key : known_keys("Top level")) {
    if (key != "name" && key != "partitions") expected.insert(key);
  }
  EXPECT_EQ(sections, expected);
}

TEST(Docs, NameTheKeysThatTheLoaderKnows) {
  for (const auto& [section, rows] : documented()) {
    std::set<std::string> keys;
    for (const Row& row : rows) EXPECT_TRUE(keys.insert(row.key).second) << section << "." << row.key;
    EXPECT_EQ(keys, known_keys(section)) << section;
  }
}

TEST(Docs, GiveTheRealDefaults) {
  const std::regex literal("^`([^`]+)` *$");
  int checked = 0;
  for (const auto& [section, rows] : documented()) {
    for (const Row& row : rows) {
      std::smatch match;
      if (!std::regex_match(row.fallback, match, literal)) continue;
      std::string value = match[1];
      for (const auto& [placeholder, word] :
           {std::pair("NAME", "shop"), std::pair("<source>", "purchases"), std::pair("<sink>", "alerts")}) {
        value = std::regex_replace(value, std::regex(placeholder), word);
      }
      EXPECT_EQ(describe(load_ok(file_with(section, row.key + ": " + value))),
                describe(load_ok(file_with(section, ""))))
          << section << "." << row.key;
      ++checked;
    }
  }
  EXPECT_GT(checked, 30);
}

TEST(Docs, BeginWithAWholeConfig) {
  std::string example;
  bool inside = false;
  for (const std::string& line : lines_of_docs()) {
    if (inside && line == "```") break;
    if (inside) example += line + "\n";
    if (line == "```yaml") inside = true;
  }
  EXPECT_EQ(load_ok(example).sources.size(), 2u);
}

TEST(Docs, NameTheClientProperties) {
  std::set<std::string> documented_names;
  bool inside = false;
  const std::regex name("`([^`]+)`( \\(secret\\))?");
  for (const std::string& line : lines_of_docs()) {
    if (line.rfind("#", 0) == 0) inside = line == "### log.kafka.client";
    if (!inside || line.rfind("| ", 0) != 0) continue;
    for (std::sregex_iterator it(line.begin(), line.end(), name), end; it != end; ++it) {
      EXPECT_TRUE(documented_names.insert((*it)[1].str() + (*it)[2].str()).second) << (*it)[1];
    }
  }
  std::set<std::string> known;
  for (const ClientProperty& property : client_properties()) {
    const bool secret = property.type == ClientProperty::Type::kSecret;
    known.insert(std::string(property.name) + (secret ? " (secret)" : ""));
  }
  EXPECT_EQ(documented_names, known);
}

}  // namespace
}  // namespace ebb
