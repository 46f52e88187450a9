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
  kSigns,     // the reason to leave begins to show
  kMoodTurn,  // a bad patch begins or ends
  kPurchase,
  kDelivery,  // number = the purchase, and whether it is late
  kRate,
  kContact,
  kComplaintOpened,  // number = the case, in all its steps
  kComplaintAnswered,
  kComplaintResolved,
  kComplaintConfirmed,
  kComplaintReopened,
  kEngagement,
  kGesture,
  kOffer,
  kCompetitor,
  kUnsubscribe,
  kCancellation,
  kMove,
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

class Planner {
 public:
  virtual ~Planner() = default;
  // Steps at or after the end of the history are forgotten.
  virtual void plan(const Step& step) = 0;
};

// Plays one step. True: it is seen as *event (cleared before), of *source.
// name: the customer's id.
bool play(const Step& step, const std::string& name, Customer& customer, Planner& planner, v1::Event* event,
          Source* source);

}  // namespace ebb::gen
