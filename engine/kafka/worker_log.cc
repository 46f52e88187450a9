#include "engine/kafka/worker_log.h"

#include <algorithm>
#include <utility>

namespace ebb::kafka {
namespace {

constexpr DurationMs kAskMs = 10'000;

}  // namespace

Result<std::unique_ptr<WorkerLog>> KafkaWorkerLog::open(const KafkaLogOptions& options, int worker,
                                                        std::shared_ptr<FetchClient> uncommitted) {
  std::unique_ptr<KafkaWorkerLog> log(new KafkaWorkerLog);
  EBB_ASSIGN(const std::int32_t tasks, uncommitted->learn(options.changelog_topic, kAskMs));
  std::vector<std::int32_t> sink_partitions;
  for (const std::string& topic : options.sink_topics) {
    EBB_ASSIGN(sink_partitions.emplace_back(), uncommitted->learn(topic, kAskMs));
  }
  // One worker may come to have all the tasks.
  const auto tasks_or_one = static_cast<std::size_t>(std::max(tasks, 1));
  const std::size_t stream_bytes =
      options.fetch_memory_bytes / (tasks_or_one * std::max<std::size_t>(options.source_topics.size(), 1));
  // Whether records are small or large, no more than a third over the share.
  EBB_ASSIGN(std::shared_ptr<FetchClient> client,
             FetchClient::open(options, /*read_committed=*/true, stream_bytes / 3 * 2,
                               stream_bytes / 3 * 2 / kRecordOverheadBytes));
  // The changelog by a client of its own: it is read as fast as it comes, and a full queue would make it
  // wait.
  EBB_ASSIGN(
      std::shared_ptr<FetchClient> changelog,
      FetchClient::open(options, /*read_committed=*/true, options.fetch_memory_bytes / 2 / tasks_or_one));
  EBB_TRY(changelog->learn(options.changelog_topic, kAskMs).status());
  for (const std::string& topic : options.source_topics) EBB_TRY(client->learn(topic, kAskMs).status());
  EBB_ASSIGN(log->committer_, Committer::open(options, worker, std::move(sink_partitions), &log->waker_));
  // One worker's look is enough for the instance.
  if (worker == 0) {
    log->cluster_watch_ = std::make_unique<ClusterWatch>(
        options, uncommitted, tasks,
        [committer = log->committer_.get()](Status status) { committer->give_up(std::move(status)); });
  }
  log->recovery_ = std::make_unique<Recovery>(options, std::move(changelog), std::move(uncommitted),
                                              log->committer_.get(), &log->waker_);
  log->sources_ = std::make_unique<SourceFetcher>(std::move(client), options.source_topics,
                                                  options.freshness_ms, &log->waker_);
  return std::unique_ptr<WorkerLog>(std::move(log));
}

Status KafkaWorkerLog::poll(DurationMs wait_ms, std::vector<GroupEvent>* events) {
  const bool is_unfinished = sources_->take_unfinished() | recovery_->take_unfinished();
  if (!is_unfinished && !committer_->has_news()) waker_.wait(wait_ms);
  return committer_->take_events(events);
}

Status KafkaWorkerLog::begin_recovery(TaskId task, Offset from) {
  recovery_->begin(task, from);
  return Status::ok();
}

Status KafkaWorkerLog::start(TaskId task, const std::vector<Offset>& positions) {
  return sources_->start(task, positions);
}

Status KafkaWorkerLog::fetch(TaskId task, SourceId source, RecordBatch* out) {
  return sources_->fetch(task, source, out);
}

void KafkaWorkerLog::stop(TaskId task) {
  recovery_->stop(task);
  sources_->stop(task);
}

}  // namespace ebb::kafka
