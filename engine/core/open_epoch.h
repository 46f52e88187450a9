// The epoch that a worker is filling: messages that operators emit become records for sinks here.
//
// Thread: the worker's.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "engine/log.h"
#include "operators/operator.h"
#include "operators/topology.h"

namespace ebb {

class OpenEpoch final : public Emitter {
 public:
  // REQUIRES: one of the sinks takes dead letters. Both outlive this object.
  OpenEpoch(const Topology* topology, const std::vector<SinkConfig>* sinks);

  // All that comes from now on belongs to this task; counts (by sink, cumulative) is the task's and goes up
  // with it.
  void set_task(TaskId task, std::vector<std::int64_t>* counts);

  void emit(int node, std::string_view customer, const google::protobuf::Message& message,
            TimeMs at_ms) override;
  // A null value for the customer in every risk table: forgotten.
  void forget(std::string_view customer);
  // A record for the dead-letter sink; sink and task are filled in.
  void dead_letter(OutRecord record);

  // An alert should not wait for the interval.
  bool alert_waits() const { return alert_waits_; }
  bool empty() const { return outputs_.empty(); }
  std::size_t bytes() const { return bytes_; }
  // Hands the outputs over and begins anew.
  std::vector<OutRecord> take();

 private:
  void add(int sink, OutRecord record);

  const Topology* topology_;
  const std::vector<SinkConfig>* sinks_;
  int dead_letter_sink_ = -1;
  TaskId task_ = 0;
  std::vector<std::int64_t>* counts_ = nullptr;
  std::vector<OutRecord> outputs_;
  std::size_t bytes_ = 0;
  bool alert_waits_ = false;
};

}  // namespace ebb
