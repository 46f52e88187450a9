// Metrics that belong to the process and not to the engine: how many tasks there are in all, and what became
// of the last reload.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/base/types.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace ebb::app {

// Thread-safety: any thread.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  explicit ProcessMetrics(std::int32_t partitions);

  // The config was read again: taken over, or wrong and left aside.
  void reloaded(bool taken_over);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::int32_t partitions_;
  std::atomic<bool> reload_ok_{true};
  std::atomic<TimeMs> loaded_at_ms_;  // wall clock; of the last config that was taken over
};

}  // namespace ebb::app
