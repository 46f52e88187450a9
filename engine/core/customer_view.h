// All that is known of one customer, as JSON, for people and scripts that ask.
#pragma once

#include <string>

#include "config/config.h"
#include "engine/core/progress.h"
#include "operators/topology.h"

namespace ebb {

// {"customerId", "task", "asOf", "due", "erasedAt", "watermark",
//  "nodes": [{"name", "op", "measures": {...}, "flags": [...],
//             "contributions": [{"name", "points", "sentence", "evidence": [...]}],
//             "state": the slice as ProtoJSON}]}
// As of the later of the row's clock and the task's committed watermark. Changes nothing in the row.
std::string customer_view(Row* row, SharedState& shared, const Topology& topology, Topology::Scratch& scratch,
                          const TaskProgress& committed, const Config& config);

}  // namespace ebb
