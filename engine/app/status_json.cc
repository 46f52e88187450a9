#include "engine/app/status_json.h"

#include "engine/base/clock.h"
#include "engine/base/version.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

using Json = nlohmann::ordered_json;

Json graph_nodes(const Loaded& loaded) {
  Json out = Json::array();
  for (const NodeInfo& node : loaded.topology->nodes()) {
    Json sinks = Json::array();
    for (const int sink : node.sinks)
      sinks.push_back(loaded.config.sinks[static_cast<std::size_t>(sink)].name);
    out.push_back({{"name", node.name},
                   {"op", node.op},
                   {"from", node.from},
                   {"sinks", std::move(sinks)},
                   {"model", node.model_version}});
  }
  return out;
}

Json sources(const Config& config, const InstanceStatus& status) {
  Json out = Json::array();
  for (std::size_t s = 0; s < config.sources.size(); ++s) {
    Accounting sum;
    for (const TaskStatus& task : status.tasks) {
      if (s < task.committed.sources.size()) sum += task.committed.sources[s].counts;
    }
    out.push_back({{"name", config.sources[s].name},
                   {"topic", config.sources[s].topic},
                   {"applied", sum.applied},
                   {"duplicate", sum.duplicate},
                   {"dead_lettered", sum.dead_lettered},
                   {"erased", sum.erased}});
  }
  return out;
}

Json sinks(const Config& config, const InstanceStatus& status) {
  Json out = Json::array();
  for (std::size_t s = 0; s < config.sinks.size(); ++s) {
    std::int64_t written = 0;
    for (const TaskStatus& task : status.tasks) {
      if (s < task.committed.outputs.size()) written += task.committed.outputs[s];
    }
    out.push_back({{"name", config.sinks[s].name}, {"topic", config.sinks[s].topic}, {"written", written}});
  }
  return out;
}

const char* state_name(TaskState state) {
  switch (state) {
    case TaskState::kRecovering:
      return "recovering";
    case TaskState::kRunning:
      return "running";
    case TaskState::kSettling:
      return "settling";
  }
  return "";
}

Json tasks(const InstanceStatus& status) {
  Json out = Json::array();
  for (const TaskStatus& task : status.tasks) {
    const bool known = task.watermark_ms != kBeginning;
    out.push_back({{"task", task.task},
                   {"state", state_name(task.state)},
                   {"worker", task.worker},
                   {"watermark_ms", known ? Json(task.watermark_ms) : Json()},
                   {"at_end", task.at_end},
                   {"records", task.committed.total().total()},
                   {"recovered_records", task.recovered_records}});
  }
  return out;
}

Json workers(const std::vector<const WorkerCounters*>& counters) {
  Json out = Json::array();
  for (const WorkerCounters* c : counters) {
    out.push_back({{"busy_ms", c->busy_ms.get()},
                   {"waiting_ms", c->waiting_ms.get()},
                   {"back_pressured_ms", c->back_pressured_ms.get()},
                   {"epochs", c->epochs_committed.get()},
                   {"resets", c->resets.get()}});
  }
  return out;
}

}  // namespace

std::string status_json(const Loaded& loaded, const Runtime& runtime,
                        const std::vector<HealthCheck>& checks) {
  const Config& config = loaded.config;
  const InstanceStatus status = runtime.instance().status();
  Json health = Json::array();
  for (const HealthCheck& check : checks) {
    health.push_back({{"name", check.name}, {"ok", check.ok}, {"why", check.ok ? "" : check.why}});
  }
  const Json out = {{"name", config.name},
                    {"version", version()},
                    {"log", config.log.kind == LogKind::kKafka ? "Kafka" : "embedded log"},
                    {"instance", runtime.instance_id()},
                    {"graph_version", loaded.topology->version()},
                    {"now_ms", system_clock().wall_ms()},
                    {"partitions", runtime.partitions()},
                    {"currency", config.money.currency},
                    {"alerts", runtime.embedded() != nullptr},
                    {"checks", std::move(health)},
                    {"sources", sources(config, status)},
                    {"nodes", graph_nodes(loaded)},
                    {"sinks", sinks(config, status)},
                    {"tasks", tasks(status)},
                    {"workers", workers(runtime.instance().counters())}};
  return out.dump() + "\n";
}

}  // namespace ebb::app
