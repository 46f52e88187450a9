// ${NAME} in scalars of the config file.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace ebb {

// Replaces ${NAME} and ${NAME:-default} (used when NAME is unset or empty, as in a shell) by the
// environment's values and $$ by one dollar; any other dollar stays. What was put in is not looked at again.
// kInvalid: NAME is unset and has no default, or the braces hold no name. The message holds no value.
Result<std::string> interpolate(std::string_view text);

}  // namespace ebb
