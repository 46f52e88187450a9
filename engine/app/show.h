// Alerts, risks and dead letters as lines for people.
#pragma once

#include <string>

#include "ebb/v1/alert.pb.h"
#include "engine/app/console.h"

namespace ebb::v1 {
class DeadLetter;
class Request;
class Risk;
class SegmentDay;
}  // namespace ebb::v1

namespace ebb::app {

// "cut the cost to serve"; empty: nothing is suggested.
std::string action_word(v1::SuggestedAction action);

// "2026-03-14 CRITICAL c00042    83 % (was 61 %)  at risk 184.20 USD  Silent for 41 days ...  -> contact".
// Control characters in ids are shown as '?'. No line's end.
std::string alert_line(const v1::Alert& alert, const Painter& painter);
std::string risk_line(const v1::Risk& risk, const Painter& painter);
// "2026-03-14 ask to refer   c00042  expected 184.20 USD  Would recommend us: ...".
std::string request_line(const v1::Request& request, const Painter& painter);
// "2026-03-14 task 3  region=north  112 customers, satisfaction 71 of 100, 9 at risk, profit 1,204.00 USD".
std::string segment_line(const v1::SegmentDay& segment, const Painter& painter);
// Two lines: where, who, why; below it the beginning of the raw record, harmless to a terminal. It is the
// customer's data, and fit for a screen only.
std::string dead_letter_line(const v1::DeadLetter& letter, const Painter& painter);

}  // namespace ebb::app
