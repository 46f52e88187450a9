// The commands of `ebb`: each adds itself to the parser and says what to run if it was chosen.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace ebb::app {

// What the chosen command does after parsing; returns an ExitCode. Commands write their own messages.
using Run = std::function<int()>;

// Each: REQUIRES that *run outlives the parsing.
void add_backtest(CLI::App& app, Run* run);
void add_check(CLI::App& app, Run* run);
void add_concepts(CLI::App& app, Run* run);
void add_customer(CLI::App& app, Run* run);
void add_demo(CLI::App& app, Run* run);
void add_fit(CLI::App& app, Run* run);
void add_gen(CLI::App& app, Run* run);
void add_graph(CLI::App& app, Run* run);
void add_replay(CLI::App& app, Run* run);
void add_resend(CLI::App& app, Run* run);
void add_run(CLI::App& app, Run* run);
void add_send(CLI::App& app, Run* run);
void add_tail(CLI::App& app, Run* run);
void add_topics(CLI::App& app, Run* run);
void add_verdict(CLI::App& app, Run* run);

// The argument CONFIG, the same for all commands that take one.
void add_config_argument(CLI::App& command, std::string* path);

}  // namespace ebb::app
