// librdkafka's errors as ours.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string_view>

#include "engine/base/status.h"

namespace ebb::kafka {

// Somebody else has taken over: the producer's id, or the member's place in the group.
bool is_fenced(rd_kafka_resp_err_t error);

// OK for NO_ERROR; else "what: reason", with the code that the rest of the engine can act on.
Status status_of(rd_kafka_resp_err_t error, std::string_view what);

}  // namespace ebb::kafka
