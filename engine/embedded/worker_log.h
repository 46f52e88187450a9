// One worker's view of an embedded log.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/base/types.h"
#include "engine/embedded/committer.h"
#include "engine/embedded/log_store.h"
#include "engine/log.h"

namespace ebb::embedded {

// on_close is called by the destructor.
std::unique_ptr<WorkerLog> make_worker_log(std::shared_ptr<LogStore> store, CommitTopics topics,
                                           std::vector<TaskId> tasks, std::function<void()> on_close);

}  // namespace ebb::embedded
