#include "engine/app/topic_differences.h"

#include <algorithm>
#include <optional>

#include "config/scalars.h"
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

// The longest that a record stays in a topic whose cleanup is deletion: a segment goes as a whole, when its
// last record is old enough. nullopt: for ever.
std::optional<DurationMs> kept_ms(const TopicState& have) {
  const auto number = [&](const char* name, DurationMs fallback) {
    const std::string text = setting(have, name);
    return text.empty() ? fallback : static_cast<DurationMs>(std::stoll(text));
  };
  const DurationMs retention_ms = number("retention.ms", -1);
  if (retention_ms < 0) return std::nullopt;
  return retention_ms + number("segment.ms", 0);
}

// What the topic's retention does to state.erasure_promise; empty: nothing.
std::string broken_promise(const StateConfig& state, bool source, const TopicState& have) {
  const std::optional<DurationMs> kept = kept_ms(have);
  const DurationMs limit_ms = source ? state.erasure_marker_ms : state.erasure_promise_ms;
  if (state.erasure_promise_ms == 0 || (kept && *kept <= limit_ms)) return {};
  const std::string how_long = kept ? "for up to " + format_duration(*kept) : "for ever";
  if (source) {
    return fmt::format(
        "keeps events {} (retention.ms and segment.ms), longer than state.erasure_marker ({}): old ones "
        "would "
        "bring an erased customer back",
        how_long, format_duration(limit_ms));
  }
  return fmt::format("keeps records {} (retention.ms and segment.ms), state.erasure_promise is {}", how_long,
                     format_duration(limit_ms));
}

// By the place among the topics needed: its records speak of no single customer.
bool is_of_segments(const Config& config, std::size_t topic) {
  const std::size_t sources = config.sources.size();
  return topic >= sources && topic < sources + config.sinks.size() &&
         config.sinks[topic - sources].kind == SinkKind::kSegments;
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
    std::vector<std::string> wrong = complaints(want[i], have[i]);
    if (want[i].config.front().second == "delete" && !is_of_segments(config, i)) {
      const std::string promise = broken_promise(config.state, i < config.sources.size(), have[i]);
      if (!promise.empty()) wrong.push_back(promise);
    }
    if (!have[i].exists) {
      state = missing;
      ++out.missing;
      out.to_create.push_back(want[i]);
    } else if (!wrong.empty()) {
      state = fmt::format("{}", fmt::join(wrong, "; "));
      ++out.wrong;
    }
    out.text += fmt::format("  {:<32} {:>4} partitions, {:<8} {}\n", want[i].name, want[i].partitions,
                            want[i].config.front().second + ":", state);
  }
  return out;
}

}  // namespace ebb::app
