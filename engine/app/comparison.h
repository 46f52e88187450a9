// Two replays of one history side by side: which findings appear, vanish or change their level, and why.
//
// "Old" is what there was (--against), "new" what is tried. Findings are matched by customer, kind, lens and
// time: an episode of churn risk with one that overlaps it, another alert with one within 15 days. Ids play
// no part: they change with the graph.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/app/found.h"

namespace ebb::app {

enum class Change { kSame, kAppears, kVanishes, kHigher, kLower, kSooner, kLater };
inline constexpr int kChanges = 7;
// "same", "appears", ...
std::string_view change_name(Change change);

struct Difference {
  Change change = Change::kSame;
  // The first on each side of those that overlap, null if there is none, and its side's highest level.
  const Finding* old_finding = nullptr;
  const Finding* new_finding = nullptr;
  const Step* old_top = nullptr;
  const Step* new_top = nullptr;
  // What moved the score, new less old, the largest first; without those below 0.005. Of an appearing or
  // vanishing finding: against what the other replay thought of the customer at that time, if it says so.
  std::vector<std::pair<std::uint16_t, float>> moved;
  bool known = false;  // there was something to compare with

  const Finding& finding() const { return new_finding != nullptr ? *new_finding : *old_finding; }
  const Step& top() const { return new_top != nullptr ? *new_top : *old_top; }
};

struct Comparison {
  std::vector<Difference> differences;  // by what is at risk, the most first; same ones included
  struct Sum {
    std::int64_t findings = 0;
    std::int64_t customers = 0;  // with at least one
    std::int64_t at_risk_minor = 0;
  };
  std::array<Sum, kChanges> churn_risk;
  std::map<v1::AlertKind, std::array<Sum, kChanges>> others;
};

// old_found, new_found and what they hold outlive the comparison.
Comparison compare(const Found& old_found, const Found& new_found);

// Fills `moved` of all findings of churn risk that are in one replay only, from the other's risk history:
// its last row of the customer up to then. Reads the history once; memory by the number of those findings.
Status explain_from_history(const std::string& old_dir, const std::string& new_dir, Names* names,
                            Comparison* comparison);

}  // namespace ebb::app
