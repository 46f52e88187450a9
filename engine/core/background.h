// Work that must not hold up a worker: checkpoints.
#pragma once

#include <functional>
#include <future>
#include <memory>

#include "engine/base/status.h"

namespace ebb {

class Background {
 public:
  virtual ~Background() = default;
  // Runs the work some time, in the order it came. Any thread.
  virtual std::future<Status> run(std::function<Status()> work) = 0;
};

// One thread of its own; the destructor finishes what was begun.
std::unique_ptr<Background> make_background_thread();

}  // namespace ebb
