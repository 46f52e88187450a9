// Config files.
#include <string>

#include "config/load.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ebb::Diagnostics diagnostics;
  const ebb::Config config = ebb::parse_config(text, "fuzz.yaml", &diagnostics);
  if (!diagnostics.ok()) {
    ebb::fuzz::require(!diagnostics.to_string("fuzz.yaml").empty(), "a refusal says why");
    return 0;
  }
  ebb::fuzz::require(config.partitions > 0, "a config has partitions");
  ebb::fuzz::require(!config.sources.empty(), "a config has sources");
  ebb::fuzz::require(!config.sinks.empty(), "a config has sinks");
  return 0;
}
