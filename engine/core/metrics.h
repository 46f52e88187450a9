// What an instance says of itself to Prometheus. The names are an API: docs/metrics.md lists them.
#pragma once

#include <memory>

#include "config/config.h"
#include "engine/base/clock.h"

namespace prometheus {
class Collectable;
}

namespace ebb {

class Instance;

// Asks the instance at each scrape; the hot path knows nothing of it. All arguments outlive the result.
std::shared_ptr<prometheus::Collectable> make_instance_metrics(const Instance* instance, const Config* config,
                                                               const Clock* clock);

}  // namespace ebb
