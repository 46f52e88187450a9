// One running Ebb: its workers' threads, what they say of themselves, and the way to stop them.
//
// start -> (running) -> request_stop or failure -> stopped
// Thread-safety: all methods from any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/core/worker.h"

namespace ebb {

struct InstanceOptions {
  Config config;
  int workers = 1;
  // Tasks in all; 0: not known.
  std::int32_t partitions = 0;
  // Fails with kUnavailable while another worker still has the store open. Called from workers' threads.
  std::function<Result<std::unique_ptr<TaskStore>>(TaskId)> open_store;
  std::string instance_id;
  std::string http_address;
};

struct InstanceStatus {
  std::vector<TaskStatus> tasks;  // by task
  bool stopping = false;
  Accounting total() const;
  // Every task that we have is running.
  bool running() const;
};

class Instance {
 public:
  // log, topology and clock outlive the instance.
  static std::unique_ptr<Instance> start(InstanceOptions options, Log* log, const Topology* topology,
                                         const Clock* clock);
  virtual ~Instance() = default;  // stops without draining if it was not stopped before

  // Begins to drain: what is open is committed, stores are checkpointed.
  virtual void request_stop() = 0;
  // Waits until stopped, all input is read to its end (finished), or max_ms have passed. True: one of the
  // first two.
  virtual bool wait(DurationMs max_ms) = 0;
  // Waits until all workers have ended; false: not within max_ms.
  virtual bool wait_stopped(DurationMs max_ms) = 0;
  // All workers have ended. Before that result() is OK.
  virtual bool stopped() const = 0;
  virtual Status result() const = 0;
  // What was there is read, judged and committed: of all partitions, or of ours while for some time each of
  // the others has had an owner in another instance.
  virtual bool finished() const = 0;

  virtual InstanceStatus status() const = 0;
  virtual const std::vector<const WorkerCounters*>& counters() const = 0;
  // All that is known of a customer as committed, as JSON (see customer_view.h). kNotFound: unknown here.
  // kUnavailable: another instance has the customer's task, or it is not running yet.
  virtual Result<std::string> customer(const std::string& id) = 0;
};

}  // namespace ebb
