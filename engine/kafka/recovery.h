// Takes tasks over: finds the true end of their changelogs and reads them up to it. The order is what makes
// it right (docs on the commit):
//   waiting ── our own producers are settled ──▶ queued ── a thread asks, many tasks at once:
//     1. is there an uncommitted tail? If it stays, fence the writers that its task records name
//     2. the group's offsets; the answer waits for pending transactions
//     3. the high watermark, asked as read_uncommitted: the committed end would stop before a transaction
//     that
//        may still commit
//   ready ── the worker ──▶ 4. read committed records until the partition's end is at or above it ──▶ done
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/fencing.h"
#include "engine/kafka/fetch_client.h"
#include "engine/kafka/kafka_log.h"
#include "engine/kafka/partition_stream.h"
#include "engine/log.h"

namespace ebb::kafka {

class Committer;
class Waker;

// Thread: the worker's. Methods as in WorkerLog.
class Recovery {
 public:
  // committed: reads as read_committed; uncommitted: is only asked for ends. committer and waker outlive
  // this.
  Recovery(const KafkaLogOptions& options, std::shared_ptr<FetchClient> committed,
           std::shared_ptr<FetchClient> uncommitted, const Committer* committer, Waker* waker);
  ~Recovery();
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  void begin(TaskId task, Offset from);
  Result<RecoveryStep> recover(TaskId task, RecordBatch* out);
  void stop(TaskId task);

  // Some recover() since the last call left records that are here; resets that.
  bool take_unfinished();

 private:
  struct Job {
    TaskId task = 0;
    Offset from = 0;

    // The thread's, until ready.
    TimeMs unstable_since_ms = 0;  // 0 = not seen so
    TimeMs pending_since_ms = 0;   // the group's offsets; 0 = not seen so
    bool is_fenced = false;

    // Guarded by mutex_ until ready, then the worker's.
    bool is_queued = false;
    bool is_ready = false;
    bool is_stopped = false;
    Offset first = 0;  // the changelog's first offset
    Offset end = 0;    // its high watermark
    std::vector<Offset> mirrored;

    // The worker's.
    std::unique_ptr<PartitionStream> stream;
  };
  using Jobs = std::vector<std::shared_ptr<Job>>;

  bool is_ready(const std::shared_ptr<Job>& job);
  Result<RecoveryStep> read(Job* job, RecordBatch* out);

  // The thread's.
  void run();
  bool stopping();
  Jobs take_queued();
  void pause(DurationMs for_ms);
  Status prepare(const Jobs& jobs);
  Result<Jobs> settle_tails(const Jobs& jobs);
  void fence_writers(const std::vector<OpenTail>& tails);
  Status find_ends(const Jobs& jobs);
  bool may_do_without_mirror(const Jobs& jobs) const;
  Result<std::vector<std::vector<Offset>>> mirrored_positions(const Jobs& jobs);

  const KafkaLogOptions options_;
  const std::shared_ptr<FetchClient> committed_;
  const std::shared_ptr<FetchClient> uncommitted_;
  const Committer* const committer_;
  Waker* const waker_;

  std::map<TaskId, std::shared_ptr<Job>> jobs_;  // the worker's
  bool unfinished_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  Jobs queued_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ebb::kafka
