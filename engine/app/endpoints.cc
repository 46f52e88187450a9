#include "engine/app/endpoints.h"

#include <charconv>
#include <memory>
#include <utility>

#include "ebb/state/v1/task_record.pb.h"
#include "ebb/v1/event.pb.h"
#include "engine/app/event_check.h"
#include "engine/app/open_log.h"
#include "engine/app/sink_records.h"
#include "engine/app/status_json.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/core/metrics.h"
#include "engine/http/metrics.h"
#include "engine/json/json_writer.h"
#include "fmt/format.h"
#include "google/protobuf/arena.h"
#include "state/row_codec.h"

namespace ebb::app {
namespace {

constexpr std::int64_t kLastAlertsMax = 10'000;

std::vector<HealthCheck> liveness(const Runtime& runtime) {
  const bool stopped = runtime.instance().stopped();
  return {{"workers", !stopped, stopped ? "they have ended" : ""}};
}

std::vector<HealthCheck> readiness(const Runtime& runtime) {
  const InstanceStatus status = runtime.instance().status();
  std::size_t recovering = 0;
  for (const TaskStatus& task : status.tasks) {
    if (task.state == TaskState::kRecovering) ++recovering;
  }
  std::vector<HealthCheck> checks = liveness(runtime);
  checks.push_back({"stopping", !status.stopping, "on the way out"});
  checks.push_back({"tasks", !status.tasks.empty(), "no task is ours yet"});
  checks.push_back({"recovery", recovering == 0,
                    fmt::format("{} of {} tasks are being restored", recovering, status.tasks.size())});
  return checks;
}

// Where the instance answers that wrote the task last; empty: not known, or it is this one.
std::string owner_address(const Config& config, const Runtime& runtime, const std::string& id) {
  if (config.log.kind != LogKind::kKafka) return {};
  const TaskId task = partition_of(id, runtime.partitions());
  const auto bytes = runtime.log().find_latest(changelog_topic(config), task, kTaskRecordKey);
  state::v1::TaskRecord record;
  if (!bytes.is_ok() || !bytes->has_value() || !record.ParseFromString(**bytes)) return {};
  const state::v1::Writer& writer = record.writer();
  return writer.instance_id() == runtime.instance_id() ? std::string() : writer.http_address();
}

CustomerReply ask_customer(const Config& config, const Runtime& runtime, const std::string& id) {
  Result<std::string> answer = runtime.instance().customer(id);
  if (answer.is_ok()) return {CustomerReply::Kind::kFound, std::move(answer).value() + "\n", "", ""};
  if (answer.status().code() == Code::kNotFound) return {};
  std::string address = owner_address(config, runtime, id);
  if (!address.empty()) return {CustomerReply::Kind::kElsewhere, "", std::move(address), ""};
  return {CustomerReply::Kind::kNotNow, "", "", answer.status().message()};
}

// Takes events that were posted: judges each as the engine will, and appends the good ones.
class EventIntake {
 public:
  EventIntake(const Loaded* loaded, EmbeddedLog* log) : config_(loaded->config), log_(log), check_(loaded) {}

  Result<PostReply> take(const std::string& name, const std::vector<PostedEvent>& events) const {
    const SourceId source = source_named(config_, name);
    if (source < 0) return Status::not_found("there is no source \"" + name + "\"");
    PostReply reply;
    std::vector<NewRecord> good;
    google::protobuf::Arena arena;
    for (std::size_t i = 0; i < events.size(); ++i) {
      arena.Reset();
      Record record;
      record.timestamp_ms = system_clock().wall_ms();
      record.value = events[i].value;
      record.has_value = true;
      for (const auto& [header, value] : events[i].headers) record.headers.push_back({header, value});
      const v1::Event* event = nullptr;
      if (auto refusal = check_.check(source, record, &arena, &event)) {
        reply.refused.push_back(
            {i, std::move(refusal->reason), std::move(refusal->field), std::move(refusal->message)});
        continue;
      }
      NewRecord& out = good.emplace_back();
      out.key = event->customer_id();
      out.partition = partition_of(out.key, config_.partitions);
      out.value = events[i].value;
      out.headers = events[i].headers;
      out.timestamp_ms = record.timestamp_ms;
    }
    reply.accepted = good.size();
    if (!good.empty()) {
      const auto appended =
          log_->append(config_.sources[static_cast<std::size_t>(source)].topic, std::move(good));
      if (!appended.is_ok()) return appended.status();
    }
    return reply;
  }

