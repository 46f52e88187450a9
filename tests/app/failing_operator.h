// A shop whose graph has an operator with a bug: it throws at some events and at one customer's timer. What
// has to come of it is the same on every log.
#pragma once

#include <memory>
#include <string>

#include "engine/app/loaded.h"
#include "tests/app/program.h"

namespace ebb::app {

class FailingShop {
 public:
  // name: of the config. log: the section, "embedded: {dir: ...}"; {dir} is replaced by the shop's folder.
  FailingShop(const std::string& name, std::string log);

  const std::string& config_path() const { return config_; }
  // The events, in purchases.jsonl of this folder.
  const std::string& history() const { return dir_.path(); }
  // The config with the graph that fails. Once only.
  std::unique_ptr<Loaded> load();
  // Runs the engine over what is in the log to its end, and looks at what it has made of it.
  void run_and_check(std::unique_ptr<Loaded> loaded);

 private:
  TempDir dir_;
  const std::string config_;
};

}  // namespace ebb::app
