// The demo's customers: their events into an embedded log, and afterwards how well they were understood.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "ebb/v1/alert.pb.h"
#include "engine/base/status.h"
#include "engine/embedded/embedded_log.h"
#include "engine/gen/generator.h"

namespace ebb::app {

// Appends all events to the log's sources, in order of arrival, and shows how far it is. Returns how many.
Result<std::int64_t> append_history(gen::Generator* generator, const gen::GenOptions& options,
                                    const Config& config, EmbeddedLog* log);

// Compares alerts with what the generator knows.
class Hindsight {
 public:
  // generator: has made all its events.
  Hindsight(const gen::Generator& generator, std::int64_t customers);
  void add(const v1::Alert& alert);
  // Two or three lines for people: how many of those who left were found in time, and at what price.
  std::string text() const;

 private:
  struct Life {
    TimeMs left_ms = kNever;
    TimeMs first_alert_ms = kNever;  // at or after the first sign, or ever for who stays
    TimeMs signs_ms = kNever;
  };
  std::unordered_map<std::string, Life> lives_;
};

}  // namespace ebb::app
