#include "operators/event_ref.h"

#include "ebb/state/v1/evidence_slice.pb.h"

namespace ebb {

void remember(std::string_view event_id, const ApplyContext& context, state::v1::EvidenceItem* out) {
  out->set_source(context.origin.source);
  out->set_partition(context.origin.partition);
  out->set_offset(context.origin.offset);
  out->set_event_ms(context.event_ms);
  out->set_event_id(event_id.data(), event_id.size());
}

EvidenceRef evidence_of(const state::v1::EvidenceItem& item) {
  return {.source = item.source(),
          .partition = item.partition(),
          .offset = item.offset(),
          .event_ms = item.event_ms(),
          .event_id = item.event_id()};
}

bool is_later(TimeMs event_ms, std::string_view event_id, const state::v1::EvidenceItem& than) {
  return event_ms > than.event_ms() || (event_ms == than.event_ms() && event_id > than.event_id());
}

bool keep_latest(std::string_view event_id, const ApplyContext& context, state::v1::EvidenceItem* item) {
  if (!item->event_id().empty() && !is_later(context.event_ms, event_id, *item)) return false;
  remember(event_id, context, item);
  return true;
}

}  // namespace ebb
