// The graph: built once from the config, immutable, shared by all workers. The engine knows operators only
// through this class.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.h"
#include "operators/operator.h"
#include "state/row.h"

namespace ebb {

struct Config;       // config/config.h
class Diagnostics;   // config/diagnostics.h
struct MakeContext;  // operators/registry.h

// How an operator is made, by its name; null: there is none. operators/registry.h has the one for all.
using OperatorMaker = std::unique_ptr<Operator> (*)(const MakeContext& context);
using OperatorFinder = OperatorMaker (*)(std::string_view name);

// One node as tools show it.
struct NodeInfo {
  std::string name;
  std::string op;                 // the operator's type
  std::vector<std::string> from;  // names of sources and nodes
  std::vector<int> sinks;         // places in the config's list of sinks that it feeds
  std::string model_version;      // empty: judges by no model
};

class Topology {
 public:
  // Signals of every node, reused from event to event. One per worker; the topology outlives it.
  class Scratch {
   public:
    virtual ~Scratch() = default;
  };

  // Builds and checks the graph: unknown operators or inputs, cycles, nodes that nothing feeds, sinks fed by
  // nodes that emit nothing for them, wrong or unknown parameters. Everything wrong goes to the diagnostics
  // with its place in the file; null if anything was.
  // find: null for the operators that Ebb has; tests bring some that misbehave.
  static std::unique_ptr<const Topology> build(const Config& config, Diagnostics* diagnostics,
                                               OperatorFinder find = nullptr);
  ~Topology();

  std::unique_ptr<Scratch> make_scratch() const;

  const RowSchema& schema() const;
  const std::vector<NodeInfo>& nodes() const;  // in order of execution
  // Changes whenever the graph's meaning does: hash over nodes, edges and parameters, 16 hex digits.
  const std::string& version() const;

  // Can the graph use a valid event of this source? Ask before apply, while nothing has changed.
  std::optional<Refusal> refuse(const v1::Event& event, SourceId source) const;

  // Does any operator keep a shared slice? Then the calls below need a shared row, made for schema() too, and
  // set shared.changed, the row's clock_ms and due_ms (the end of the day) if they changed it.
  bool has_shared() const;

  // Runs one valid event of source origin.source through the row: apply, assess, decide; sets due_ms,
  // clock_ms. REQUIRES: the event is of the row's customer, no erasure, not refused; the row was made for
  // schema(). On kDuplicate the rows are unchanged. The row is judged at its clock, which an event that comes
  // late doesn't move.
  Verdict apply(const v1::Event& event, TimeMs event_ms, const Origin& origin, Row& row, SharedState& shared,
                Emitter& emitter, Scratch& scratch) const;
  // The row's timer is due at row.due_ms: judges it as of then. Afterwards row.due_ms is later.
  // REQUIRES: row.due_ms < kNever.
  void fire(Row& row, SharedState& shared, Emitter& emitter, Scratch& scratch) const;
  // The shared row is due: a day ends. Afterwards it is not due until it is changed again.
  // REQUIRES: shared.row->due_ms < kNever.
  void roll_over(SharedState& shared, Emitter& emitter) const;
  // The customer is about to be erased. The caller clears the row.
  void erase(Row& row, SharedState& shared) const;
  // What every node says of a customer at a time, with sentences, by place of node. Changes nothing.
  std::vector<Signals> explain(TimeMs at_ms, Row& row, SharedState& shared, Scratch& scratch) const;

 private:
  struct Impl;
  struct RunState;
  explicit Topology(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb
