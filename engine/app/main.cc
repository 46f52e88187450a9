#include <csignal>

#include "engine/app/cli.h"

int main(int argc, char** argv) {
  // A reader that goes away is seen where it is written to, not by dying.
  std::signal(SIGPIPE, SIG_IGN);
  return ebb::app::run_cli(argc, argv);
}
