#include "operators/cases.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

#include "ebb/state/v1/satisfaction_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/base/hash.h"
#include "operators/event_ref.h"

namespace ebb {
namespace {

using state::v1::Case;
using state::v1::SatisfactionSlice;

v1::ComplaintStage stage_of(const v1::Complaint& complaint) {
  return complaint.stage() == v1::COMPLAINT_STAGE_UNSPECIFIED ? v1::COMPLAINT_STAGE_OPENED
                                                              : complaint.stage();
}

bool is_closed(int stage) {
  return stage == v1::COMPLAINT_STAGE_CONFIRMED || stage == v1::COMPLAINT_STAGE_WITHDRAWN;
}

// Room for one more, or null. The oldest of the closed ones makes way.
Case* make_room(const CaseRules& rules, SatisfactionSlice& slice) {
  if (slice.cases_size() < rules.max_cases) return slice.add_cases();
  Case* oldest = nullptr;
  for (Case& item : *slice.mutable_cases()) {
    if (is_closed(item.stage()) &&
        (oldest == nullptr || std::make_tuple(item.event().event_ms(), item.id()) <
                                  std::make_tuple(oldest->event().event_ms(), oldest->id()))) {
      oldest = &item;
    }
  }
  if (oldest != nullptr) {
    oldest->Clear();
    slice.set_past_cases(slice.past_cases() + 1);
  }
  return oldest;
}

void start(const v1::Event& event, const ApplyContext& context, std::uint32_t id, Case& item) {
  item.set_id(id);
  item.set_stage(stage_of(event.feedback().complaint()));
  remember(event.event_id(), context, item.mutable_event());
}

void add_step(const v1::Event& event, const ApplyContext& context, Case& item) {
  const v1::Complaint& complaint = event.feedback().complaint();
  const int stage = stage_of(complaint);
  if (std::make_tuple(context.event_ms, stage) > std::make_tuple(item.event().event_ms(), item.stage())) {
    const DurationMs later_ms = context.event_ms - item.event().event_ms();
    item.set_opened_before_ms(item.opened_before_ms() + later_ms);
    if (item.has_resolved_before_ms()) item.set_resolved_before_ms(item.resolved_before_ms() + later_ms);
    item.set_stage(stage);
    remember(event.event_id(), context, item.mutable_event());
  }
  const DurationMs before_ms = item.event().event_ms() - context.event_ms;
  item.set_opened_before_ms(std::max(item.opened_before_ms(), before_ms));
  if (item.stage() == v1::COMPLAINT_STAGE_CONFIRMED) {
    const TimeMs at_ms = item.event().event_ms();
    item.mutable_event()->Clear();
    item.mutable_event()->set_event_ms(at_ms);
  }
  if (stage == v1::COMPLAINT_STAGE_REOPENED) item.set_reopened(item.reopened() + 1);
  if (stage == v1::COMPLAINT_STAGE_RESOLVED || stage == v1::COMPLAINT_STAGE_CONFIRMED) {
    item.set_resolved_before_ms(std::max(item.resolved_before_ms(), before_ms));
  }
  if (complaint.has_severity()) {
    const auto milli = static_cast<std::uint32_t>(std::lround(1000 * complaint.severity()));
    item.set_severity_milli(std::max(item.severity_milli(), milli));
  }
  if (complaint.has_promised_time()) {
    const TimeMs promised =
        google::protobuf::util::TimeUtil::TimestampToMilliseconds(complaint.promised_time());
    item.set_promised_ms(std::max(item.has_promised_ms() ? item.promised_ms() : promised, promised));
  }
}

}  // namespace

void take_step(const CaseRules& rules, const v1::Event& event, const ApplyContext& context,
               SatisfactionSlice& slice) {
  const v1::Complaint& complaint = event.feedback().complaint();
  const auto id = static_cast<std::uint32_t>(stable_hash(complaint.case_id()));
  for (Case& item : *slice.mutable_cases()) {
    if (item.id() == id) return add_step(event, context, item);
  }
  const int stage = stage_of(complaint);
  // A later step of a case that isn't listed: of one that was only counted, if any was.
  if (stage != v1::COMPLAINT_STAGE_OPENED && slice.more_cases() > 0) {
    slice.set_more_cases(slice.more_cases() - 1);
    if (is_closed(stage)) return;
  }
  if (Case* item = make_room(rules, slice)) {
    start(event, context, id, *item);
    add_step(event, context, *item);
  } else if (!is_closed(stage)) {
    slice.set_more_cases(slice.more_cases() + 1);
  }
}

TimeMs opened_ms(const Case& item) {
  return item.event().event_ms() - item.opened_before_ms();
}

CaseState state_of(const CaseRules& rules, const Case& item, TimeMs at_ms) {
  CaseState out;
  if (is_closed(item.stage())) return out;
  out.claimed = item.stage() == v1::COMPLAINT_STAGE_RESOLVED;
  const TimeMs end_ms = item.event().event_ms() + (out.claimed ? rules.claim_ms : rules.forget_ms);
  out.open = at_ms < end_ms;
  if (!out.open) return out;
  out.changes_ms = end_ms;
  if (out.claimed) return out;
  const TimeMs since_ms =
      item.stage() == v1::COMPLAINT_STAGE_REOPENED ? item.event().event_ms() : opened_ms(item);
  const TimeMs limit_ms =
      item.has_promised_ms() ? std::max(item.promised_ms(), since_ms) : since_ms + rules.recovery_ms;
  out.overdue = at_ms >= limit_ms;
  if (!out.overdue) out.changes_ms = std::min(out.changes_ms, limit_ms);
  return out;
}

double failed_recovery(const CaseRules& rules, const Case& item) {
  double out = item.stage() == v1::COMPLAINT_STAGE_WITHDRAWN ? 0.6 : 0;
  out += 0.3 * std::min(2, item.reopened());
  const TimeMs limit_ms = item.has_promised_ms() ? std::max(item.promised_ms(), opened_ms(item))
                                                 : opened_ms(item) + rules.recovery_ms;
  if (item.has_resolved_before_ms() && item.event().event_ms() - item.resolved_before_ms() > limit_ms)
    out += 0.2;
  return out;
}

}  // namespace ebb
