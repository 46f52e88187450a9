// The commands of `ebb`: each adds itself to the parser and says what to run if it was chosen.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace ebb::app {

// What the chosen command does after parsing; returns an ExitCode. Commands write their own messages.
using Run = std::function<int()>;

// Each: REQUIRES that *run outlives the parsing.
void add_gen(CLI::App& app, Run* run);

}  // namespace ebb::app
