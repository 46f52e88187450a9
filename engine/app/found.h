// What a replay found, read back from its folder: the alerts as findings, and the risk on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebb/v1/alert.pb.h"
#include "ebb/v1/risk.pb.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb::app {

// Names of contributions as small numbers: there are few of them, and many points.
class Names {
 public:
  std::uint16_t number(std::string_view name);
  const std::string& name(std::uint16_t number) const { return names_[number]; }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::uint16_t, std::less<>> numbers_;
};

// The terms of a score in log-odds, by number of their name, ascending.
using Points = std::vector<std::pair<std::uint16_t, float>>;

// One level entered within an episode.
struct Step {
  v1::RiskLevel level = v1::RISK_LEVEL_NONE;
  TimeMs at_ms = 0;
  double probability = 0;
  std::int64_t at_risk_minor = 0;
  Points points;
};

// An episode of churn risk from its first alert to what takes it back, or one alert of another kind.
struct Finding {
  std::string customer;
  std::string lens;
  v1::AlertKind kind = v1::ALERT_KIND_CHURN_RISK;
  TimeMs end_ms = kNever;   // of an episode: when it was taken back
  std::vector<Step> steps;  // at least one, by time; of an episode the levels rise
  const Step& first() const { return steps.front(); }
  const Step& top() const { return steps.back(); }
};

struct Found {
  std::vector<Finding> findings;  // by customer, kind, lens, time
  std::string currency;           // of the amounts; empty: there are none
};

// Points of contributions as a row, or an alert, has them.
template <typename Contributions>
Points points_of(const Contributions& contributions, Names* names);

// Reads DIR/alerts.jsonl. Memory: some 300 bytes an alert. kNotFound: there is none. kInvalid: a line is no
// alert, with file and line.
Result<Found> read_found(const std::string& dir, Names* names);

// Hands over the rows of DIR/risk_history.jsonl, which come by time. kNotFound: there is none (it needs
// `ebb replay --risk-history`). kInvalid: as above.
Status read_risk_history(const std::string& dir, const std::function<void(const v1::Risk&)>& take);

TimeMs time_of(const google::protobuf::Timestamp& time);

}  // namespace ebb::app
