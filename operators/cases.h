// Complaint cases in a slice: a bounded list whose state doesn't depend on the order in which the steps come.
#pragma once

#include "operators/operator.h"

namespace ebb::state::v1 {
class Case;
class SatisfactionSlice;
}  // namespace ebb::state::v1

namespace ebb {

struct CaseRules {
  int max_cases = 5;
  DurationMs recovery_ms = 7 * kDayMs;  // in which a case should be resolved, if nothing else was promised
  DurationMs claim_ms = 30 * kDayMs;    // after which a resolution that nobody disputes counts as confirmed
  DurationMs forget_ms = 365 * kDayMs;  // after which a case without a step is let go
};

// Takes one step of a case into the slice. Of steps at one time the higher stage counts. If there is no room,
// the oldest closed case goes; if all are open, a new one is only counted. REQUIRES: the event has a
// complaint.
void take_step(const CaseRules& rules, const v1::Event& event, const ApplyContext& context,
               state::v1::SatisfactionSlice& slice);

// When the earliest step known was.
TimeMs opened_ms(const state::v1::Case& item);

// A case as it stands at a time.
struct CaseState {
  bool open = false;
  bool claimed = false;  // said to be resolved, not confirmed
  bool overdue = false;
  TimeMs changes_ms = kNever;  // when this changes though no step comes
};
CaseState state_of(const CaseRules& rules, const state::v1::Case& item, TimeMs at_ms);

// How badly a case was handled, whatever comes of it: given up by the customer 0.6, not accepted 0.3 for each
// time (twice at most), resolved late 0.2. Log-odds.
double failed_recovery(const CaseRules& rules, const state::v1::Case& item);

}  // namespace ebb
