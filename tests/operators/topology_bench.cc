// How long one event takes through the graph with warm rows, ns per event. Budget: 2 us for a purchase
// through the default graph; the whole catalogue 3 us more on the mixed workload (of ten events seven
// purchases, two ratings, one NPS: as tests/bench/throughput.py has it).
//
//   ebb_operators_bench          the default graph by kind of event; then both graphs on the mixed workload
//   ebb_operators_bench FOLDER   both graphs on what `ebb gen` wrote there
//   ebb_operators_bench FOLDER MODEL   the default graph with the plain model of risk and with a fitted one;
//                                      budget: 1.5 us more, rows of 500 bytes (median)
#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/load.h"
#include "state/row_codec.h"
#include "tests/operators/topology_driver.h"

namespace ebb {
namespace {

constexpr int kCustomers = 1000;
constexpr int kWarmUp = 20;
constexpr int kRounds = 200;

class Counter final : public Emitter {
 public:
  void emit(int, std::string_view, const google::protobuf::Message& message, TimeMs) override {
    ++messages;
    bytes += message.ByteSizeLong();
  }
  std::size_t messages = 0;
  std::size_t bytes = 0;
};

std::unique_ptr<const Topology> build(const std::string& graph = "") {
  Diagnostics diagnostics;
  const Config config = parse_config(config_text(graph), "bench.yaml", &diagnostics);
  auto topology = Topology::build(config, &diagnostics);
  if (topology == nullptr) std::abort();
  return topology;
}

std::vector<Row> make_rows(const Topology& topology) {
  std::vector<Row> rows(kCustomers);
  for (int i = 0; i < kCustomers; ++i) {
    rows[static_cast<std::size_t>(i)].customer = fmt::format("customer-{}", i);
    rows[static_cast<std::size_t>(i)].slices.resize(topology.schema().slots().size());
  }
  return rows;
}

template <typename MakeEvent>
void run(std::string_view what, int source, const MakeEvent& make_event) {
  const auto topology = build();
  const auto scratch = topology->make_scratch();
  std::vector<Row> rows = make_rows(*topology);
  Row shared_row;
  shared_row.slices.resize(topology->schema().slots().size());
  SharedState shared{.row = &shared_row};
  Counter counter;
  std::chrono::nanoseconds spent{0};
  std::size_t applied = 0;
  for (int round = 0; round < kWarmUp + kRounds; ++round) {
    const v1::Event event = make_event(round);
    const TimeMs at_ms = event_ms(event);
    if (round == kWarmUp) counter = Counter();
    const auto start = std::chrono::steady_clock::now();
    for (Row& row : rows) {
      applied += topology->apply(event, at_ms, {.source = source, .partition = 0, .offset = round}, row,
                                 shared, counter, *scratch) == Verdict::kApplied;
    }
    if (round >= kWarmUp) spent += std::chrono::steady_clock::now() - start;
  }
  constexpr double kEvents = double{kCustomers} * kRounds;
  fmt::print("{:<10} {:6.0f} ns/event, {:.3f} messages and {:.0f} bytes an event, {} applied\n", what,
             static_cast<double>(spent.count()) / kEvents, static_cast<double>(counter.messages) / kEvents,
             static_cast<double>(counter.bytes) / kEvents, applied);
}

// ---- both graphs, in pairs

struct Input {
  v1::Event event;
  TimeMs at_ms;
  SourceId source;
  std::size_t row;
  Offset offset = 0;
};

struct Cost {
  double apply_ns = 0;      // CPU an event: apply, assess, decide
  double serialise_ns = 0;  // CPU an event: the row to bytes, as an epoch does it
  double row_bytes = 0;     // mean over rows, at the end
  std::size_t median_bytes = 0;
  std::size_t large_bytes = 0;  // of the row at the 99.9th percentile
  std::size_t messages = 0;
  // By slice, and by field ("value.last"): bytes in all rows, and in the largest one of a thousand.
  std::map<std::string, std::pair<std::size_t, std::size_t>> parts;
};

// What each field takes, its tag included.
std::map<std::string, std::size_t> field_bytes(const google::protobuf::Message& message) {
  std::map<std::string, std::size_t> out;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    const std::unique_ptr<google::protobuf::Message> without(message.New());
    without->CopyFrom(message);
    without->GetReflection()->ClearField(without.get(), field);
    out[std::string(field->name())] = message.ByteSizeLong() - without->ByteSizeLong();
  }
  return out;
}

double cpu_ns() {
  return 1e9 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

Cost cost_of(const std::string& graph, const std::vector<Input>& inputs, std::size_t rows_count) {
  const auto topology = build(graph);
  const auto scratch = topology->make_scratch();
  std::vector<Row> rows(rows_count);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].customer = fmt::format("customer-{}", i);
    rows[i].slices.resize(topology->schema().slots().size());
  }
  Row shared_row;
  shared_row.slices.resize(topology->schema().slots().size());
  SharedState shared{.row = &shared_row};
  Counter counter;
  const auto serialised = [&](const Row& row, std::string* out) {
    out->clear();
    if (!encode_row(row, topology->schema(), out).is_ok()) std::abort();
    return out->size();
  };
  Cost cost;
  const double start = cpu_ns();
  for (const Input& input : inputs) {
    topology->apply(input.event, input.at_ms,
                    {.source = input.source, .partition = 0, .offset = input.offset}, rows[input.row], shared,
                    counter, *scratch);
  }
  const double middle = cpu_ns();
  std::string bytes;
  for (const Input& input : inputs) serialised(rows[input.row], &bytes);
  const double end = cpu_ns();
  std::vector<std::size_t> sizes;
  double sum = 0;
  for (const Row& row : rows) {
    sizes.push_back(serialised(row, &bytes));
    sum += static_cast<double>(sizes.back());
  }
  std::sort(sizes.begin(), sizes.end());
  cost.large_bytes = sizes[sizes.size() - 1 - sizes.size() / 1000];
  for (const Row& row : rows) {
    const bool is_large = serialised(row, &bytes) >= cost.large_bytes;
    for (std::size_t slot = 0; slot < row.slices.size(); ++slot) {
      if (row.slices[slot] == nullptr) continue;
      const auto count = [&](const std::string& part, std::size_t size) {
        auto& [all, large] = cost.parts[part];
        all += size;
        if (is_large) large += size;
      };
      const std::string& name = topology->schema().slots()[slot].name;
      count(name, row.slices[slot]->ByteSizeLong());
      for (const auto& [field, size] : field_bytes(*row.slices[slot])) count(name + "." + field, size);
    }
  }
  const auto events = static_cast<double>(inputs.size());
  cost.apply_ns = (middle - start) / events;
  cost.serialise_ns = (end - middle) / events;
  cost.row_bytes = sum / static_cast<double>(rows.size());
  cost.median_bytes = sizes[sizes.size() / 2];
  cost.messages = counter.messages;
  return cost;
}

