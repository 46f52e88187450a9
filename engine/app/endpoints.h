// What a running engine answers over HTTP.
#pragma once

#include "engine/app/loaded.h"
#include "engine/app/runtime.h"
#include "engine/http/server.h"

namespace ebb::app {

// POST /v1/events and GET /v1/alerts are there with the embedded log only. Both outlive the server.
HttpEndpoints make_endpoints(const Loaded* loaded, Runtime* runtime);

}  // namespace ebb::app
