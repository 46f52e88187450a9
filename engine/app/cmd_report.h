// ebb report.
#pragma once

#include "engine/app/command.h"

namespace ebb::app {

// As the others in command.h.
void add_report(CLI::App& app, Run* run);

}  // namespace ebb::app
