// Where `ebb send` puts events: into a log of its own, or over HTTP into the process that has the log.
#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "engine/base/status.h"

namespace ebb::app {

// Thread-safety: none.
class EventSender {
 public:
  virtual ~EventSender() = default;
  // One event, a line of JSON. May wait while too much is on its way.
  virtual Status send(const std::string& source, std::string_view line) = 0;
  // Everything sent is durable.
  virtual Status flush() = 0;
  // Events that the receiver refused (HTTP only; a log takes them, and they become dead letters).
  virtual std::int64_t refused() const { return 0; }
};

// Kafka: with an idempotent producer. Embedded: opens the log, or if a running ebb has it, posts there.
Result<std::unique_ptr<EventSender>> open_sender(const Config& config);

}  // namespace ebb::app
