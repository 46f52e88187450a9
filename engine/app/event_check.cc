#include "engine/app/event_check.h"

#include <string>

namespace ebb::app {

EventCheck::EventCheck(const Loaded* loaded) : loaded_(loaded) {
  const Config& config = loaded->config;
  for (const SourceConfig& source : config.sources) {
    DecoderOptions options;
    options.format = source.format;
    options.value_bytes_max = config.engine.max_record_bytes;
    options.max_ahead_ms = config.time.max_ahead_ms;
    decoders_.emplace_back(options);
  }
}

std::optional<Refusal> EventCheck::check(SourceId source, const Record& record,
                                         google::protobuf::Arena* arena, const v1::Event** out) const {
  if (auto refusal = decoders_[static_cast<std::size_t>(source)].decode(record, arena, out)) {
    return Refusal{std::string(reason_name(refusal->reason)), std::move(refusal->field),
                   std::move(refusal->message)};
  }
  return loaded_->topology->refuse(**out, source);
}

SourceId source_named(const Config& config, const std::string& name) {
  for (std::size_t s = 0; s < config.sources.size(); ++s) {
    if (config.sources[s].name == name) return static_cast<SourceId>(s);
  }
  return -1;
}

}  // namespace ebb::app
