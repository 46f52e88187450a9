#include "engine/app/topic_differences.h"

#include <algorithm>

#include "engine/app/open_log.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

constexpr std::int32_t kDefaultPartitions = 8;

std::string setting(const TopicState& state, const std::string& name) {
  for (const auto& [key, value] : state.config) {
    if (key == name) return value;
  }
  return {};
}

// What is not as needed, in words; empty: all is well. Limits may be larger than needed.
std::vector<std::string> complaints(const TopicSpec& want, const TopicState& have) {
  std::vector<std::string> out;
  if (have.partitions != want.partitions) {
    out.push_back(fmt::format("has {} partitions, needs {}", have.partitions, want.partitions));
  }
  for (const auto& [name, value] : want.config) {
    const std::string is = setting(have, name);
    if (is == value || is.empty()) continue;
    const bool limit =
        name == "max.message.bytes" || name == "delete.retention.ms" || name == "min.insync.replicas";
    if (limit && std::stoll(is) >= std::stoll(value)) continue;
    out.push_back(fmt::format("{} is {}, needs {}", name, is, value));
  }
  return out;
}

std::int32_t wanted_partitions(const std::vector<TopicState>& have, std::int32_t wanted) {
  if (wanted > 0) return wanted;
  const auto there = std::find_if(have.begin(), have.end(), [](const TopicState& s) { return s.exists; });
  return there == have.end() ? kDefaultPartitions : there->partitions;
}

}  // namespace

Result<TopicDifferences> find_differences(Log& log, const Config& config, std::int32_t partitions,
                                          std::string_view missing) {
  std::vector<std::string> names;
  for (const TopicSpec& topic : needed_topics(config, 1)) names.push_back(topic.name);
  EBB_ASSIGN(const std::vector<TopicState> have, log.describe_topics(names));
  TopicDifferences out;
  const std::vector<TopicSpec> want = needed_topics(config, wanted_partitions(have, partitions));
  for (std::size_t i = 0; i < want.size(); ++i) {
    std::string state = "as needed";
    if (!have[i].exists) {
      state = missing;
      ++out.missing;
      out.to_create.push_back(want[i]);
    } else if (const auto wrong = complaints(want[i], have[i]); !wrong.empty()) {
      state = fmt::format("{}", fmt::join(wrong, "; "));
      ++out.wrong;
    }
    out.text += fmt::format("  {:<32} {:>4} partitions, {:<8} {}\n", want[i].name, want[i].partitions,
                            want[i].config.front().second + ":", state);
  }
  return out;
}

}  // namespace ebb::app
