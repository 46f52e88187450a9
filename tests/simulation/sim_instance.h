// One simulated process: its disk, its workers, its end.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/worker.h"
#include "state/resources.h"
#include "tests/simulation/sim_log.h"
#include "tests/simulation/workload.h"

namespace ebb::sim {

// What a checkpoint that finds no room fails with.
inline constexpr std::string_view kNoRoom = "no space left on the simulated disk";

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
  // To be called before each step of a worker.
  void disk_works() { disk_.work(false); }

  void drain();
  bool draining() const { return draining_; }
  bool gone() const;

  TimeMs frozen_until_ms = 0;

 private:
  // The disk: does the work at once or after some time, finds no room for it, or the process ends before or
  // after it.
  class Disk final : public Background {
   public:
    Disk(SimLog* log, Faults* faults, const Clock* clock) : log_(log), faults_(faults), clock_(clock) {}
    std::future<Status> run(std::function<Status()> work) override;
    // Does what is due, or all that was begun.
    void work(bool all);

   private:
    struct Job {
      TimeMs due_ms = 0;
      bool crash = false, done = true;
      std::function<Status()> work;
      std::promise<Status> result;
    };
    SimLog* const log_;
    Faults* const faults_;
    const Clock* const clock_;
    std::deque<Job> jobs_;
  };

  WorkerOptions worker_options(int index, const Workload& workload, const Cluster& cluster);

  const std::string name_;
  const std::string dir_;
  const Workload* const workload_;
  StateResources* const resources_;
  const TaskStore::Options limits_;
  SimLog log_;
  Disk disk_;
  std::vector<std::unique_ptr<Worker>> workers_;
  bool draining_ = false;
};

}  // namespace ebb::sim
