// What happens in a customer's life, step by step. A step is planned for a time; when it comes it may change
// the customer, plan further steps and be seen from outside as one event.
#pragma once

#include <cstdint>
#include <string>

#include "ebb/v1/event.pb.h"
#include "engine/base/types.h"
#include "engine/gen/customer.h"

namespace ebb::gen {

// Order decides between steps of one customer at the same millisecond.
enum class StepKind : std::uint8_t {
  kJoin,
  kStress,    // something begins that may end in leaving
  kIncident,  // something happens that belongs to it
  kPonder,    // once a week while there is reason to
  kStressEnds,
  kMoodTurn,    // a bad patch begins or ends: no more than a mood
  kSchemeEnds,  // of the promotion that won them
  kTieEnds,
  kTrialEnds,
  kPurchase,
  kReturn,        // number = the purchase
  kCancellation,  // number = the purchase
  kDelivery,      // number = the purchase, and whether it is late
  kPromise,       // number = v1::PromiseKind, and whether it is broken
  kRate,
  kWord,     // number = Word
  kContact,  // number = v1::ContactKind
  kFault,
  kRepair,
  kComplaintOpened,  // number = the case, in all its steps, and whether nobody cares
  kComplaintAnswered,
  kComplaintResolved,
  kComplaintConfirmed,
  kComplaintReopened,
  kComplaintWithdrawn,
  kEngagement,
  kPoints,  // number = PointsMove
  kGesture,
  kOffer,  // number = how it ends, and why
  kCompetitor,
  kUnsubscribe,
  kReferred,  // number = the customer who was brought
  kProfile,   // number = ProfileChange
  kNpsRound,
  kSurveySent,  // number = the survey, in all its steps
  kSurveyAnswered,
  kSurveyLapsed,
  kErasure,
};

struct Step {
  TimeMs at_ms = 0;
  std::uint32_t customer = 0;
  std::uint32_t number = 0;
  StepKind kind = StepKind::kJoin;
};

class World {
 public:
  virtual ~World() = default;
  // Steps at or after the end of the history are forgotten.
  virtual void plan(const Step& step) = 0;
  // Another customer as they are now, whom somebody knows by index; and their id.
  virtual const Customer& customer(std::uint32_t i) const = 0;
  virtual std::string id(std::uint32_t i) const = 0;
};

// Plays one step. True: it is seen as *event (cleared before), of *source.
// name: the customer's id.
bool play(const Step& step, const std::string& name, Customer& customer, World& world, v1::Event* event,
          Source* source);

}  // namespace ebb::gen
