#include "engine/app/cli.h"

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "config/diagnostics.h"
#include "engine/app/cmd_report.h"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/base/version.h"

namespace ebb::app {
namespace {

constexpr const char* kExamples = R"(
Try it, with no broker and nothing else:
  ebb demo

Run it on your own events:
  ebb check ebb.yaml                      is the config right?
  ebb topics ebb.yaml --create            make the topics that it needs
  ebb run ebb.yaml                        watch the customers; a live page at http://127.0.0.1:8080
  ebb tail ebb.yaml alerts                see the alerts as they come

"ebb COMMAND --help" says more, with examples.
Exit codes: 0 done, 64 usage, 65 bad data, 69 something needed is not there, 70 a bug, 78 bad config.)";

// The parser's help without the validators' own descriptions in it.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(34); }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";
    if (option->get_positional() && option->get_type_name() == "TEXT") return "";  // its name says more
    // Validators add themselves behind a colon; HOST:PORT has one of its own.
    const std::string type = option->get_type_name();
    std::string text = " " + (type.starts_with("HOST:PORT") ? "HOST:PORT" : type.substr(0, type.find(':')));
    if (!option->get_default_str().empty()) text += " (" + option->get_default_str() + ")";
    if (option->get_required() && !option->get_positional()) text += " (needed)";
    return text;
  }
  // The library leaves a line before the footer already.
  std::string make_footer(const CLI::App* app) const override {
    const std::string footer = app->get_footer();
    return footer.empty() ? footer : footer.substr(footer.find_first_not_of('\n')) + "\n";
  }
};

void add_commands(CLI::App& app, Run* run) {
  add_demo(app, run);
  add_check(app, run);
  add_graph(app, run);
  add_topics(app, run);
  add_run(app, run);
  add_send(app, run);
  add_tail(app, run);
  add_resend(app, run);
  add_customer(app, run);
  add_replay(app, run);
  add_report(app, run);
  add_gen(app, run);
  add_verdict(app, run);
  add_fit(app, run);
  add_backtest(app, run);
  add_concepts(app, run);
}

// The command that was chosen, or the app itself.
const CLI::App& chosen(const CLI::App& app) {
  const auto subcommands = app.get_subcommands();
  return subcommands.empty() ? app : *subcommands.front();
}

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& at = chosen(app);
  const std::string name = &at == &app ? "ebb" : "ebb " + at.get_name();
  complain(error.what());
  complain("\"" + name + " --help\" shows how it is meant");
  return kExitUsage;
}

// A first word that is no command: the parser would only say that it expected none.
bool names_unknown_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == argv[1]) return false;
    names.push_back(command->get_name());
  }
  complain("there is no command \"" + std::string(argv[1]) + "\"" + suggest_name(argv[1], names, "commands"));
  return true;
}

int parse_and_run(int argc, const char* const* argv) {
  CLI::App app(
      "Ebb watches customers ebb away while there is still time to act: purchases, feedback and surveys in,\n"
      "alerts out that say who is about to leave, why, and how much is at stake.",
      "ebb");
  app.set_version_flag("--version", "ebb " + version(), "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(1);
  app.footer(kExamples);
  app.formatter(std::make_shared<HelpFormatter>());
  Run run;
  add_commands(app, &run);
  if (names_unknown_command(app, argc, argv)) return kExitUsage;
  if (argc < 2) {
    print(app.help());
    return kExitUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return kExitDone;
  } catch (const CLI::CallForVersion& version) {
    print(version.what() + std::string("\n"));
    return kExitDone;
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  }
  return run();
}

}  // namespace

void add_config_argument(CLI::App& command, std::string* path) {
  command.add_option("CONFIG", *path, "The config file")->required()->type_name("");
}

int run_cli(int argc, const char* const* argv) {
  try {
    const int code = parse_and_run(argc, argv);
    flush_output();
    return code;
  } catch (const std::exception& error) {
    complain(std::string("a bug of Ebb's: ") + error.what());
    return kExitBug;
  }
}

}  // namespace ebb::app
