// The effective config as YAML, for people and for `ebb check --show`.
#pragma once

#include <string>

#include "config/config.h"

namespace ebb {

// Every setting with its value, defaults included, in the file's own form: it parses back to the same config.
// Secrets stand as "***", and what came from the environment stands in operators' parameters as it was
// written. REQUIRES: the config was loaded without errors.
std::string describe(const Config& config);

}  // namespace ebb