 private:
  const Config& config_;
  EmbeddedLog* log_;
  EventCheck check_;
};

// The alerts of all partitions. An id says where each partition stands, so that any of them can be resumed
// after: next offsets by partition, joined by dots.
class LogAlertStream final : public AlertStream {
 public:
  LogAlertStream(std::unique_ptr<TopicReader> reader, std::vector<Offset> positions)
      : reader_(std::move(reader)), positions_(std::move(positions)) {}

  Result<StreamedAlert> next(DurationMs wait_ms) override {
    if (next_in_batch_ == batch_.records.size()) {
      batch_.clear();
      next_in_batch_ = 0;
      bool at_end = false;
      EBB_TRY(reader_->next(wait_ms, &partition_, &batch_, &at_end));
      if (batch_.empty()) return StreamedAlert{};
    }
    const Record& record = batch_.records[next_in_batch_++];
    EBB_ASSIGN(const v1::Alert alert, decode_alert(record.value));
    positions_[static_cast<std::size_t>(partition_)] = record.offset + 1;
    StreamedAlert out;
    out.id = fmt::format("{}", fmt::join(positions_, "."));
    append_json(alert, &out.json);
    return out;
  }

 private:
  std::unique_ptr<TopicReader> reader_;
  std::vector<Offset> positions_;
  TaskId partition_ = 0;
  RecordBatch batch_;
  std::size_t next_in_batch_ = 0;
};

Result<std::vector<Offset>> parse_positions(const std::string& id, std::size_t partitions) {
  std::vector<Offset> out;
  const char* at = id.data();
  const char* end = at + id.size();
  while (true) {
    Offset offset = 0;
    const auto [after, error] = std::from_chars(at, end, offset);
    if (error != std::errc() || offset < 0) break;
    out.push_back(offset);
    at = after;
    if (at == end || *at++ != '.') break;
  }
  if (at != end || out.size() != partitions)
    return Status::invalid("\"" + id + "\" is no id of an alert here");
  return out;
}

Result<std::unique_ptr<AlertStream>> open_alerts(const Config& config, EmbeddedLog* log,
                                                 const AlertsFrom& from) {
  const auto sink = std::find_if(config.sinks.begin(), config.sinks.end(),
                                 [](const SinkConfig& s) { return s.kind == SinkKind::kAlerts; });
  if (sink == config.sinks.end()) return Status::not_found("the config has no sink for alerts");
  const auto partitions = static_cast<std::size_t>(config.partitions);
  std::vector<Offset> positions(partitions, 0);
  if (!from.after.empty()) {
    EBB_ASSIGN(positions, parse_positions(from.after, partitions));
  } else if (!from.start) {
    // The last N of all are among the last N of each.
    const Offset back = std::clamp<std::int64_t>(from.last, 0, kLastAlertsMax);
    for (std::size_t p = 0; p < partitions; ++p) {
      EBB_ASSIGN(const PartitionBounds bounds, log->bounds(sink->topic, static_cast<TaskId>(p)));
      positions[p] = std::max(bounds.begin, bounds.end - back);
    }
  }
  EBB_ASSIGN(auto reader, log->open_reader_at(sink->topic, positions));
  return std::unique_ptr<AlertStream>(
      std::make_unique<LogAlertStream>(std::move(reader), std::move(positions)));
}

}  // namespace

HttpEndpoints make_endpoints(const Loaded* loaded, Runtime* runtime,
                             std::shared_ptr<ProcessMetrics> process) {
  HttpEndpoints endpoints;
  endpoints.liveness = [runtime] { return liveness(*runtime); };
  endpoints.readiness = [runtime] { return readiness(*runtime); };
  endpoints.metrics = [metrics =
                           make_instance_metrics(&runtime->instance(), &loaded->config, &system_clock()),
                       process = std::move(process)] {
    return metrics_text({metrics, process});
  };
  endpoints.customer = [config = &loaded->config, runtime](const std::string& id) {
    return ask_customer(*config, *runtime, id);
  };
  endpoints.status = [loaded, runtime] { return status_json(*loaded, *runtime, readiness(*runtime)); };
  EmbeddedLog* log = runtime->embedded();
  if (log == nullptr) return endpoints;
  endpoints.post = [intake = std::make_shared<EventIntake>(loaded, log)](
                       const std::string& source, const std::vector<PostedEvent>& events) {
    return intake->take(source, events);
  };
  endpoints.alerts = [config = &loaded->config, log](const AlertsFrom& from) {
    return open_alerts(*config, log, from);
  };
  return endpoints;
}

}  // namespace ebb::app
