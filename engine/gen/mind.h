// What a customer makes of what happens: mood, expectation, resentment, and whether it is enough to leave.
//
// Each reason for leaving has a grudge. Incidents add to it, time takes away (half of it in 75 days), and
// what is good takes away too. Strain is all grudges together over what the customer puts up with, which
// grows with their bond, their mood and their ties. They leave, at a moment at which they have reason to
// think of it, when the strain has reached 1; the largest grudge is the reason. Two reasons know no
// resentment: interest that fades (need), and a move.
#pragma once

#include "engine/base/types.h"
#include "engine/gen/customer.h"

namespace ebb::gen {

// Lets the grudges fade to now. REQUIRES: now >= the time of the call before.
void fade_grudges(Customer& c, TimeMs now);

// REQUIRES: fade_grudges(c, now) was called.
void hurt(Customer& c, Reason by, double amount, TimeMs now);
// Takes away this share of the grudge.
void heal(Customer& c, Reason by, double share);

// Of resentment over what the customer puts up with: 0 none, 1 enough to leave.
double strain(const Customer& c);

// Whether customers who leave for this reason resent something.
bool resented(Reason reason);

// The largest grudge. kNone: there is none.
Reason worst_grudge(const Customer& c);

// Feels a quality from 0 to 1, which counts as much as weight says: mood follows it, and expectation follows
// slowly. Small gaps to what was expected go unnoticed, large ones count more than in proportion.
void feel(Customer& c, double quality, double weight);

// What keeps the customer against their will at this time: they can't leave before it ends.
bool held(const Customer& c, TimeMs now);

}  // namespace ebb::gen
