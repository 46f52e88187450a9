// ebb concepts: what Ebb understands of a customer, and where it is found.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "engine/app/command.h"
#include "engine/app/concepts.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

struct Options {
  bool json = false;
};

std::string as_text() {
  std::string out;
  for (const Concept& c : concepts()) {
    out += fmt::format("{:<4} {}\n", c.row, c.name);
    const auto line = [&](std::string_view what, std::string_view text) {
      if (!text.empty()) out += fmt::format("     {:<7} {}\n", what, text);
    };
    line("config", c.config);
    line("alert", c.says);
    line("report", c.report);
    line("test", c.tests);
    line("missing", c.note);
  }
  return out;
}

std::string as_json() {
  auto rows = nlohmann::ordered_json::array();
  for (const Concept& c : concepts()) {
    rows.push_back({{"row", c.row},
                    {"name", c.name},
                    {"config", c.config},
                    {"alert", c.says},
                    {"report", c.report},
                    {"tests", c.tests},
                    {"missing", c.note}});
  }
  return rows.dump(1) + "\n";
}

}  // namespace

void add_concepts(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "concepts", "List what Ebb understands of a customer: where in config, alert and report");
  command->add_flag("--json", options->json, "As JSON");
  command->footer(R"(
The 45 rows of the catalogue: V value to the customer, S satisfaction, C complaints and listening, L loyalty,
W worth. "alert" names reasons, measures and flags: on alerts, in the risk table, in "ebb customer". "test"
names the test that shows it. Formulas: docs/customer.md.

Examples:
  ebb concepts
  ebb concepts --json)");
  command->callback([options, run] {
    *run = [options] {
      print(options->json ? as_json() : as_text());
      return static_cast<int>(kExitDone);
    };
  });
}

}  // namespace ebb::app
