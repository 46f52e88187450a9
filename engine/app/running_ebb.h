// The ebb that runs at an address: is it the one that this config means?
#pragma once

#include <string>

#include "config/config.h"
#include "engine/base/status.h"

namespace ebb::app {

// kUnavailable: nobody answers at host:port, or it is an ebb with another config's name.
Status find_running_ebb(const std::string& address, const Config& config);

}  // namespace ebb::app
