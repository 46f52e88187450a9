// What GET /v1/status says: the graph with its counts, tasks, workers, health. For the live page and scripts.
#pragma once

#include <string>
#include <vector>

#include "engine/app/loaded.h"
#include "engine/app/runtime.h"
#include "engine/http/server.h"

namespace ebb::app {

// One JSON object. Counts are as committed, of the tasks that this instance has; times in milliseconds.
std::string status_json(const Loaded& loaded, const Runtime& runtime, const std::vector<HealthCheck>& checks);

}  // namespace ebb::app
