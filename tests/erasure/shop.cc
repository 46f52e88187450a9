#include "tests/erasure/shop.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <stdexcept>

#include "config/load.h"
#include "ebb/state/v1/value_slice.pb.h"
#include "engine/base/hash.h"
#include "engine/core/worker.h"
#include "state/resources.h"

namespace ebb::erasure {
namespace {

constexpr std::string_view kConfig = R"(
name: shop
partitions: {}
log: {{embedded: {{dir: unused}}}}
sources:
  purchases:
  feedback:
time: {{advance: events, lateness: 1h}}
engine: {{epoch_interval: 10ms}}
state: {{erasure_marker: 20d, changelog_delete_retention: 1h}}
)";

class InlineBackground final : public Background {
 public:
  std::future<Status> run(std::function<Status()> work) override {
    std::promise<Status> done;
    done.set_value(work());
    return done.get_future();
  }
};

WorkerOptions worker_options(const Config& config, const RowSchema* schema, StateResources* resources,
                             const std::string& state_dir) {
  WorkerOptions o;
  o.sources = config.sources;
  o.sinks = config.sinks;
  o.time = config.time;
  o.engine = config.engine;
  o.erasure_marker_ms = config.state.erasure_marker_ms;
  o.partitions = config.partitions;
  o.writer.instance = "test";
  o.recovery.away_max_ms = config.state.changelog_delete_retention_ms * 9 / 10;
  o.recovery.new_incarnation = [] { return "one"; };
  o.recovery.open_store = [=](TaskId task) {
    TaskStore::Options options;
    options.dir = fmt::format("{}/{}", state_dir, task);
    options.task = task;
    return TaskStore::open(options, schema, resources);
  };
  return o;
}

}  // namespace

Shop::Shop(std::int32_t partitions) {
  Diagnostics diagnostics;
  config_ = parse_config(fmt::format(kConfig, partitions), "test", &diagnostics);
  topology_ = Topology::build(config_, &diagnostics);
  if (!diagnostics.ok()) throw std::runtime_error(diagnostics.to_string("test"));
}

std::size_t Shop::risk_sink() const {
  const auto sink = std::find_if(config_.sinks.begin(), config_.sinks.end(),
                                 [](const SinkConfig& s) { return s.kind == SinkKind::kRisk; });
  return static_cast<std::size_t>(sink - config_.sinks.begin());
}

TaskId Shop::task_of_the_one() const {
  return partition_of(kGone, config_.partitions);
}

v1::Event Shop::event(std::string_view customer, TimeMs at_ms) {
  v1::Event e;
  e.set_event_id(fmt::format("e{}", next_id_++));
  e.set_customer_id(std::string(customer));
  e.mutable_event_time()->set_seconds(at_ms / 1000);
  return e;
}

void Shop::buy(std::string_view customer, TimeMs at_ms) {
  v1::Event e = event(customer, at_ms);
  e.mutable_purchase()->mutable_amount()->set_currency_code("USD");
  e.mutable_purchase()->mutable_amount()->set_minor_units(2'000);
  append_(kPurchases, e);
}

void Shop::complain(std::string_view customer, TimeMs at_ms) {
  v1::Event e = event(customer, at_ms);
  v1::Rating* rating = e.mutable_feedback()->mutable_rating();
  rating->set_min(1);
  rating->set_max(5);
  rating->set_value(1);
  append_(kFeedback, e);
}

void Shop::forget(std::string_view customer, TimeMs at_ms) {
  v1::Event e = event(customer, at_ms);
  e.mutable_erasure()->set_request_id("ticket-17");
  append_(kPurchases, e);
}

void Shop::live(TimeMs from_ms, TimeMs to_ms, bool with_the_one) {
  for (TimeMs at = from_ms; at < to_ms; at += 10 * kDayMs) {
    for (int c = 0; c < 12; ++c) buy(fmt::format("customer-{}", c), at + c);
    complain("customer-3", at + 100);
    if (!with_the_one) continue;
    buy(kGone, at + 200);
    complain(kGone, at + 300);
  }
}

Seen Shop::run(Log* log, const Clock* clock, const std::function<void()>& tick,
               const std::string& state_dir) {
  StateResources resources({.memory_bytes = 64u << 20});
  InlineBackground background;
  Worker worker(worker_options(config_, &topology_->schema(), &resources, state_dir), log, topology_.get(),
                &background, clock);
  const auto step = [&] {
    const Status status = worker.step();
    if (!status) throw std::runtime_error(status.message());
    tick();
  };
  while (worker.finished_tasks() < static_cast<std::size_t>(config_.partitions)) step();
  Seen seen;
  for (const TaskStatus& task : worker.status()) seen.counts += task.committed.total();
  auto asked =
      worker.ask(task_of_the_one(), std::string(kGone),
                 [&](Row* row, SharedState&, const Topology&, Topology::Scratch&, const TaskProgress&) {
                   seen.row = row != nullptr;
                   if (row == nullptr) return;
                   seen.erased_at_ms = row->erased_at_ms;
                   const int slot = topology_->schema().slot_of(RowSchema::id_of("value"));
                   const auto& slice = row->slices[static_cast<std::size_t>(slot)];
                   if (slice == nullptr) return;
                   seen.purchases = static_cast<const state::v1::ValueSlice&>(*slice).purchases();
                 });
  step();
  EXPECT_TRUE(asked.get());
  worker.drain();
  while (!worker.gone()) step();
  return seen;
}

}  // namespace ebb::erasure
