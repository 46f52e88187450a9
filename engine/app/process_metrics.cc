#include "engine/app/process_metrics.h"

#include <string>

#include "engine/base/clock.h"

namespace ebb::app {
namespace {

prometheus::MetricFamily gauge(std::string name, std::string help, double value) {
  prometheus::MetricFamily family;
  family.type = prometheus::MetricType::Gauge;
  family.name = std::move(name);
  family.help = std::move(help);
  family.metric.emplace_back().gauge.value = value;
  return family;
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::int32_t partitions)
    : partitions_(partitions), loaded_at_ms_(system_clock().wall_ms()) {}

void ProcessMetrics::reloaded(bool taken_over) {
  reload_ok_ = taken_over;
  if (taken_over) loaded_at_ms_ = system_clock().wall_ms();
}

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  return {gauge("ebb_partitions", "Tasks that there are, over all instances.", partitions_),
          gauge("ebb_config_last_reload_successful", "1 unless the config was wrong when it was read last.",
                reload_ok_ ? 1 : 0),
          gauge("ebb_config_last_reload_success_timestamp_seconds",
                "When a config was taken over last, the start included.",
                static_cast<double>(loaded_at_ms_) / 1000)};
}

}  // namespace ebb::app
