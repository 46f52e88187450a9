// How well a replay understood customers whose fate is known (the simulator's, docs/simulator.md): who was
// warned of in time, for the right reason, at what price in false alarms, and how well the risk table ranks
// customers beside plain recency.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/app/found.h"

namespace ebb::app {

// A line of truth.jsonl, as far as it is judged by.
struct Fate {
  std::string reason;  // empty: stayed
  TimeMs joined_ms = 0;
  TimeMs signs_ms = kNever;
  TimeMs left_ms = kNever;
  TimeMs next_purchase_ms = kNever;  // when they would have bought next
  bool captive = false;
  bool promotion_driven = false;
};
using Fates = std::map<std::string, Fate, std::less<>>;

// kNotFound, kInvalid with file and line.
Result<Fates> read_fates(const std::string& path);

struct VerdictOptions {
  v1::RiskLevel level = v1::RISK_LEVEL_WARNING;  // an alert of at least this level counts as a warning
  int horizon_days = 60;                         // "leaves within": of the ranking
  int every_days = 30;                           // between the days at which the ranking is judged
  int from_day = 90;                             // of the first one, after the history's beginning
};

// A group of leavers: one reason, the captive, the promotion-driven, all.
struct GroupVerdict {
  std::int64_t leavers = 0;
  std::int64_t caught = 0;  // warned of, or a warning stood, between the first sign and leaving
  std::int64_t late = 0;    // warned of only after
  std::int64_t named =
      0;  // of the caught: the reason is among the top three of the last alert before leaving
  std::vector<double> lead_days;  // of the caught: from the warning to the first purchase that never came
  // How well leavers of this group within the horizon are told from those who don't leave in it, of all who
  // are still here: mean over the days, weighted by leavers. 0.5: by chance. Absent: nobody to tell.
  std::optional<double> auc;
  std::optional<double> auc_recency;  // by days since the last purchase
  std::optional<double> auc_gaps;     // by the same over the customer's own mean gap
  // What nobody can beat who sees the future no more than we do: leavers whose first sign had come by then
  // are all found, and the others are a toss-up.
  std::optional<double> auc_bound;

  double median_lead_days() const;
};

struct Verdict {
  std::map<std::string, GroupVerdict> by_reason;
  GroupVerdict all;
  GroupVerdict captive;
  GroupVerdict promotion_driven;
  std::int64_t customers = 0;
  double customer_years = 0;      // from joining to leaving, or to the end
  std::int64_t warnings = 0;      // while the customer was there
  std::int64_t false_alarms = 0;  // of these: of nobody on the way out
  std::int64_t ranking_days = 0;
  // By the question that the risk table answers: of all who have bought, who buys nothing within the horizon?
  std::optional<double> auc_no_purchase;
  std::optional<double> auc_no_purchase_recency;
};

// Contributions that make a reason recognisable; empty: unknown reason.
std::vector<std::string_view> telling_contributions(std::string_view reason);

// history: the folder of `ebb gen`, with truth.jsonl and purchases.jsonl. found: the folder of a replay of
// it; with risk_history.jsonl the ranking is judged, else it is absent. Memory by the number of customers and
// alerts.
Result<Verdict> judge(const std::string& history, const std::string& found, const VerdictOptions& options);

// A table for people, and one object for scripts.
std::string verdict_text(const Verdict& verdict, const VerdictOptions& options);
std::string verdict_json(const Verdict& verdict, const VerdictOptions& options);

// Area under the ROC curve: how often a positive scores higher than a negative, ties by half. Absent if there
// are none of either.
std::optional<double> area_under_curve(std::vector<std::pair<double, bool>> scored);

}  // namespace ebb::app
