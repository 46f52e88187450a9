// The analyst's dry run: a replay beside an earlier one.
#pragma once

#include <string>

#include "engine/base/status.h"

namespace ebb::app {

struct AgainstOptions {
  std::string old_dir;    // a replay's folder
  std::string old_label;  // what to call it
  std::string new_dir;
  std::string new_label;
  int most = 20;  // changed findings to list
  bool json = false;
};

// Compares what two replays found, writes NEW/against.json and shows it. *same: nothing changed.
// kNotFound: no replay was there. kInvalid: its files are not those of a replay.
Status show_against(const AgainstOptions& options, bool* same);

}  // namespace ebb::app
