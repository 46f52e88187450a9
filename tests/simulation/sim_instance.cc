#include "tests/simulation/sim_instance.h"

#include <algorithm>
#include <utility>

namespace ebb::sim {

std::future<Status> SimInstance::Disk::run(std::function<Status()> work) {
  Job& job = jobs_.emplace_back();
  job.crash = faults_->hit(Fault::kCheckpointCrash);
  job.done = !job.crash || faults_->prng().chance(500);
  job.work = std::move(work);
  if (faults_->hit(Fault::kDiskFull)) {
    job.work = [] { return Status::internal(std::string(kNoRoom)); };
  }
  if (faults_->hit(Fault::kDiskSlow)) job.due_ms = clock_->steady_ms() + faults_->prng().below(5'000);
  std::future<Status> result = job.result.get_future();
  this->work(false);
  return result;
}

void SimInstance::Disk::work(bool all) {
  while (!jobs_.empty() && (all || jobs_.front().due_ms <= clock_->steady_ms())) {
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    // Of a process that has ended meanwhile nothing is done any more.
    const bool done = job.done && !log_->crashed();
    job.result.set_value(done ? job.work() : Status::unavailable("the process has ended"));
    if (job.crash) log_->crash();
  }
}

SimInstance::SimInstance(std::string name, std::string dir, int workers, const Workload* workload,
                         Cluster* cluster, StateResources* resources, const TaskStore::Options& limits)
    : name_(std::move(name)),
      dir_(std::move(dir)),
      workload_(workload),
      resources_(resources),
      limits_(limits),
      log_(name_, cluster),
      disk_(&log_, cluster->faults, cluster->clock) {
  log_.before_close([this] { disk_.work(true); });
  for (int i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(worker_options(i, *workload, *cluster), &log_,
                                                workload->topology.get(), &disk_, cluster->clock));
  }
}

SimInstance::~SimInstance() {
  log_.crash();
  workers_.clear();
}

WorkerOptions SimInstance::worker_options(int index, const Workload& workload, const Cluster& cluster) {
  WorkerOptions o = ebb::worker_options(workload.config, index, workload.config.partitions);
  o.writer.instance = name_;
  o.writer.version = "simulated";
  o.recovery.new_incarnation = [this, prng = &cluster.faults->prng()] {
    return name_ + "/" + std::to_string(prng->next());
  };
  o.recovery.open_store = [this](TaskId task) {
    TaskStore::Options options = limits_;
    options.dir = dir_ + "/" + std::to_string(task);
    options.task = task;
    return TaskStore::open(options, &workload_->topology->schema(), resources_);
  };
  return o;
}

void SimInstance::drain() {
  draining_ = true;
  for (auto& worker : workers_) worker->drain();
}

bool SimInstance::gone() const {
  return draining_ &&
         std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->gone(); });
}

}  // namespace ebb::sim
