#include "tests/core/task_bench.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "config/load.h"

namespace ebb {
namespace {

constexpr std::string_view kConfig = R"(
name: bench
partitions: 1
log:
  embedded: {{dir: unused}}
sources:
  purchases:
  feedback:
graph:
  dedupe: {{from: [purchases, feedback]}}
  value: {{from: dedupe, typical_gap: 10d}}
  churn_risk: {{from: value}}
  alert_policy: {{from: churn_risk, watch: 0.4, warning: 0.6, critical: 0.8, min_evidence: 1}}
time: {{{}}}
engine: {{{}}}
state: {{erasure_marker: 5d}}
)";

}  // namespace

// ---- the log

Result<RecoveryStep> HandLog::recover(TaskId, RecordBatch*) {
  RecoveryStep step;
  step.state = RecoveryStep::State::kDone;
  return step;
}

Status HandLog::start(TaskId, const std::vector<Offset>& positions) {
  for (std::size_t s = 0; s < sources_.size(); ++s) {
    Source& from = sources_[s];
    const Offset at = positions[s] < 0 ? from.begins_at : positions[s];
    const auto first =
        std::find_if(from.items.begin(), from.items.end(), [at](const Item& i) { return i.offset >= at; });
    from.given = static_cast<std::size_t>(first - from.items.begin());
  }
  return Status::ok();
}

Status HandLog::fetch(TaskId, SourceId s, RecordBatch* out) {
  Source& from = source(s);
  if (from.hidden || from.given == from.items.size()) return Status::ok();
  const Item& item = from.items[from.given];
  if (item.offset < from.begins_at) return Status::not_found("the position is out of range");
  ++from.given;
  auto storage = std::make_shared<Item>(item);
  Record record;
  record.offset = storage->offset;
  record.timestamp_ms = storage->timestamp_ms;
  record.key = storage->key;
  record.has_key = true;
  record.value = storage->value;
  record.has_value = true;
  out->records.push_back(record);
  out->storage = std::move(storage);
  return Status::ok();
}

SourceEnd HandLog::end(TaskId, SourceId s) {
  const Source& from = source(s);
  return {!from.hidden && from.given == from.items.size(), from.confirmed_steady_ms};
}

// ---- events

v1::Event bought(const std::string& customer, TimeMs at_ms, const std::string& id) {
  v1::Event event;
  event.set_event_id(id.empty() ? fmt::format("{}-{}", customer, at_ms) : id);
  event.set_customer_id(customer);
  event.mutable_event_time()->set_seconds(at_ms / 1000);
  event.mutable_event_time()->set_nanos(static_cast<std::int32_t>(at_ms % 1000) * 1'000'000);
  event.mutable_purchase()->mutable_amount()->set_currency_code("USD");
  event.mutable_purchase()->mutable_amount()->set_minor_units(1000);
  return event;
}

v1::Event erasure(const std::string& customer, TimeMs at_ms) {
  v1::Event event = bought(customer, at_ms);
  event.mutable_erasure();
  return event;
}

// ---- the bench

Config bench_config(std::string_view time, std::string_view engine) {
  Diagnostics diagnostics;
  Config config = parse_config(fmt::format(kConfig, time, engine), "bench", &diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.to_string("bench");
  return config;
}

TaskBench::TaskBench(std::string_view time, std::string_view engine)
    : config_(bench_config(time, engine)), resources_(StateResources::Options{.memory_bytes = 64u << 20}) {
  Diagnostics diagnostics;
  topology_ = Topology::build(config_, &diagnostics);
  EXPECT_TRUE(topology_ != nullptr) << diagnostics.to_string("bench");
  scratch_ = topology_->make_scratch();
  open_ = std::make_unique<OpenEpoch>(topology_.get(), &config_.sinks);
  decoders_.assign(2, Decoder(DecoderOptions{}));
  environment_.topology = topology_.get();
  environment_.scratch = scratch_.get();
  environment_.sources = &config_.sources;
  environment_.decoders = &decoders_;
  environment_.time = &config_.time;
  environment_.engine = &config_.engine;
  environment_.erasure_marker_ms = config_.state.erasure_marker_ms;
  environment_.partitions = 8;
  environment_.clock = &clock_;
  environment_.epoch = open_.get();
  environment_.poison = &poison_;
  TaskStore::Options options;
  options.dir = dir_.file("0");
  auto store = TaskStore::open(options, &topology_->schema(), &resources_);
  EXPECT_TRUE(store.is_ok());
  EXPECT_TRUE((*store)->restored(0, "bench").is_ok());
  TaskProgress progress;
  for (const SourceConfig& s : config_.sources) progress.sources.emplace_back().name = s.name;
  progress.outputs.assign(config_.sinks.size(), 0);
  task_ = std::make_unique<Task>(0, &environment_, std::move(*store), std::move(progress));
  clock_.advance(kSecondMs);
}

TaskBench::~TaskBench() = default;

void TaskBench::put(SourceId source, const v1::Event& event, TimeMs logged_ms) {
  put_raw(source, event.customer_id(), event.SerializeAsString());
  log_.source(source).items.back().timestamp_ms = logged_ms;
}

void TaskBench::put_raw(SourceId source, std::string key, std::string value) {
  auto& items = log_.source(source).items;
  items.push_back({static_cast<Offset>(items.size()), 0, std::move(key), std::move(value)});
}

void TaskBench::confirm(std::initializer_list<SourceId> sources) {
  for (SourceId s : sources) log_.source(s).confirmed_steady_ms = clock_.steady_ms();
}

RunResult TaskBench::run() {
  for (int i = 0; i < 1000; ++i) {
    auto result = task_->run(log_, 100);
    EXPECT_TRUE(result.is_ok()) << result.status().message();
    if (!result.is_ok()) return {};
    if (result->why != RunResult::Why::kBudget && result->why != RunResult::Why::kTimers) return *result;
  }
  ADD_FAILURE() << "never ends";
  return {};
}

void TaskBench::take(std::size_t records) {
  auto result = task_->run(log_, records);
  ASSERT_TRUE(result.is_ok()) << result.status().message();
  ASSERT_EQ(result->records, records);
}

Status TaskBench::run_status() {
  return task_->run(log_, 100).status();
}

TaskEpoch TaskBench::commit() {
  std::vector<std::string> names;
  for (const SinkConfig& sink : config_.sinks) names.push_back(sink.name);
  auto epoch = task_->close_epoch(++epochs_, names, {});
  EXPECT_TRUE(epoch.is_ok());
  std::vector<RowChange> rows;
  for (const RowWrite& row : epoch->rows) rows.push_back({row.key, row.value, row.tombstone});
  task_->store().commit(epochs_, std::move(rows), static_cast<Offset>(epochs_));
  task_->epoch_committed();
  return std::move(*epoch);
}

std::vector<OutRecord> TaskBench::outputs() {
  return open_->take();
}

std::vector<OutRecord> TaskBench::outputs_of(SinkKind kind) {
  std::vector<OutRecord> out;
  for (OutRecord& record : outputs()) {
    if (config_.sinks[static_cast<std::size_t>(record.sink)].kind == kind) out.push_back(std::move(record));
  }
  return out;
}

std::vector<std::string> TaskBench::forgotten() {
  std::vector<std::string> out;
  for (const OutRecord& record : outputs_of(SinkKind::kRisk)) {
    if (record.tombstone) out.push_back(record.key);
  }
  return out;
}

Row* TaskBench::row(const std::string& customer) {
  auto found = task_->store().find(customer);
  EXPECT_TRUE(found.is_ok());
  return found.is_ok() ? *found : nullptr;
}

}  // namespace ebb
