#include "engine/http/sse.h"

#include <algorithm>
#include <utility>

#include "engine/base/clock.h"
#include "spdlog/spdlog.h"

namespace ebb {

std::string sse_event(const StreamedAlert& alert) {
  std::string out = "id: " + alert.id + "\nevent: alert\n";
  for (std::size_t from = 0; from <= alert.json.size();) {
    const std::size_t to = std::min(alert.json.find('\n', from), alert.json.size());
    out.append("data: ").append(alert.json, from, to - from).append("\n");
    from = to + 1;
  }
  return out + "\n";
}

SseStream::SseStream(std::unique_ptr<AlertStream> alerts, DurationMs heartbeat_ms,
                     const std::atomic<bool>* stopping)
    : alerts_(std::move(alerts)), heartbeat_ms_(heartbeat_ms), stopping_(stopping) {}

std::string SseStream::next() {
  const TimeMs quiet_until_ms = system_clock().steady_ms() + heartbeat_ms_;
  while (!stopping_->load()) {
    const DurationMs left_ms = quiet_until_ms - system_clock().steady_ms();
    if (left_ms <= 0) return ": still here\n\n";
    const Result<StreamedAlert> alert = alerts_->next(std::min<DurationMs>(left_ms, 500));
    if (!alert.is_ok()) {
      spdlog::warn("a stream of alerts ends: {}", alert.status().message());
      return "";
    }
    if (!alert->id.empty()) return sse_event(*alert);
  }
  return "";
}

}  // namespace ebb
