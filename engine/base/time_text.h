// Times as people and JSON write them.
#pragma once

#include <string>

#include "engine/base/types.h"

namespace ebb {

// RFC 3339 in UTC with milliseconds only where there are some: 2026-03-14T09:26:53Z. Times outside the years
// 0000 to 9999 come as a plain number of milliseconds.
std::string time_text(TimeMs t);
// The date alone: 2026-03-14.
std::string date_text(TimeMs t);

}  // namespace ebb
