#include "operators/topology.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "config/config.h"
#include "config/diagnostics.h"
#include "engine/base/hash.h"
#include "operators/graph.h"
#include "operators/registry.h"
#include "operators/version.h"

namespace ebb {
namespace {

struct RunNode {
  std::unique_ptr<Operator> op;
  int slot = -1;
  const google::protobuf::Message* prototype = nullptr;
  int shared_slot = -1;
  const google::protobuf::Message* shared_prototype = nullptr;
  std::size_t first_input = 0;      // in the flat list of inputs
  std::vector<std::size_t> inputs;  // places in order of execution
  std::vector<std::size_t> needs;   // all nodes that it depends on, in order of execution
};

}  // namespace

google::protobuf::Message& SliceRef::edit_message() {
  assert(slot_ >= 0);
  const auto slot = static_cast<std::size_t>(slot_);
  google::protobuf::Message* const slice = row_.slices[slot];
  return slice != nullptr ? *slice : row_.make_slice(slot, *prototype_);
}

struct Topology::Impl {
  RowSchema schema;
  std::vector<NodeInfo> infos;
  std::vector<RunNode> nodes;                   // in order of execution
  std::vector<std::vector<std::size_t>> reach;  // by source: nodes that its events pass through, in order
  std::size_t input_count = 0;                  // of all nodes together
  std::string version;
  bool has_shared = false;
  DurationMs longest_wait_ms = 0;  // no timer is set further ahead

  // Adds a slice; -1 if its name's hash is that of another one.
  int add_slot(const std::string& name, const google::protobuf::Message* prototype) {
    return schema.slot_of(RowSchema::id_of(name)) >= 0 ? -1 : schema.add(name, prototype);
  }
  bool add_slots(const NodeConfig& node, RunNode* run, Diagnostics* diagnostics);
  void judge(bool timer, Row& row, SharedState& shared, Emitter& emitter, RunState& scratch) const;
  void assess(std::size_t node, TimeMs at_ms, bool explain, Row& row, SharedState& shared,
              std::vector<Signals>& signals, const std::vector<const Signals*>& inputs) const;
};

struct Topology::RunState final : public Topology::Scratch, public Explainer {
 public:
  explicit RunState(const Impl& impl)
      : impl_(impl), signals_(impl.nodes.size()), explained_(impl.nodes.size()), fresh_(impl.nodes.size()) {
    for (const RunNode& node : impl.nodes) {
      for (const std::size_t input : node.inputs) {
        inputs_.push_back(&signals_[input]);
        explained_inputs_.push_back(&explained_[input]);
      }
    }
  }
  RunState(const RunState&) = delete;  // its own addresses stand in its lists
  RunState& operator=(const RunState&) = delete;

  // A new round of judging.
  void begin(Row& row, SharedState& shared, TimeMs at_ms) {
    row_ = &row;
    shared_ = &shared;
    at_ms_ = at_ms;
    if (any_fresh_) std::fill(fresh_.begin(), fresh_.end(), false);
    any_fresh_ = false;
  }

  std::span<const Signals* const> explained(int node) override {
    const RunNode& asking = impl_.nodes[static_cast<std::size_t>(node)];
    for (const std::size_t n : asking.needs) explain(n);
    return {explained_inputs_.data() + asking.first_input, asking.inputs.size()};
  }

  void explain(std::size_t node) {
    if (fresh_[node]) return;
    fresh_[node] = true;
    any_fresh_ = true;
    impl_.assess(node, at_ms_, true, *row_, *shared_, explained_, explained_inputs_);
  }

  std::vector<Signals>& signals() { return signals_; }
  const std::vector<const Signals*>& inputs() const { return inputs_; }
  const std::vector<Signals>& explained_signals() const { return explained_; }

