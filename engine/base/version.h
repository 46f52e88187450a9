// The version of the program, from CMakeLists.txt.
#pragma once

#include <string>

namespace ebb {

std::string version();

}  // namespace ebb
