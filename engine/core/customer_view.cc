#include "engine/core/customer_view.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/time_text.h"

namespace ebb {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(TimeMs t) {
  return t == kBeginning || t == kNever ? Json() : Json(time_text(t));
}

Json evidence_json(const EvidenceRef& e, const Config& config) {
  return {{"eventId", e.event_id},
          {"topic", config.sources[static_cast<std::size_t>(e.source)].topic},
          {"partition", e.partition},
          {"offset", e.offset},
          {"eventTime", time_or_null(e.event_ms)}};
}

Json contributions_json(const Signals& signals, const Config& config) {
  Json list = Json::array();
  for (const Contribution& c : signals.contributions()) {
    Json evidence = Json::array();
    for (const EvidenceRef& e : c.evidence) evidence.push_back(evidence_json(e, config));
    list.push_back({{"name", std::string(c.name)},
                    {"points", c.points},
                    {"sentence", c.sentence},
                    {"evidence", std::move(evidence)}});
  }
  return list;
}

Json measures_json(const Signals& signals) {
  Json measures = Json::object();
  for (std::size_t i = 0; i < static_cast<std::size_t>(Measure::kCount_); ++i) {
    const auto m = static_cast<Measure>(i);
    if (auto v = signals.get(m)) measures[std::string(measure_name(m))] = *v;
  }
  return measures;
}

Json flags_json(const Signals& signals) {
  Json flags = Json::array();
  for (std::size_t i = 0; i < static_cast<std::size_t>(Flag::kCount_); ++i) {
    const auto f = static_cast<Flag>(i);
    if (signals.has(f)) flags.push_back(std::string(flag_name(f)));
  }
  return flags;
}

Json slice_json(const Row& row, const Topology& topology, const std::string& node) {
  const int slot = topology.schema().slot_of(RowSchema::id_of(node));
  if (slot < 0 || row.slices[static_cast<std::size_t>(slot)] == nullptr) return {};
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(*row.slices[static_cast<std::size_t>(slot)], &text).ok())
    return {};
  return Json::parse(text, nullptr, false);
}

}  // namespace

std::string customer_view(Row* row, SharedState& shared, const Topology& topology, Topology::Scratch& scratch,
                          const TaskProgress& committed, const Config& config) {
  const TimeMs at = std::max(row->clock_ms, committed.watermark_ms);
  Json view = {{"customerId", row->customer},
               {"task", committed.task},
               {"asOf", time_or_null(at)},
               {"due", time_or_null(row->due_ms)},
               {"erasedAt", time_or_null(row->erased_at_ms)},
               {"watermark", time_or_null(committed.watermark_ms)}};
  Json nodes = Json::array();
  if (at != kBeginning) {
    const std::vector<Signals> signals = topology.explain(at, *row, shared, scratch);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      const NodeInfo& node = topology.nodes()[i];
      nodes.push_back({{"name", node.name},
                       {"op", node.op},
                       {"measures", measures_json(signals[i])},
                       {"flags", flags_json(signals[i])},
                       {"contributions", contributions_json(signals[i], config)},
                       {"state", slice_json(*row, topology, node.name)}});
    }
  }
  view["nodes"] = std::move(nodes);
  return view.dump();
}

}  // namespace ebb
