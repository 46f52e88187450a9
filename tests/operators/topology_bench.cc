// How long one event takes through the default graph with a warm row: prints ns per event. Budget: 2 us for a
// purchase.
#include <fmt/format.h>
#include <google/protobuf/message.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "config/diagnostics.h"
#include "config/load.h"
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

std::unique_ptr<const Topology> build() {
  Diagnostics diagnostics;
  const Config config = parse_config(config_text(""), "bench.yaml", &diagnostics);
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
                                 counter, *scratch) == Verdict::kApplied;
    }
    if (round >= kWarmUp) spent += std::chrono::steady_clock::now() - start;
  }
  constexpr double kEvents = double{kCustomers} * kRounds;
  fmt::print("{:<10} {:6.0f} ns/event, {:.3f} messages and {:.0f} bytes an event, {} applied\n", what,
             static_cast<double>(spent.count()) / kEvents, static_cast<double>(counter.messages) / kEvents,
             static_cast<double>(counter.bytes) / kEvents, applied);
}

void run_all() {
  run("purchase", 0, [](int round) { return purchase("c", 7 * round, 2000); });
  run("duplicate", 0, [](int round) { return purchase("c", 7, 2000, round < kWarmUp ? "" : "the same"); });
  run("rating", 1, [](int round) { return rated("c", 7 * round, 1 + round % 5, 1, 5); });
}

}  // namespace
}  // namespace ebb

int main() {
  ebb::run_all();
}
