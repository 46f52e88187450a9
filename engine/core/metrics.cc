#include "engine/core/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/version.h"
#include "engine/core/instance.h"

namespace ebb {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<std::pair<std::string, std::string>>;

double seconds(DurationMs ms) {
  return static_cast<double>(ms) / 1000.0;
}

// Builds one family after the other.
class Families {
 public:
  void begin(MetricType type, std::string name, std::string help) {
    MetricFamily& family = families_.emplace_back();
    family.type = type;
    family.name = std::move(name);
    family.help = std::move(help);
  }
  void add(double value, const Labels& labels = {}) {
    ClientMetric& metric = new_metric(labels);
    if (families_.back().type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
  }
  void add(const DurationHistogram& histogram, const Labels& labels) {
    ClientMetric& metric = new_metric(labels);
    std::uint64_t sum = 0;
    const auto& buckets = histogram.buckets();
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      sum += buckets[i].get();
      const double bound = i < DurationHistogram::kBoundsMs.size() ? seconds(DurationHistogram::kBoundsMs[i])
                                                                   : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({sum, bound});
    }
    metric.histogram.sample_count = sum;
    metric.histogram.sample_sum = seconds(static_cast<DurationMs>(histogram.sum_ms()));
  }
  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  ClientMetric& new_metric(const Labels& labels) {
    ClientMetric& metric = families_.back().metric.emplace_back();
    for (const auto& [name, value] : labels) metric.label.push_back({name, value});
    return metric;
  }
  std::vector<MetricFamily> families_;
};

class InstanceMetrics final : public prometheus::Collectable {
 public:
  InstanceMetrics(const Instance* instance, const Config* config, const Clock* clock)
      : instance_(instance), config_(config), clock_(clock) {}

  std::vector<MetricFamily> Collect() const override {
    Families out;
    const InstanceStatus status = instance_->status();
    records(status, &out);
    tasks(status, &out);
    stores(status, &out);
    workers(&out);
    out.begin(MetricType::Gauge, "ebb_build_info", "Always 1; the labels say what runs.");
    out.add(1, {{"version", version()}});
    return out.take();
  }

 private:
  void records(const InstanceStatus& status, Families* out) const {
    out->begin(
        MetricType::Counter, "ebb_records_total",
        "Input records by source and fate, committed, over the life of the tasks that this instance has.");
    for (std::size_t s = 0; s < config_->sources.size(); ++s) {
      Accounting sum;
      for (const TaskStatus& t : status.tasks) {
        if (s < t.committed.sources.size()) sum += t.committed.sources[s].counts;
      }
      const std::string& source = config_->sources[s].name;
      out->add(static_cast<double>(sum.applied), {{"source", source}, {"fate", "applied"}});
      out->add(static_cast<double>(sum.duplicate), {{"source", source}, {"fate", "duplicate"}});
      out->add(static_cast<double>(sum.dead_lettered), {{"source", source}, {"fate", "dead_lettered"}});
      out->add(static_cast<double>(sum.erased), {{"source", source}, {"fate", "erased"}});
    }
    out->begin(MetricType::Counter, "ebb_outputs_total", "Records written to sinks, committed.");
    for (std::size_t s = 0; s < config_->sinks.size(); ++s) {
      std::int64_t sum = 0;
      for (const TaskStatus& t : status.tasks) {
        if (s < t.committed.outputs.size()) sum += t.committed.outputs[s];
      }
      out->add(static_cast<double>(sum), {{"sink", config_->sinks[s].name}});
    }
  }

  void tasks(const InstanceStatus& status, Families* out) const {
    std::size_t recovering = 0;
    std::size_t running = 0;
    std::size_t settling = 0;
    for (const TaskStatus& t : status.tasks) {
      recovering += t.state == TaskState::kRecovering ? 1 : 0;
      running += t.state == TaskState::kRunning ? 1 : 0;
      settling += t.state == TaskState::kSettling ? 1 : 0;
    }
    out->begin(MetricType::Gauge, "ebb_tasks", "Tasks that this instance has, by state.");
    out->add(static_cast<double>(recovering), {{"state", "recovering"}});
    out->add(static_cast<double>(running), {{"state", "running"}});
    out->add(static_cast<double>(settling), {{"state", "settling"}});
    out->begin(MetricType::Gauge, "ebb_task_watermark_timestamp_seconds",
               "Event time up to which a task believes to have seen everything.");
    for (const TaskStatus& t : status.tasks) {
      if (t.watermark_ms != kBeginning) out->add(seconds(t.watermark_ms), {{"task", std::to_string(t.task)}});
    }
    out->begin(MetricType::Gauge, "ebb_task_watermark_lag_seconds",
               "How far a task's watermark is behind the wall clock.");
    for (const TaskStatus& t : status.tasks) {
      if (t.watermark_ms == kBeginning) continue;
      out->add(seconds(clock_->wall_ms() - t.watermark_ms), {{"task", std::to_string(t.task)}});
    }
    out->begin(MetricType::Gauge, "ebb_task_at_end", "1 if all sources of a task are read to their end.");
    for (const TaskStatus& t : status.tasks) out->add(t.at_end ? 1 : 0, {{"task", std::to_string(t.task)}});
    out->begin(MetricType::Counter, "ebb_task_timers_fired_total", "Timers fired, committed.");
    for (const TaskStatus& t : status.tasks) {
      out->add(static_cast<double>(t.committed.timers_fired), {{"task", std::to_string(t.task)}});
    }
  }

