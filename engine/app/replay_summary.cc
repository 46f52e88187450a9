#include "engine/app/replay_summary.h"

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/base/version.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

using Json = nlohmann::ordered_json;

Json account_json(const SourceAccount& account) {
  return {{"read", account.read},
          {"applied", account.counts.applied},
          {"duplicate", account.counts.duplicate},
          {"dead_lettered", account.counts.dead_lettered},
          {"erased", account.counts.erased}};
}

Json models_json(const Topology& topology) {
  Json out = Json::object();
  for (const NodeInfo& node : topology.nodes()) {
    if (!node.model_version.empty()) out[node.name] = node.model_version;
  }
  return out;
}

}  // namespace

std::string replay_summary(const Loaded& loaded, const InstanceStatus& status,
                           const std::vector<SourceAccount>& accounts, const ReplayOutput& output) {
  Json sources = Json::object();
  SourceAccount all;
  for (const SourceAccount& account : accounts) {
    sources[account.name] = account_json(account);
    all.read += account.read;
    all.counts += account.counts;
  }
  std::int64_t timers = 0;
  TimeMs watermark_ms = kBeginning;
  for (const TaskStatus& task : status.tasks) {
    timers += task.committed.timers_fired;
    watermark_ms = std::max(watermark_ms, task.committed.watermark_ms);
  }
  const AlertTally& tally = output.alerts();
  const Json summary = {
      {"ebb_version", version()},
      {"graph_version", loaded.topology->version()},
      {"models", models_json(*loaded.topology)},
      {"tasks", loaded.config.partitions},
      {"records", account_json(all)},
      {"adds_up", add_up(accounts)},
      {"sources", sources},
      {"customers", output.customers()},
      {"timers_fired", timers},
      {"watermark", watermark_ms == kBeginning ? Json() : Json(time_text(watermark_ms))},
      {"alerts", {{"total", tally.total()}, {"by_kind", tally.by_kind()}, {"churn_risk", tally.by_level()}}},
      {"dead_letters", {{"total", output.dead_letters()}, {"by_reason", output.dead_letters_by_reason()}}}};
  return summary.dump(2) + "\n";
}

}  // namespace ebb::app
