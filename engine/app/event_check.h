// Would the engine take an event? For whoever hands events in: it is better to hear at once what is wrong
// than to find it among the dead letters.
#pragma once

#include <optional>
#include <vector>

#include "engine/app/loaded.h"
#include "engine/decode/decoder.h"
#include "engine/log.h"
#include "operators/operator.h"

namespace ebb::app {

// Thread-safety: const methods from any thread, each call with an arena of its own.
class EventCheck {
 public:
  // loaded outlives the check.
  explicit EventCheck(const Loaded* loaded);

  // Decodes and asks the graph, as a task does. nullopt: *out is the event, as long as the arena lives.
  // What only the engine can know (is it a duplicate? was the customer erased?) isn't asked.
  std::optional<Refusal> check(SourceId source, const Record& record, google::protobuf::Arena* arena,
                               const v1::Event** out) const;

 private:
  const Loaded* loaded_;
  std::vector<Decoder> decoders_;  // by source
};

// The place of a source in the config by name; -1: there is none.
SourceId source_named(const Config& config, const std::string& name);

}  // namespace ebb::app