  static void stores(const InstanceStatus& status, Families* out) {
    StoreStats sum;
    for (const TaskStatus& t : status.tasks) {
      sum.cached_rows += t.store.cached_rows;
      sum.cached_bytes += t.store.cached_bytes;
      sum.map_rows += t.store.map_rows;
      sum.map_bytes += t.store.map_bytes;
    }
    out->begin(MetricType::Gauge, "ebb_state_cached_rows", "Decoded rows in memory.");
    out->add(static_cast<double>(sum.cached_rows));
    out->begin(MetricType::Gauge, "ebb_state_cached_bytes", "Their size, estimated.");
    out->add(static_cast<double>(sum.cached_bytes));
    out->begin(MetricType::Gauge, "ebb_state_map_rows", "Committed rows that wait for a checkpoint.");
    out->add(static_cast<double>(sum.map_rows));
    out->begin(MetricType::Gauge, "ebb_state_map_bytes", "Their size.");
    out->add(static_cast<double>(sum.map_bytes));
  }

  void workers(Families* out) const {
    struct Row {
      const char* name;
      const char* help;
      Counter WorkerCounters::*counter;
    };
    static constexpr Row kRows[] = {
        {"ebb_worker_records_total", "Records taken, committed or not.", &WorkerCounters::records},
        {"ebb_worker_timers_total", "Timers fired, committed or not.", &WorkerCounters::timers},
        {"ebb_epochs_committed_total", "Epochs committed.", &WorkerCounters::epochs_committed},
        {"ebb_epochs_dropped_total", "Epochs dropped before they were committed.",
         &WorkerCounters::epochs_dropped},
        {"ebb_offset_mismatches_total", "Recoveries in which the group's offsets were not the task record's.",
         &WorkerCounters::offset_mismatches},
        {"ebb_worker_resets_total", "Times that a worker dropped everything open and recovered.",
         &WorkerCounters::resets},
        {"ebb_recoveries_total", "Tasks that were recovered.", &WorkerCounters::recoveries},
        {"ebb_recovered_records_total", "Changelog records replayed by that.",
         &WorkerCounters::recovered_records},
        {"ebb_checkpoints_total", "Checkpoints written.", &WorkerCounters::checkpoints},
        {"ebb_epoch_rows_total", "Rows in closed epochs.", &WorkerCounters::epoch_rows},
        {"ebb_epoch_outputs_total", "Records for sinks in closed epochs.", &WorkerCounters::epoch_outputs},
        {"ebb_operator_failures_total", "Times an operator failed on an event.", &WorkerCounters::poisoned},
    };
    const auto& all = instance_->counters();
    for (const Row& row : kRows) {
      out->begin(MetricType::Counter, row.name, row.help);
      for (std::size_t w = 0; w < all.size(); ++w) {
        out->add(static_cast<double>((all[w]->*row.counter).get()), {{"worker", std::to_string(w)}});
      }
    }
    static constexpr Row kTimes[] = {
        {"ebb_worker_busy_seconds_total", "Time at work.", &WorkerCounters::busy_ms},
        {"ebb_worker_waiting_seconds_total", "Time waited for the log.", &WorkerCounters::waiting_ms},
        {"ebb_worker_back_pressured_seconds_total", "Time in which a full epoch or map held up the intake.",
         &WorkerCounters::back_pressured_ms},
    };
    for (const Row& row : kTimes) {
      out->begin(MetricType::Counter, row.name, row.help);
      for (std::size_t w = 0; w < all.size(); ++w) {
        out->add(seconds(static_cast<DurationMs>((all[w]->*row.counter).get())),
                 {{"worker", std::to_string(w)}});
      }
    }
    out->begin(MetricType::Histogram, "ebb_commit_duration_seconds",
               "From an epoch's submission to its commit.");
    for (std::size_t w = 0; w < all.size(); ++w) out->add(all[w]->commit_ms, {{"worker", std::to_string(w)}});
  }

  const Instance* instance_;
  const Config* config_;
  const Clock* clock_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_instance_metrics(const Instance* instance, const Config* config,
                                                               const Clock* clock) {
  return std::make_shared<InstanceMetrics>(instance, config, clock);
}

}  // namespace ebb
