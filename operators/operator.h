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
// Operators are immutable and shared by all workers: everything that changes is in the slices. Their outcome
// may depend on nothing but the slices, the event and the context: no clock, no random numbers, no other
// customer.
//
// What customers have in common (baselines, percentiles, a day's capacity) an operator may keep in a shared
// slice: one for each task, so of the customers of one partition, a random sample of all. It is changed and
// committed in the same epochs as the customers' rows. Two more calls are for it:
//   roll_over  a day (UTC) has ended, by the task's watermark; only if the shared state was changed since the
//              last one. Comes in the timers' order: before any timer of the new day. Here what was gathered
//              becomes what is judged by.
//   erase      a customer is erased: take out again what they put in.
// Judge customers by finished days only: what the others do meanwhile then doesn't change a judgement of
// today, and a run over the same partitions gives the same. A shared slice is written with each epoch that
// changed it, so it must be bounded, and small: some KB.
//
// Events have passed decode/validate. An operator that throws all the same has its epoch rolled back and the
// event dead-lettered.
#pragma once

#include <cstdint>
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

// The row of a task's shared slices, as the calls for one event or timer see it.
struct SharedState {
  Row* row = nullptr;      // null: there is none
  bool changed = false;    // out
  TaskId task = 0;         // whose it is,
  std::int32_t tasks = 1;  // of so many
};

// One operator's shared slice.
class SharedRef {
 public:
  // state: null where there is none; slot < 0: the operator keeps nothing.
  SharedRef(SharedState* state, int slot, const google::protobuf::Message* prototype)
      : state_(state), slot_(slot), prototype_(prototype) {}

  // Null while nothing is there.
  template <typename T>
  const T* get() const {
    if (state_ == nullptr || state_->row == nullptr) return nullptr;
    return SliceRef(*state_->row, slot_, prototype_).get<T>();
  }
  // Created empty when absent. REQUIRES: the operator has a shared slice.
  template <typename T>
  T& edit() {
    state_->changed = true;
    return SliceRef(*state_->row, slot_, prototype_).edit<T>();
  }
  // Whose it is, of how many: the share of what all tasks have together.
  TaskId task() const { return state_->task; }
  std::int32_t tasks() const { return state_->tasks; }

 private:
  SharedState* state_;
  int slot_;
  const google::protobuf::Message* prototype_;
};

struct ApplyContext {
  std::string_view customer;
  TimeMs event_ms = 0;
  Origin origin;
  SliceRef slice;
  SharedRef shared;
};

struct AssessContext {
  std::string_view customer;
  TimeMs at_ms = 0;      // speak for this time
  bool explain = false;  // fill in sentences and evidence; else leave them empty, they cost
  const SliceRef slice;
  const SharedRef shared;
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
  SharedRef shared;
  std::span<const Signals* const> inputs;
  int node = 0;
  const std::string& graph_version;  // Topology::version()
  Emitter& emitter;
  Explainer& explainer;
  TimeMs due_ms = kNever;  // out: what wake_at collected

  // Asks to be called again at this event time. Of all wishes of all nodes in this round the earliest counts;
  // wishes of earlier rounds are void; one that lies far ahead may be answered earlier. REQUIRES: at > at_ms.
  void wake_at(TimeMs at) { due_ms = at < due_ms ? at : due_ms; }
  void emit(const google::protobuf::Message& message) { emitter.emit(node, customer, message, at_ms); }
  // The inputs once more, with sentences and evidence. Valid until decide returns.
  std::span<const Signals* const> explained() { return explainer.explained(node); }
};

struct RollOverContext {
  TimeMs at_ms = 0;  // the end of the day; its work may have begun days before, if nothing came in between
  SharedRef shared;
  int node = 0;
  const std::string& graph_version;
  Emitter& emitter;

  // key: the record's.
  void emit(std::string_view key, const google::protobuf::Message& message) {
    emitter.emit(node, key, message, at_ms);
  }
};

struct EraseContext {
  std::string_view customer;
  const SliceRef slice;
  SharedRef shared;
};

class Operator {
 public:
  virtual ~Operator() = default;

  // Default instance of the slice's message, or null for an operator that keeps nothing.
  virtual const google::protobuf::Message* slice_prototype() const { return nullptr; }

  // The same for the shared slice.
  virtual const google::protobuf::Message* shared_prototype() const { return nullptr; }

  // Can this operator do with the event? Asked before anything is changed, of the nodes that the event's
  // source reaches. nullopt: yes.
  virtual std::optional<Refusal> refuse(const v1::Event& /*event*/) const { return std::nullopt; }

  // True: apply may answer kDuplicate. A gate is fed by sources only, a source feeds at most one gate, and
  // gates run before all other nodes, so that a duplicate finds the row as it was.
  virtual bool is_gate() const { return false; }
  // Whether it emits messages for sinks of this kind.
  virtual bool emits(SinkKind /*kind*/) const { return false; }
  // Whether it sends alerts under this lens, the name of a weighting.
  virtual bool has_lens(std::string_view /*lens*/) const { return false; }
  // Of an operator that judges by a model: name and version. Changes whenever the same row may be judged
  // differently. Static.
  virtual std::string_view model_version() const { return {}; }

  // kDuplicate ends the event: no further node sees it, and the slice must be unchanged. Only from a gate.
  virtual Verdict apply(const v1::Event& /*event*/, ApplyContext& /*context*/) const {
    return Verdict::kApplied;
  }
  virtual void assess(AssessContext& /*context*/) const {}
  virtual void decide(DecideContext& /*context*/) const {}
  virtual void roll_over(RollOverContext& /*context*/) const {}
  virtual void erase(EraseContext& /*context*/) const {}
};

}  // namespace ebb
