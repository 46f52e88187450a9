// Naming the events behind a statement: from where an event stood, to what a slice keeps, to what an alert
// says.
#pragma once

#include <string>
#include <string_view>

#include "operators/operator.h"

namespace ebb::state::v1 {
class EvidenceItem;
}

namespace ebb {

void remember(std::string_view event_id, const ApplyContext& context, state::v1::EvidenceItem* out);
// Whether there is an event in it at all.
bool is_remembered(const state::v1::EvidenceItem& item);
std::string event_id_of(const state::v1::EvidenceItem& item);
// partition: the row's task.
EvidenceRef evidence_of(const state::v1::EvidenceItem& item, TaskId partition);

// Whether an event is later than the one remembered; of two at one time the larger id counts as the later, so
// that the order of arrival plays no part.
bool is_later(TimeMs event_ms, std::string_view event_id, const state::v1::EvidenceItem& than);

// Remembers the event if it is later than the one remembered, or the first. Whether it was.
bool keep_latest(std::string_view event_id, const ApplyContext& context, state::v1::EvidenceItem* item);

}  // namespace ebb
