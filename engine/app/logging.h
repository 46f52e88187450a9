// Sets up the log: one line a message on stderr, as logfmt or JSON.
#pragma once

namespace ebb {
struct LoggingConfig;
}

namespace ebb::app {

// From now on spdlog's default logger writes as configured. The first call comes before any other thread
// logs; later ones change the level or the format, while others log or not.
void set_up_logging(const LoggingConfig& config);

// For commands that a person waits for: errors only; what fails is told by the command itself.
void set_up_tool_logging();

}  // namespace ebb::app
