// From the command line to an exit code.
#pragma once

namespace ebb::app {

// Parses and runs. Messages for a person go to stderr, help and version to stdout.
int run_cli(int argc, const char* const* argv);

}  // namespace ebb::app
