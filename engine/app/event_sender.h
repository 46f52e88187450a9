// Where `ebb send` puts events: into a log of its own, or over HTTP into the process that has the log.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "engine/base/status.h"
#include "engine/log.h"

namespace ebb::app {

struct OutgoingEvent {
  std::string source;
  std::string_view customer;  // empty: nobody knows; it goes where a replay puts it
  std::string_view value;
  std::vector<Header> headers;
  std::string where;  // file and line, for complaints
};

// Thread-safety: none.
class EventSender {
 public:
  virtual ~EventSender() = default;
  // May wait while too much is on its way. kInvalid: this way takes no such event.
  virtual Status send(const OutgoingEvent& event) = 0;
  // Everything sent is durable.
  virtual Status flush() = 0;
  // Events that the receiver refused, each complained of (HTTP only; a log takes them, and they become dead
  // letters).
  virtual std::int64_t refused() const { return 0; }
};

// Kafka: with an idempotent producer. Embedded: opens the log, or if a running ebb has it, posts there.
Result<std::unique_ptr<EventSender>> open_sender(const Config& config);

}  // namespace ebb::app