struct Variant {
  std::string name;
  std::string graph;
};

void compare(std::string_view what, const Variant& one, const Variant& other,
             const std::vector<Input>& inputs, std::size_t rows) {
  const auto say = [&](const Variant& variant, const Cost& cost) {
    fmt::print(
        "{} {:<10} {:5.0f} + {:4.0f} ns/event (graph + slices to bytes); {:4.0f} bytes a row, median {}, {} "
        "at "
        "99.9 %; {} messages\n",
        what, variant.name, cost.apply_ns, cost.serialise_ns, cost.row_bytes, cost.median_bytes,
        cost.large_bytes, cost.messages);
  };
  std::vector<double> apply, serialise;
  for (int pair = 0; pair < 5; ++pair) {
    const Cost off = cost_of(one.graph, inputs, rows);
    const Cost on = cost_of(other.graph, inputs, rows);
    apply.push_back(on.apply_ns - off.apply_ns);
    serialise.push_back(on.serialise_ns - off.serialise_ns);
    say(one, off);
    say(other, on);
  }
  std::sort(apply.begin(), apply.end());
  std::sort(serialise.begin(), serialise.end());
  fmt::print("{} {} events: {} costs {:.0f} + {:.0f} ns an event more than {} (medians of 5 pairs)\n", what,
             inputs.size(), other.name, apply[2], serialise[2], one.name);
  const std::size_t large_rows = rows / 1000 + 1;
  for (const Variant& variant : {one, other}) {
    const Cost cost = cost_of(variant.graph, inputs, rows);
    fmt::print("{} {}: bytes a slice and field, mean over rows and mean over the {} largest\n", what,
               variant.name, large_rows);
    for (const auto& [name, bytes] : cost.parts)
      fmt::print("  {:<36} {:6.0f} {:6.0f}\n", name,
                 static_cast<double>(bytes.first) / static_cast<double>(rows),
                 static_cast<double>(bytes.second) / static_cast<double>(large_rows));
  }
}

