// What a running engine answers over HTTP.
#pragma once

#include <memory>

#include "engine/app/loaded.h"
#include "engine/app/process_metrics.h"
#include "engine/app/runtime.h"
#include "engine/http/server.h"

namespace ebb::app {

// POST /v1/events and GET /v1/alerts are there with the embedded log only. loaded and runtime outlive the
// server.
HttpEndpoints make_endpoints(const Loaded* loaded, Runtime* runtime, std::shared_ptr<ProcessMetrics> process);

}  // namespace ebb::app
