#include "tests/app/failing_operator.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "config/load.h"
#include "ebb/state/v1/dedupe_slice.pb.h"
#include "ebb/state/v1/value_slice.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/app/logging.h"
#include "engine/app/runtime.h"
#include "engine/base/hash.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "operators/registry.h"

namespace ebb::app {
namespace {

constexpr int kCustomers = 40;
constexpr int kDays = 6;
constexpr int kBadEvents = 2;
constexpr int kPartitions = 2;

// Fails after it has changed its slices, so that what it left behind shows if it isn't taken back. The shared
// one counts events: those of today as purchases, those before as spend, and the days as returns.
class Grump final : public Operator {
 public:
  const google::protobuf::Message* slice_prototype() const override {
    return &state::v1::DedupeSlice::default_instance();
  }
  const google::protobuf::Message* shared_prototype() const override {
    return &state::v1::ValueSlice::default_instance();
  }
  Verdict apply(const v1::Event& event, ApplyContext& context) const override {
    context.slice.edit<state::v1::DedupeSlice>();
    auto& shared = context.shared.edit<state::v1::ValueSlice>();
    shared.set_purchases(shared.purchases() + 1);
    if (event.event_id().starts_with("bad")) throw std::runtime_error("a bug");
    return Verdict::kApplied;
  }
  void roll_over(RollOverContext& context) const override {
    auto& shared = context.shared.edit<state::v1::ValueSlice>();
    shared.set_spend_minor(shared.spend_minor() + shared.purchases());
    shared.set_purchases(0);
    shared.set_returns(shared.returns() + 1);
  }
  void assess(AssessContext& context) const override {
    const auto* shared = context.shared.get<state::v1::ValueSlice>();
    if (shared == nullptr) return;
    context.out.set(Measure::kFeedbackPieces,
                    static_cast<double>(shared->spend_minor() + shared->purchases()));
    context.out.set(Measure::kComplaints, static_cast<double>(shared->returns()));
  }
  void decide(DecideContext& context) const override {
    if (!context.timer) return context.wake_at(context.at_ms + kDayMs / 2);
    if (context.customer == "c7") throw std::runtime_error("a bug in the night");
  }
};

OperatorMaker find(std::string_view name) {
  if (name != "grump") return find_operator(name);
  return [](const MakeContext&) -> std::unique_ptr<Operator> { return std::make_unique<Grump>(); };
}

std::string line(const std::string& id, const std::string& customer, int day) {
  return fmt::format(R"({{"eventId":"{}","customerId":"{}","eventTime":"2026-01-{:02}T10:00:00Z",)"
                     R"("purchase":{{"amount":{{"currencyCode":"USD","minorUnits":"1250"}}}}}})"
                     "\n",
                     id, customer, day);
}

std::string history_text() {
  std::string text;
  for (int day = 1; day <= kDays; ++day) {
    for (int c = 0; c < kCustomers; ++c)
      text += line(fmt::format("e{}-{}", c, day), fmt::format("c{}", c), day);
    if (day == 2) text += line("bad-1", "c3", day);
    if (day == 4) text += line("bad-2", "c5", day);
  }
  return text;
}

std::string customer_of(TaskId task) {
  for (int c = 0;; ++c) {
    const std::string name = fmt::format("c{}", c);
    if (partition_of(name, kPartitions) == task) return name;
  }
}

// Of a customer as JSON; -1: it isn't there.
double measure(const std::string& view, std::string_view name) {
  const std::size_t at = view.find(fmt::format("\"{}\":", name));
  return at == std::string::npos ? -1 : std::stod(view.substr(at + name.size() + 3));
}

}  // namespace

FailingShop::FailingShop(const std::string& name, std::string log) : config_(dir_.file("shop.yaml")) {
  if (const auto at = log.find("{dir}"); at != std::string::npos) log.replace(at, 5, dir_.path());
  write_file(config_, "name: " + name + "\npartitions: 2\nlog: {" + log +
                          "}\nstate: {dir: " + dir_.file("state") +
                          "}\nsources: {purchases: }\ntime: {advance: events, lateness: 1h}\nhttp: off\n"
                          "engine: {workers: 2, epoch_max_records: 20}\n");
  write_file(dir_.file("purchases.jsonl"), history_text());
}

std::unique_ptr<Loaded> FailingShop::load() {
  auto loaded = std::make_unique<Loaded>();
  Diagnostics diagnostics;
  loaded->config = parse_config(read_file(config_) +
                                    "graph:\n  dedupe: {from: purchases}\n  value: {from: dedupe}\n"
                                    "  churn_risk: {from: value}\n  alert_policy: {from: churn_risk}\n"
                                    "  grump: {from: dedupe}\n",
                                config_, &diagnostics);
  loaded->topology = Topology::build(loaded->config, &diagnostics, find);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.to_string(config_);
  return loaded;
}

void FailingShop::run_and_check(std::unique_ptr<Loaded> loaded) {
  set_up_tool_logging();
  FilesIo io{history(), [](const OutRecord&) { return Status::ok(); }};
  auto runtime = Runtime::start(loaded.get(), std::move(io));
  ASSERT_TRUE(runtime.is_ok()) << runtime.status().message();
  Instance& instance = (*runtime)->instance();
  while (!instance.wait(kMinuteMs)) {
  }
  ASSERT_TRUE(instance.result().is_ok()) << instance.result().message();
  const Accounting total = instance.status().total();
  EXPECT_EQ(total.applied, static_cast<std::uint64_t>(kCustomers * kDays));
  EXPECT_EQ(total.dead_lettered, static_cast<std::uint64_t>(kBadEvents));
  EXPECT_EQ(total.total(), static_cast<std::uint64_t>(kCustomers * kDays + kBadEvents));
  std::uint64_t failures = 0;
  for (const WorkerCounters* counters : instance.counters()) failures += counters->poisoned.get();
  // An event whose task moves to the other worker before its epoch is committed fails there once more.
  EXPECT_GE(failures, kBadEvents + 1U) << "two events and one timer";
  EXPECT_LE(failures, 2 * (kBadEvents + 1U)) << "each of them at most once a worker";
  for (const char* customer : {"c3", "c5", "c7", "c8"}) {
    const auto view = instance.customer(customer);
    ASSERT_TRUE(view.is_ok()) << customer << ": " << view.status().message();
    EXPECT_THAT(*view, testing::HasSubstr(fmt::format("\"purchases\":{}", kDays))) << customer;
  }
  double shared_events = 0;
  for (TaskId task = 0; task < kPartitions; ++task) {
    const std::string view = *instance.customer(customer_of(task));
    shared_events += measure(view, "feedback_pieces");
    EXPECT_EQ(measure(view, "complaints"), kDays - 1) << "days that have ended, task " << task;
  }
  EXPECT_EQ(shared_events, kCustomers * kDays);
  EXPECT_FALSE(instance.customer(std::string(Row::kShared)).is_ok());
  EXPECT_TRUE((*runtime)->stop(kMinuteMs).is_ok());
}

}  // namespace ebb::app
