// The log of one simulated instance: engine/log.h over the simulated brokers, with the client's side of the
// commit as a state machine that moves on in poll(), so that everything happens on one thread and each step
// of it can go wrong.
//
// After crash() nothing that is called here reaches the brokers any more, as if the process had ended there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/faults.h"

namespace ebb::sim {

struct InputRecord {
  Offset offset = 0;
  TimeMs timestamp_ms = 0;
  std::string key;
  std::string value;
  bool has_value = true;
};
// By source, then by task. Offsets have gaps.
using Input = std::vector<std::vector<std::vector<InputRecord>>>;

// What all simulated logs share.
struct Cluster {
  Broker* broker = nullptr;
  const Input* input = nullptr;
  const Clock* clock = nullptr;
  Faults* faults = nullptr;
  TimeMs sources_paused_until_ms = 0;
  TimeMs frozen_until_ms = 0;  // the brokers
  bool frozen() const { return clock->steady_ms() < frozen_until_ms; }
};

class SimLog final : public Log {
 public:
  SimLog(std::string instance, Cluster* cluster) : instance_(std::move(instance)), cluster_(cluster) {}

  // Called before a task's store is closed, when the worker waits for its checkpoint.
  void before_close(std::function<void()> told) { before_close_ = std::move(told); }
  void task_stops() const {
    if (before_close_) before_close_();
  }

  void crash() { crashed_ = true; }
  bool crashed() const { return crashed_; }

  Status check() override { return Status::ok(); }
  Result<std::unique_ptr<WorkerLog>> open_worker(int worker) override;
  Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>& names) override;
  Status create_topics(const std::vector<TopicSpec>& topics) override;
  Result<std::unique_ptr<TopicReader>> open_reader(const std::string& topic, bool from_start) override;
  Result<std::unique_ptr<TopicWriter>> open_writer() override;

 private:
  const std::string instance_;
  Cluster* const cluster_;
  std::function<void()> before_close_;
  bool crashed_ = false;
};

}  // namespace ebb::sim
