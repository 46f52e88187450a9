// What an operator is: a node of the graph that keeps one slice of each customer's row.
//
// An operator lives through these calls, always for one customer at a time, on the thread of the task's
// worker:
//   refuse  can the event be used at all? Before anything is changed.
//   apply   an event has come: change the own slice. Only nodes that the event's source reaches, in graph
//           order.
//   assess  what does the slice say at a point in time? Writes signals for those downstream; a node that
//           judges on top of its inputs passes on what they said (Signals::inherit). Changes nothing.
//   decide  what follows from the signals? May change the own slice, emit messages, and ask to be woken.
// After each event apply runs over the nodes that it reaches, then assess over all nodes, then decide over
// all; when a timer fires only assess and decide do. assess runs again with `explain` on when something
// downstream wants sentences and evidence.
//
// Operators are immutable and shared by all workers: everything that changes is in the slice. Their outcome
// may depend on nothing but the slice, the event and the context: no clock, no random numbers, no other
// customer. Events have passed decode/validate. An operator that throws all the same has its epoch rolled
// back and the event dead-lettered.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/types.h"
#include "operators/signals.h"
#include "state/row.h"

namespace ebb::v1 {
class Event;
}

namespace ebb {

enum class SinkKind;  // config/config.h

// Where an event came from, for evidence.
struct Origin {
  SourceId source = 0;
  TaskId partition = 0;
  Offset offset = 0;
};

// Where emitted messages go. Implemented by the engine; the message is serialised before the call returns.
class Emitter {
 public:
  virtual ~Emitter() = default;
  // node: the emitting node's place in the topology. at_ms: the event time that the message speaks for.
  virtual void emit(int node, std::string_view customer, const google::protobuf::Message& message,
                    TimeMs at_ms) = 0;
};

enum class Verdict { kApplied, kDuplicate };

// Why a valid event can't be used by this graph: it belongs among the dead letters.
struct Refusal {
  std::string reason;   // stable name in lower_snake_case: "unknown_currency"
  std::string field;    // path of the field: "purchase.amount.currency_code"
  std::string message;  // for a person; holds nothing of the customer's data
};

// One operator's slice in one row. T is the type of the operator's slice_prototype().
class SliceRef {
 public:
  // slot < 0: the operator keeps nothing.
  SliceRef(Row& row, int slot, const google::protobuf::Message* prototype)
      : row_(row), slot_(slot), prototype_(prototype) {}

  // Null while the customer has nothing here.
  template <typename T>
  const T* get() const {
    return slot_ < 0 ? nullptr : static_cast<const T*>(row_.slices[static_cast<std::size_t>(slot_)]);
  }
  // Created empty when absent. REQUIRES: the operator has a slice.
  template <typename T>
  T& edit() {
    return static_cast<T&>(edit_message());
  }

 private:
  google::protobuf::Message& edit_message();
  Row& row_;
  int slot_;
  const google::protobuf::Message* prototype_;
};

struct ApplyContext {
  std::string_view customer;
  TimeMs event_ms = 0;
  Origin origin;
  SliceRef slice;
};

struct AssessContext {
  std::string_view customer;
  TimeMs at_ms = 0;      // speak for this time
  bool explain = false;  // fill in sentences and evidence; else leave them empty, they cost
  const SliceRef slice;
  std::span<const Signals* const> inputs;  // of the nodes named in `from`, in that order
  Signals& out;                            // cleared
};

// Runs assess with explain on for all that a node depends on.
class Explainer {
 public:
  virtual ~Explainer() = default;
  virtual std::span<const Signals* const> explained(int node) = 0;
};

struct DecideContext {
  std::string_view customer;
  TimeMs at_ms = 0;
  bool timer = false;  // woken by a timer, no event
  SliceRef slice;
  std::span<const Signals* const> inputs;
  int node = 0;
  const std::string& graph_version;  // Topology::version()
  Emitter& emitter;
  Explainer& explainer;
  TimeMs due_ms = kNever;  // out: what wake_at collected

  // Asks to be called again at this event time. Of all wishes of all nodes in this round the earliest counts;
  // wishes of earlier rounds are void. REQUIRES: at > at_ms.
  void wake_at(TimeMs at) { due_ms = at < due_ms ? at : due_ms; }
  void emit(const google::protobuf::Message& message) { emitter.emit(node, customer, message, at_ms); }
  // The inputs once more, with sentences and evidence. Valid until decide returns.
  std::span<const Signals* const> explained() { return explainer.explained(node); }
};

class Operator {
 public:
  virtual ~Operator() = default;

  // Default instance of the slice's message, or null for an operator that keeps nothing.
  virtual const google::protobuf::Message* slice_prototype() const { return nullptr; }

  // Can this operator do with the event? Asked before anything is changed, of the nodes that the event's
  // source reaches. nullopt: yes.
  virtual std::optional<Refusal> refuse(const v1::Event& /*event*/) const { return std::nullopt; }

  // True: apply may answer kDuplicate. A gate is fed by sources only, a source feeds at most one gate, and
  // gates run before all other nodes, so that a duplicate finds the row as it was.
  virtual bool is_gate() const { return false; }
  // Whether it emits messages for sinks of this kind.
  virtual bool emits(SinkKind /*kind*/) const { return false; }
  // Of an operator that judges by a model: name and version. Changes whenever the same row may be judged
  // differently. Static.
  virtual std::string_view model_version() const { return {}; }

  // kDuplicate ends the event: no further node sees it, and the slice must be unchanged. Only from a gate.
  virtual Verdict apply(const v1::Event& /*event*/, ApplyContext& /*context*/) const {
    return Verdict::kApplied;
  }
  virtual void assess(AssessContext& /*context*/) const {}
  virtual void decide(DecideContext& /*context*/) const {}
};

}  // namespace ebb
