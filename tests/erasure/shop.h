// A shop whose customers live as real ones do, and one of whom asks to be forgotten: the real worker, state
// and graph on whatever log a test brings.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/clock.h"
#include "engine/core/progress.h"
#include "engine/log.h"
#include "operators/topology.h"

namespace ebb::erasure {

inline constexpr TimeMs kBeginMs = 1'700'000'000'000;
inline constexpr TimeMs kErasedMs = kBeginMs + 100 * kDayMs;
inline constexpr DurationMs kMarkerMs = 20 * kDayMs;
inline constexpr std::string_view kGone = "forget-me-7f3a";  // appears nowhere by chance

enum Source { kPurchases = 0, kFeedback = 1 };

// What a run left of the one in its row, and what it counted.
struct Seen {
  bool row = false;
  TimeMs erased_at_ms = kBeginning;
  std::int64_t purchases = 0;  // that the row knows of
  Accounting counts;
};

class Shop {
 public:
  using Append = std::function<void(Source source, const v1::Event& event)>;

  explicit Shop(std::int32_t partitions);

  const Config& config() const { return config_; }
  // Place of the risk table in the config's sinks.
  std::size_t risk_sink() const;
  TaskId task_of_the_one() const;

  // ---- events go to `append`
  void sends_to(Append append) { append_ = std::move(append); }
  void buy(std::string_view customer, TimeMs at_ms);
  void complain(std::string_view customer, TimeMs at_ms);
  void forget(std::string_view customer, TimeMs at_ms);
  // Everybody buys every ten days, some complain, with the one or without.
  void live(TimeMs from_ms, TimeMs to_ms, bool with_the_one);

  // Until all is read, judged and committed; then a clean stop. tick: between the worker's steps. state_dir:
  // of all tasks.
  Seen run(Log* log, const Clock* clock, const std::function<void()>& tick, const std::string& state_dir);

 private:
  v1::Event event(std::string_view customer, TimeMs at_ms);

  Config config_;
  std::unique_ptr<const Topology> topology_;
  Append append_;
  int next_id_ = 0;
};

}  // namespace ebb::erasure