const Variant kDefault{"default", "graph: default\n"};
const Variant kCatalogue{"catalogue", "graph: catalogue\n"};

// The default graph, risk judged by the model in the file.
Variant fitted(const std::string& model) {
  return {"fitted", fmt::format("graph:\n"
                                "  dedupe: {{from: [purchases, feedback, surveys, profiles]}}\n"
                                "  value: {{from: dedupe}}\n"
                                "  satisfaction: {{from: dedupe}}\n"
                                "  churn_risk: {{from: [value, satisfaction], model: {}}}\n"
                                "  alert_policy: {{from: churn_risk}}\n",
                                model)};
}

std::vector<Input> mixed() {
  std::mt19937 random(42);
  std::vector<Input> inputs;
  constexpr int kEvents = 200'000;
  for (int i = 0; i < kEvents; ++i) {
    const auto dice = random() % 10;
    const double at_day = 365.0 * i / kEvents;
    Input input;
    input.row = random() % kCustomers;
    if (dice < 7) {
      input.event = purchase("c", at_day, 500 + random() % 20'000, fmt::format("e{}", i));
      input.event.mutable_purchase()->set_channel("web");
    } else {
      input.event = rated("c", at_day, 1 + random() % 5, 1, 5);
      input.event.set_event_id(fmt::format("e{}", i));
      if (dice == 9) input.event.mutable_survey()->set_nps(static_cast<int>(random() % 11));
    }
    input.source = dice < 7 ? 0 : dice < 9 ? 1 : 2;
    input.at_ms = event_ms(input.event);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// Returns the events by time, and how many customers there are.
std::vector<Input> generated(const std::string& folder, std::size_t* rows) {
  constexpr std::array<std::string_view, 4> kSources = {"purchases", "feedback", "surveys", "profiles"};
  std::map<std::string, std::size_t> customers;
  std::vector<Input> inputs;
  for (std::size_t source = 0; source < kSources.size(); ++source) {
    std::ifstream file(fmt::format("{}/{}.jsonl", folder, kSources[source]));
    Offset offset = 0;
    for (std::string line; std::getline(file, line);) {
      Input input;
      if (!google::protobuf::util::JsonStringToMessage(line, &input.event).ok()) continue;
      if (input.event.has_erasure()) continue;
      input.source = static_cast<SourceId>(source);
      input.offset = offset++;
      input.at_ms = event_ms(input.event);
      input.row = customers.emplace(input.event.customer_id(), customers.size()).first->second;
      inputs.push_back(std::move(input));
    }
  }
  std::stable_sort(inputs.begin(), inputs.end(),
                   [](const Input& a, const Input& b) { return a.at_ms < b.at_ms; });
  *rows = customers.size();
  return inputs;
}

void run_all() {
  run("purchase", 0, [](int round) { return purchase("c", 7 * round, 2000); });
  run("duplicate", 0, [](int round) { return purchase("c", 7, 2000, round < kWarmUp ? "" : "the same"); });
  run("rating", 1, [](int round) { return rated("c", 7 * round, 1 + round % 5, 1, 5); });
  compare("mixed", kDefault, kCatalogue, mixed(), kCustomers);
}

}  // namespace
}  // namespace ebb

int main(int argc, char** argv) {
  if (argc < 2) {
    ebb::run_all();
    return 0;
  }
  std::size_t rows = 0;
  const auto inputs = ebb::generated(argv[1], &rows);
  if (inputs.empty()) return 1;
  ebb::compare("generated", ebb::kDefault, argc > 2 ? ebb::fitted(argv[2]) : ebb::kCatalogue, inputs, rows);
}
