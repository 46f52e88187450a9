// What is known of a customer, in words and numbers.
#pragma once

#include <string>
#include <string_view>

#include "engine/app/console.h"
#include "nlohmann/json_fwd.hpp"

namespace ebb::app {

// view: as GET /v1/customers/ID answers. currency: that measures in minor units are in.
std::string customer_text(const nlohmann::ordered_json& view, std::string_view currency,
                          const Painter& painter);

}  // namespace ebb::app
