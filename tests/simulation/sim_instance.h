// One simulated process: its disk, its workers, its end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/worker.h"
#include "state/resources.h"
#include "tests/simulation/sim_log.h"
#include "tests/simulation/workload.h"

namespace ebb::sim {

class SimInstance {
 public:
  // Everything pointed to outlives the instance. dir: its disk, which outlives it too.
  SimInstance(std::string name, std::string dir, int workers, const Workload* workload, Cluster* cluster,
              StateResources* resources, const TaskStore::Options& limits);
  // Ends as if killed: nothing it does on its way out reaches the brokers, and on disk is what the last
  // checkpoint left there.
  ~SimInstance();

  const std::string& name() const { return name_; }
  std::vector<std::unique_ptr<Worker>>& workers() { return workers_; }
  SimLog& log() { return log_; }
  bool wants_to_crash() const { return log_.crashed(); }

  void drain();
  bool draining() const { return draining_; }
  bool gone() const;

  TimeMs frozen_until_ms = 0;

 private:
  // Runs the work at once, or lets the process end before or after it.
  class InlineBackground final : public Background {
   public:
    InlineBackground(SimLog* log, Faults* faults) : log_(log), faults_(faults) {}
    std::future<Status> run(std::function<Status()> work) override;

   private:
    SimLog* const log_;
    Faults* const faults_;
  };

  WorkerOptions worker_options(int index, const Workload& workload, const Cluster& cluster);

  const std::string name_;
  const std::string dir_;
  const Workload* const workload_;
  StateResources* const resources_;
  const TaskStore::Options limits_;
  SimLog log_;
  InlineBackground background_;
  std::vector<std::unique_ptr<Worker>> workers_;
  bool draining_ = false;
};

}  // namespace ebb::sim
