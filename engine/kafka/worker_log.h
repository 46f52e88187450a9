// One worker's view of the log: it only puts the parts together.
//
//   worker's thread ──▶ SourceFetcher (fetch) ── EndWatch's thread
//                   ──▶ Recovery (recover)    ── its thread
//                   ──▶ Committer (submit)    ── its thread: GroupMember, two TxnProducers
//   all of them ──▶ Waker ──▶ poll()
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/kafka/cluster_watch.h"
#include "engine/kafka/committer.h"
#include "engine/kafka/fetch_client.h"
#include "engine/kafka/kafka_log.h"
#include "engine/kafka/recovery.h"
#include "engine/kafka/source_fetcher.h"
#include "engine/kafka/waker.h"
#include "engine/log.h"

namespace ebb::kafka {

class KafkaWorkerLog final : public WorkerLog {
 public:
  // uncommitted: for questions about topics and ends. Blocks while it asks the brokers about the topics.
  // Errors: kNotFound = a topic is missing, kUnavailable, kInvalid.
  static Result<std::unique_ptr<WorkerLog>> open(const KafkaLogOptions& options, int worker,
                                                 std::shared_ptr<FetchClient> uncommitted);

  Status poll(DurationMs wait_ms, std::vector<GroupEvent>* events) override;
  void released(const std::vector<TaskId>& tasks) override { committer_->released(tasks); }
  void wake() override { waker_.wake(); }
  std::vector<std::string> writer_ids() const override { return committer_->transactional_ids(); }

  Status begin_recovery(TaskId task, Offset from) override;
  Result<RecoveryStep> recover(TaskId task, RecordBatch* out) override {
    return recovery_->recover(task, out);
  }

  Status start(TaskId task, const std::vector<Offset>& positions) override;
  Status fetch(TaskId task, SourceId source, RecordBatch* out) override;
  SourceEnd end(TaskId task, SourceId source) override { return sources_->end(task, source); }
  void stop(TaskId task) override;
  TimeMs owned_steady_ms() const override { return cluster_watch_ ? cluster_watch_->owned_steady_ms() : 0; }

  void submit(std::shared_ptr<const Epoch> epoch) override { committer_->submit(std::move(epoch)); }
  bool next_outcome(CommitOutcome* out) override { return committer_->next_outcome(out); }

 private:
  KafkaWorkerLog() = default;

  Waker waker_;  // outlives the rest
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Recovery> recovery_;  // uses committer_
  std::unique_ptr<SourceFetcher> sources_;
  std::unique_ptr<ClusterWatch> cluster_watch_;  // worker 0's; uses committer_
};

}  // namespace ebb::kafka