 private:
  const Impl& impl_;
  std::vector<Signals> signals_, explained_;
  std::vector<const Signals*> inputs_, explained_inputs_;  // flat, by node and input
  std::vector<bool> fresh_;                                // explained in this round
  bool any_fresh_ = false;
  Row* row_ = nullptr;
  SharedState* shared_ = nullptr;
  TimeMs at_ms_ = 0;
};

void Topology::Impl::assess(std::size_t node, TimeMs at_ms, bool explain, Row& row, SharedState& shared,
                            std::vector<Signals>& signals, const std::vector<const Signals*>& inputs) const {
  const RunNode& n = nodes[node];
  signals[node].clear();
  AssessContext context{.customer = row.customer,
                        .at_ms = at_ms,
                        .explain = explain,
                        .slice = SliceRef(row, n.slot, n.prototype),
                        .shared = SharedRef(&shared, n.shared_slot, n.shared_prototype),
                        .inputs = {inputs.data() + n.first_input, n.inputs.size()},
                        .out = signals[node]};
  n.op->assess(context);
}

// What changed in the shared row speaks for this time; the day in which that is will end.
void note_change(TimeMs at_ms, SharedState& shared) {
  if (!shared.changed) return;
  Row& row = *shared.row;
  row.clock_ms = std::max(row.clock_ms, at_ms);
  if (row.due_ms == kNever) row.due_ms = (row.clock_ms / kDayMs + 1) * kDayMs;
}

void Topology::Impl::judge(bool timer, Row& row, SharedState& shared, Emitter& emitter,
                           RunState& scratch) const {
  scratch.begin(row, shared, row.clock_ms);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    assess(i, row.clock_ms, false, row, shared, scratch.signals(), scratch.inputs());
  }
  TimeMs due_ms = kNever;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const RunNode& n = nodes[i];
    DecideContext context{.customer = row.customer,
                          .at_ms = row.clock_ms,
                          .timer = timer,
                          .slice = SliceRef(row, n.slot, n.prototype),
                          .shared = SharedRef(&shared, n.shared_slot, n.shared_prototype),
                          .inputs = {scratch.inputs().data() + n.first_input, n.inputs.size()},
                          .node = static_cast<int>(i),
                          .graph_version = version,
                          .emitter = emitter,
                          .explainer = scratch};
    n.op->decide(context);
    due_ms = std::min(due_ms, context.due_ms);
  }
  assert(due_ms > row.clock_ms);
  if (due_ms != kNever) due_ms = std::min(due_ms, row.clock_ms + longest_wait_ms);
  row.due_ms = std::max(due_ms, row.clock_ms + 1);
  note_change(row.clock_ms, shared);
}

bool Topology::Impl::add_slots(const NodeConfig& node, RunNode* run, Diagnostics* diagnostics) {
  run->prototype = run->op->slice_prototype();
  run->shared_prototype = run->op->shared_prototype();
  if (run->prototype != nullptr) run->slot = add_slot(node.name, run->prototype);
  // A node's name has no blank.
  if (run->shared_prototype != nullptr) {
    run->shared_slot = add_slot(node.name + " shared", run->shared_prototype);
    has_shared = true;
  }
  if ((run->prototype == nullptr || run->slot >= 0) &&
      (run->shared_prototype == nullptr || run->shared_slot >= 0)) {
    return true;
  }
  diagnostics->error(
      node.place,
      fmt::format("node '{}': its name's hash is that of another node; choose another name", node.name));
  return false;
}

namespace {

std::vector<std::unique_ptr<Operator>> make_operators(const Config& config, OperatorFinder find,
                                                      Diagnostics* diagnostics) {
  std::vector<std::unique_ptr<Operator>> operators;
  for (const NodeConfig& node : config.graph.nodes) {
    operators.push_back(nullptr);
    const OperatorMaker make = find(node.op);
    if (make == nullptr) {
      const std::string near = nearest_name(node.op, operator_names());
      diagnostics->error(node.place, fmt::format("node '{}': there is no operator '{}'{}", node.name, node.op,
                                                 near.empty() ? fmt::format("; there are: {}",
                                                                            fmt::join(operator_names(), ", "))
                                                              : fmt::format("; did you mean '{}'?", near)));
      continue;
    }
    operators.back() = make({.node = node.name,
                             .params = node.params,
                             .model = node.model,
                             .money = config.money,
                             .sources = config.sources,
                             .diagnostics = diagnostics});
  }
  return operators;
}

NodeInfo describe(const NodeConfig& node, const Operator& op, std::vector<int> sinks) {
  NodeInfo info{.name = node.name,
                .op = node.op,
                .from = {},
                .sinks = std::move(sinks),
                .model_version = std::string(op.model_version())};
  for (const auto& [name, place] : node.from) info.from.push_back(name);
  return info;
}

// The inputs and what they need in turn, ascending.
std::vector<std::size_t> all_needs(const std::vector<RunNode>& nodes,
                                   const std::vector<std::size_t>& inputs) {
  std::vector<std::size_t> needs = inputs;
  for (const std::size_t i : inputs) needs.insert(needs.end(), nodes[i].needs.begin(), nodes[i].needs.end());
  std::sort(needs.begin(), needs.end());
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  return needs;
}

}  // namespace

