// Server-sent events: the text of the stream of alerts.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/base/types.h"
#include "engine/http/server.h"

namespace ebb {

// One event: id, type "alert", data. Line breaks in the JSON become several data lines.
std::string sse_event(const StreamedAlert& alert);

// Makes the stream piece by piece. Used by one thread.
class SseStream {
 public:
  // stopping: ends the stream within a second once true; outlives it.
  SseStream(std::unique_ptr<AlertStream> alerts, DurationMs heartbeat_ms, const std::atomic<bool>* stopping);

  // The next text to send: alerts, or a comment when it has been quiet for heartbeat_ms (so that a reader who
  // is gone is noticed). Empty: the stream is over.
  std::string next();

 private:
  std::unique_ptr<AlertStream> alerts_;
  DurationMs heartbeat_ms_;
  const std::atomic<bool>* stopping_;
};

}  // namespace ebb
