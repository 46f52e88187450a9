// A comparison of two replays as text for people and as JSON for scripts.
#pragma once

#include <string>

#include "engine/app/comparison.h"
#include "engine/app/console.h"

namespace ebb::app {

// What the two sides are called, and what their summaries say of them.
struct Side {
  std::string label;          // a folder or a config
  std::string graph_version;  // empty: unknown
  std::string currency;
};

// Tables: how many findings changed and how; which contributions moved; and of the changed ones the `most`
// that have most at risk.
std::string comparison_text(const Comparison& comparison, const Side& old_side, const Side& new_side,
                            const Names& names, int most, const Painter& painter);
// One object; docs/replay.md has its fields. Without the line's end.
std::string comparison_json(const Comparison& comparison, const Side& old_side, const Side& new_side,
                            const Names& names, int most);

}  // namespace ebb::app
