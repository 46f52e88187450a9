// From YAML text to Nodes. yaml.cc is the only file that knows the YAML library.
#pragma once

#include <string>

#include "config/diagnostics.h"
#include "config/node.h"

namespace ebb {

// Parses one document and fills in the environment's values (environment.h). Syntax errors, duplicate keys,
// keys that are no scalars, tags and unset variables go to the diagnostics with their places; after a syntax
// error the node is null. Aliases share the anchor's node, and so its places.
Node parse_yaml(const std::string& text, Diagnostics* diagnostics);

}  // namespace ebb