std::unique_ptr<const Topology> Topology::build(const Config& config, Diagnostics* diagnostics,
                                                OperatorFinder find) {
  const std::size_t before = diagnostics->errors().size();
  std::vector<std::unique_ptr<Operator>> operators =
      make_operators(config, find == nullptr ? find_operator : find, diagnostics);
  const std::optional<Graph> graph = resolve_graph(config, operators, diagnostics);
  if (!graph.has_value() || diagnostics->errors().size() != before) return nullptr;

  auto impl = std::make_unique<Impl>();
  // A timer's entry names the customer. So none outlasts the marker of one who was erased after it was set.
  impl->longest_wait_ms = config.state.erasure_marker_ms;
  std::vector<std::size_t> place(operators.size());  // by place in the config: place in order of execution
  for (const int index : graph->order) {
    const auto i = static_cast<std::size_t>(index);
    const NodeConfig& node = config.graph.nodes[i];
    place[i] = impl->nodes.size();
    impl->infos.push_back(describe(node, *operators[i], graph->sinks[i]));

    RunNode run;
    run.op = std::move(operators[i]);
    if (!impl->add_slots(node, &run, diagnostics)) return nullptr;
    for (const int input : graph->nodes[i].inputs)
      run.inputs.push_back(place[static_cast<std::size_t>(input)]);
    run.first_input = impl->input_count;
    impl->input_count += run.inputs.size();
    run.needs = all_needs(impl->nodes, run.inputs);
    impl->nodes.push_back(std::move(run));
  }
  for (const std::vector<bool>& reached : graph->reach) {
    std::vector<std::size_t>& nodes = impl->reach.emplace_back();
    for (const int index : graph->order) {
      const auto i = static_cast<std::size_t>(index);
      if (reached[i]) nodes.push_back(place[i]);
    }
  }
  impl->version = graph_version(config, impl->infos);
  return std::unique_ptr<const Topology>(new Topology(std::move(impl)));
}

Topology::Topology(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Topology::~Topology() = default;

std::unique_ptr<Topology::Scratch> Topology::make_scratch() const {
  return std::make_unique<RunState>(*impl_);
}

const RowSchema& Topology::schema() const {
  return impl_->schema;
}
const std::vector<NodeInfo>& Topology::nodes() const {
  return impl_->infos;
}
const std::string& Topology::version() const {
  return impl_->version;
}

std::optional<Refusal> Topology::refuse(const v1::Event& event, SourceId source) const {
  for (const std::size_t i : impl_->reach[static_cast<std::size_t>(source)]) {
    if (auto refusal = impl_->nodes[i].op->refuse(event)) return refusal;
  }
  return std::nullopt;
}

bool Topology::has_shared() const {
  return impl_->has_shared;
}

Verdict Topology::apply(const v1::Event& event, TimeMs event_ms, const Origin& origin, Row& row,
                        SharedState& shared, Emitter& emitter, Scratch& scratch) const {
  assert(row.slices.size() == impl_->schema.slots().size());
  assert(!impl_->has_shared || shared.row != nullptr);
  for (const std::size_t i : impl_->reach[static_cast<std::size_t>(origin.source)]) {
    const RunNode& n = impl_->nodes[i];
    ApplyContext context{.customer = row.customer,
                         .event_ms = event_ms,
                         .origin = origin,
                         .slice = SliceRef(row, n.slot, n.prototype),
                         .shared = SharedRef(&shared, n.shared_slot, n.shared_prototype)};
    if (n.op->apply(event, context) == Verdict::kDuplicate) return Verdict::kDuplicate;
  }
  row.clock_ms = std::max(row.clock_ms, event_ms);
  impl_->judge(false, row, shared, emitter, static_cast<RunState&>(scratch));
  return Verdict::kApplied;
}

void Topology::fire(Row& row, SharedState& shared, Emitter& emitter, Scratch& scratch) const {
  assert(row.due_ms < kNever);
  row.clock_ms = std::max(row.clock_ms, row.due_ms);
  impl_->judge(true, row, shared, emitter, static_cast<RunState&>(scratch));
}

void Topology::roll_over(SharedState& shared, Emitter& emitter) const {
  Row& row = *shared.row;
  assert(row.due_ms < kNever);
  const TimeMs day_end_ms = row.due_ms;
  for (std::size_t i = 0; i < impl_->nodes.size(); ++i) {
    const RunNode& n = impl_->nodes[i];
    if (n.shared_slot < 0) continue;
    RollOverContext context{.at_ms = day_end_ms,
                            .shared = SharedRef(&shared, n.shared_slot, n.shared_prototype),
                            .node = static_cast<int>(i),
                            .graph_version = impl_->version,
                            .emitter = emitter};
    n.op->roll_over(context);
  }
  row.clock_ms = std::max(row.clock_ms, day_end_ms);
  row.due_ms = kNever;
  shared.changed = true;
}

void Topology::erase(Row& row, SharedState& shared) const {
  for (const RunNode& n : impl_->nodes) {
    EraseContext context{.customer = row.customer,
                         .slice = SliceRef(row, n.slot, n.prototype),
                         .shared = SharedRef(&shared, n.shared_slot, n.shared_prototype)};
    n.op->erase(context);
  }
  note_change(row.clock_ms, shared);
}

std::vector<Signals> Topology::explain(TimeMs at_ms, Row& row, SharedState& shared, Scratch& scratch) const {
  RunState& state = static_cast<RunState&>(scratch);
  state.begin(row, shared, at_ms);
  for (std::size_t i = 0; i < impl_->nodes.size(); ++i) state.explain(i);
  return state.explained_signals();
}

}  // namespace ebb
