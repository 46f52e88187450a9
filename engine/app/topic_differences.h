// Compares the topics that a config needs with those that are there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "engine/base/status.h"
#include "engine/log.h"

namespace ebb::app {

struct TopicDifferences {
  int missing = 0;
  int wrong = 0;                     // there, but not as needed
  std::vector<TopicSpec> to_create;  // the missing ones
  std::string text;                  // a line a topic, for people
};

// partitions: wanted; 0: as those that are there have, else 8. missing: the word for a topic that is not
// there.
Result<TopicDifferences> find_differences(Log& log, const Config& config, std::int32_t partitions,
                                          std::string_view missing = "is not there");

}  // namespace ebb::app
