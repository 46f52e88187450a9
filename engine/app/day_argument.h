// A day given on the command line.
#pragma once

#include <string>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb::app {

// A date such as 1997-09-30: the beginning of that day (UTC). Errors: kInvalid, naming the option.
Status parse_day(const std::string& option, const std::string& text, TimeMs* begin_ms);

}  // namespace ebb::app
