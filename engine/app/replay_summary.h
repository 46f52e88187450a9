// summary.json of a replay: the same bytes for the same input and config.
#pragma once

#include <string>
#include <vector>

#include "engine/app/accounting_text.h"
#include "engine/app/loaded.h"
#include "engine/app/replay_output.h"

namespace ebb::app {

std::string replay_summary(const Loaded& loaded, const InstanceStatus& status,
                           const std::vector<SourceAccount>& accounts, const ReplayOutput& output);

}  // namespace ebb::app
