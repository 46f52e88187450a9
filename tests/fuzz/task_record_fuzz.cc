// Task records: read with names that may be another config's, written, read again.
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using ebb::fuzz::require;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> sources = {"purchases", "feedback"}, sinks = {"alerts", "dead_letters"};
  ebb::TaskProgress progress;
  std::string graph_version;
  if (!ebb::decode_progress(bytes, sources, sinks, &progress, &graph_version)) return 0;
  require(progress.sources.size() == sources.size() && progress.outputs.size() == sinks.size(),
          "each source and sink of the config has its place");
  ebb::WriterInfo writer;
  writer.graph_version = graph_version;
  const std::string written = ebb::encode_progress(progress, sinks, writer, 1);
  ebb::TaskProgress again;
  std::string again_version;
  require(ebb::decode_progress(written, sources, sinks, &again, &again_version),
          "a task record that was written can be read");
  require(ebb::encode_progress(again, sinks, writer, 1) == written && again_version == graph_version,
          "a task record stays the same");
  return 0;
}
