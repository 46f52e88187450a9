#include "engine/gen/life.h"

#include "engine/gen/moment.h"

namespace ebb::gen {

bool Moment::play() {
  if (c_.gone) return false;
  switch (step_.kind) {
    case StepKind::kJoin:
      return join();
    case StepKind::kStress:
      return stress();
    case StepKind::kIncident:
      return incident();
    case StepKind::kPonder:
      return ponder();
    case StepKind::kStressEnds:
      return stress_ends();
    case StepKind::kMoodTurn:
      return mood_turn();
    case StepKind::kSchemeEnds:
      return scheme_ends();
    case StepKind::kTieEnds:
      return tie_ends();
    case StepKind::kTrialEnds:
      return trial_ends();
    case StepKind::kPurchase:
      return purchase();
    case StepKind::kReturn:
      return taken_back(false);
    case StepKind::kCancellation:
      return taken_back(true);
    case StepKind::kDelivery:
      return delivery();
    case StepKind::kPromise:
      return promise();
    case StepKind::kRate:
      return rate();
    case StepKind::kWord:
      return word(static_cast<Word>(step_.number));
    case StepKind::kContact:
      return contact(static_cast<v1::ContactKind>(step_.number));
    case StepKind::kFault:
      return fault();
    case StepKind::kRepair:
      return repair();
    case StepKind::kComplaintOpened:
      return complaint(v1::COMPLAINT_STAGE_OPENED);
    case StepKind::kComplaintAnswered:
      return complaint(v1::COMPLAINT_STAGE_ANSWERED);
    case StepKind::kComplaintResolved:
      return complaint(v1::COMPLAINT_STAGE_RESOLVED);
    case StepKind::kComplaintConfirmed:
      return complaint(v1::COMPLAINT_STAGE_CONFIRMED);
    case StepKind::kComplaintReopened:
      return complaint(v1::COMPLAINT_STAGE_REOPENED);
    case StepKind::kComplaintWithdrawn:
      return complaint(v1::COMPLAINT_STAGE_WITHDRAWN);
    case StepKind::kEngagement:
      return engagement();
    case StepKind::kPoints:
      return points(static_cast<PointsMove>(step_.number));
    case StepKind::kGesture:
      return gesture();
    case StepKind::kOffer:
      return offer();
    case StepKind::kCompetitor:
      return competitor();
    case StepKind::kUnsubscribe:
      return unsubscribe();
    case StepKind::kReferred:
      return referred();
    case StepKind::kProfile:
      return profile(static_cast<ProfileChange>(step_.number));
    case StepKind::kNpsRound:
      return nps_round();
    case StepKind::kSurveySent:
      return survey_sent();
    case StepKind::kSurveyAnswered:
      return survey_answered();
    case StepKind::kSurveyLapsed:
      return survey_lapsed();
    case StepKind::kErasure:
      return erasure();
  }
  return false;
}

bool play(const Step& step, const std::string& name, Customer& customer, World& world, v1::Event* event,
          Source* source) {
  event->Clear();
  return Moment(step, name, customer, world, event, source).play();
}

}  // namespace ebb::gen
