#include "engine/app/loaded.h"

#include <utility>

#include "config/diagnostics.h"
#include "config/load.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

std::optional<Loaded> build(Config config, Diagnostics* diagnostics) {
  Loaded loaded;
  loaded.config = std::move(config);
  // A graph is built even from a config with errors, so that all of them are seen at once.
  loaded.topology = Topology::build(loaded.config, diagnostics);
  if (diagnostics->ok()) return loaded;
  fmt::print(stderr, "{}", diagnostics->to_string(loaded.config.path));
  return std::nullopt;
}

}  // namespace

std::optional<Loaded> load(const std::string& path) {
  Diagnostics diagnostics;
  Config config = load_config(path, &diagnostics);
  return build(std::move(config), &diagnostics);
}

std::optional<Loaded> load_text(const std::string& text, const std::string& path) {
  Diagnostics diagnostics;
  Config config = parse_config(text, path, &diagnostics);
  return build(std::move(config), &diagnostics);
}

}  // namespace ebb::app
