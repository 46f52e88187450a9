// The text of /metrics.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Collectable;
}

namespace ebb {

// Asks all of them and writes what they say in Prometheus' text format. Those that are gone are left out.
std::string metrics_text(const std::vector<std::weak_ptr<prometheus::Collectable>>& collectables);

}  // namespace ebb
