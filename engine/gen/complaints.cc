// Complaints as cases, and how well they are cared for.
#include "engine/gen/moment.h"

namespace ebb::gen {
namespace {

constexpr std::array<std::string_view, 5> kTopics = {"answers", "billing", "delivery", "quality", "booking"};

}  // namespace

void Moment::complain_after(double low_days, double high_days, bool neglected) {
  const std::uint32_t number = ++c_.cases;
  plan_within(low_days, high_days, StepKind::kComplaintOpened, neglected ? number | kFlag : number);
}

bool Moment::complaint(v1::ComplaintStage stage) {
  const bool by_customer = stage != v1::COMPLAINT_STAGE_ANSWERED && stage != v1::COMPLAINT_STAGE_RESOLVED;
  if (by_customer && left()) return false;
  const bool neglected = (step_.number & kFlag) != 0;
  v1::Feedback& f = feedback();
  f.set_touchpoint("hotline");
  v1::Complaint& complaint = *f.mutable_complaint();
  complaint.set_case_id(name_ + "-k" + std::to_string(step_.number & ~kFlag));
  complaint.set_stage(stage);
  switch (stage) {
    case v1::COMPLAINT_STAGE_OPENED:
      f.set_topic(pick(kTopics));
      f.set_sentiment(-round_off(10 * rng_.between(0.3, 1)) / 10);
      complaint.set_severity(round_off(rng_.between(2, 10)) / 10);
      if (rng_.chance(0.5)) set_time(now_ + days(rng_.between(2, 7)), complaint.mutable_promised_time());
      feel(c_, 0.15, 0.12);
      hurt(c_,
           neglected             ? Reason::kComplaintUnresolved
           : resented(c_.stress) ? c_.stress
                                 : Reason::kBadService,
           0.06, now_);
      if (neglected) {
        ++c_.neglected_cases;
        ponder_from_now();
      }
      break;
    case v1::COMPLAINT_STAGE_RESOLVED:
      complaint.set_justified(rng_.chance(0.75));
      if (rng_.chance(0.3)) {
        set_money(static_cast<std::int64_t>(rng_.between(200, 2000)), complaint.mutable_compensation());
      }
      break;
    case v1::COMPLAINT_STAGE_CONFIRMED:
      feel(c_, 0.9, 0.15);
      heal(c_, Reason::kComplaintUnresolved, 0.5);
      heal(c_, worst_grudge(c_), 0.2);
      if (c_.neglected_cases > 0 && neglected) --c_.neglected_cases;
      break;
    case v1::COMPLAINT_STAGE_REOPENED:
      feel(c_, 0.05, 0.15);
      hurt(c_, Reason::kComplaintUnresolved, 0.12, now_);
      break;
    case v1::COMPLAINT_STAGE_WITHDRAWN:
      if (c_.neglected_cases > 0 && neglected) --c_.neglected_cases;
      break;
    default:
      break;
  }
  plan_complaint(stage);
  return true;
}

// What follows in the case. Nobody cares about a neglected one for weeks; then it may end well all the same.
void Moment::plan_complaint(v1::ComplaintStage stage) {
  const bool neglected = (step_.number & kFlag) != 0;
  const std::uint32_t number = step_.number;
  switch (stage) {
    case v1::COMPLAINT_STAGE_OPENED:
    case v1::COMPLAINT_STAGE_REOPENED:
      if (neglected && rng_.chance(0.08)) {
        plan_within(10, 30, StepKind::kComplaintWithdrawn, number);
        return;
      }
      plan(neglected ? days(rng_.between(6, 40)) : hours(rng_.between(4, 72)), StepKind::kComplaintAnswered,
           number);
      return;
    case v1::COMPLAINT_STAGE_ANSWERED:
      plan(days(neglected ? rng_.between(8, 60) : rng_.between(0.5, 6)), StepKind::kComplaintResolved,
           number);
      return;
    case v1::COMPLAINT_STAGE_RESOLVED:
      if (rng_.chance(neglected ? 0.5 : 0.07)) {
        plan_within(1, 5, StepKind::kComplaintReopened, number);
      } else if (neglected || rng_.chance(0.85)) {
        plan_within(0.2, 3, StepKind::kComplaintConfirmed, number);
      }
      return;
    default:
      return;
  }
}

}  // namespace ebb::gen
