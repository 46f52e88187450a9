#include "engine/app/runtime.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/app/open_log.h"
#include "engine/base/clock.h"
#include "fmt/format.h"
#include "state/resources.h"
#include "state/state_dir.h"
#include "state/task_store.h"

namespace ebb::app {
namespace {

std::size_t memory_for(const Config& config) {
  return config.state.memory_bytes != 0 ? config.state.memory_bytes : memory_budget() / 10 * 6;
}

}  // namespace

int workers_for(const Config& config) {
  int workers = config.engine.workers;
  if (workers == 0) workers = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (config.partitions > 0) workers = std::min(workers, config.partitions);
  return workers;
}

Runtime::Runtime(const Loaded* loaded) : loaded_(loaded), workers_(workers_for(loaded->config)) {}
Runtime::~Runtime() = default;

const std::string& Runtime::instance_id() const {
  return state_dir_->instance();
}

Result<std::unique_ptr<Runtime>> Runtime::start(const Loaded* loaded, FilesIo files) {
  std::unique_ptr<Runtime> runtime(new Runtime(loaded));
  EBB_TRY(runtime->open_state());
  EBB_TRY(runtime->open_log(std::move(files)));
  EBB_TRY(runtime->start_instance());
  return runtime;
}

Result<std::unique_ptr<Runtime>> Runtime::start_on(const Loaded* loaded, std::unique_ptr<EmbeddedLog> log) {
  std::unique_ptr<Runtime> runtime(new Runtime(loaded));
  EBB_TRY(runtime->open_state());
  runtime->embedded_ = log.get();
  runtime->log_ = std::move(log);
  EBB_TRY(runtime->start_instance());
  return runtime;
}

Status Runtime::open_state() {
  const StateConfig& config = loaded_->config.state;
  EBB_ASSIGN(state_dir_, StateDir::open(config.dir, config.instance));
  StateResources::Options options;
  options.memory_bytes = memory_for(loaded_->config);
  resources_ = std::make_unique<StateResources>(options);
  return Status::ok();
}

Status Runtime::open_log(FilesIo files) {
  const Config& config = loaded_->config;
  switch (config.log.kind) {
    case LogKind::kKafka: {
      EBB_ASSIGN(log_, open_kafka(config, state_dir_->instance(), resources_->client_bytes()));
      return Status::ok();
    }
    case LogKind::kEmbedded: {
      EBB_ASSIGN(auto embedded, open_embedded(config, workers_, resources_->client_bytes()));
      embedded_ = embedded.get();
      log_ = std::move(embedded);
      return Status::ok();
    }
    case LogKind::kFiles:
      break;
  }
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.name);
  FilesOptions options;
  options.sources = event_files_in(files.in_dir, names);
  options.partitions = config.partitions;
  options.workers = workers_;
  options.max_line_bytes = config.engine.max_record_bytes;
  options.on_output = std::move(files.on_output);
  EBB_ASSIGN(log_, open_files_log(std::move(options)));
  return Status::ok();
}

// On Kafka the topics have the say; check() has made sure that they agree.
Status Runtime::find_partitions() {
  partitions_ = loaded_->config.partitions;
  if (loaded_->config.log.kind != LogKind::kKafka) return Status::ok();
  EBB_ASSIGN(const auto topics, log_->describe_topics({changelog_topic(loaded_->config)}));
  const std::int32_t there = topics.front().partitions;
  if (partitions_ != 0 && partitions_ != there) {
    return Status::unavailable(
        fmt::format("the config says {} partitions and the topics have {}", partitions_, there));
  }
  partitions_ = there;
  workers_ = std::min(workers_, there);
  return Status::ok();
}

Status Runtime::start_instance() {
  EBB_TRY(log_->check());
  EBB_TRY(find_partitions());
  const Config& config = loaded_->config;
  InstanceOptions options;
  options.config = config;
  options.config.engine.epoch_max_bytes =
      std::min(config.engine.epoch_max_bytes, resources_->epoch_bytes(workers_));
  options.workers = workers_;
  options.partitions = partitions_;
  options.instance_id = state_dir_->instance();
  if (config.http.enabled) {
    options.http_address = config.http.advertise.empty() ? config.http.listen : config.http.advertise;
  }
  options.open_store = [this](TaskId task) {
    TaskStore::Options store;
    store.dir = state_dir_->task_dir(task);
    store.task = task;
    return TaskStore::open(store, &loaded_->topology->schema(), resources_.get());
  };
  instance_ = Instance::start(std::move(options), log_.get(), loaded_->topology.get(), &system_clock());
  return Status::ok();
}

Status Runtime::stop(DurationMs timeout_ms) {
  instance_->request_stop();
  if (!instance_->wait_stopped(timeout_ms)) {
    return Status::unavailable(fmt::format(
        "not everything was committed within {} s; what was not will be read again", timeout_ms / kSecondMs));
  }
  return instance_->result();
}

}  // namespace ebb::app
