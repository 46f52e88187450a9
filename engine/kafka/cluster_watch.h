// Looks now and then at what no broker tells by itself, on a thread of its own.
//
// Has each task an owner? The broker gives a static member that comes back the assignment it has stored, and
// if the member was killed in the middle of a cooperative rebalance that is a half of one: tasks taken from
// one member and not yet given to the next, and nobody left who knows that a second half is due. Whoever sees
// tasks without an owner in a group that calls itself stable sends a member into it that leaves at once: each
// of the two makes the group place all tasks anew.
//
// Are the topics still as they were at the start? With more partitions customers would move between tasks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <thread>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/kafka/fetch_client.h"
#include "engine/kafka/kafka_log.h"

namespace ebb::kafka {

// The partitions of `topic` in a member's assignment as the group protocol encodes it; none: that is no
// assignment.
std::optional<std::set<TaskId>> tasks_in_assignment(std::string_view bytes, std::string_view topic);

// Thread-safety: any thread.
class ClusterWatch {
 public:
  // on_wrong is called on the watch's thread, at most once: topics have been changed so that nobody may go
  // on.
  ClusterWatch(const KafkaLogOptions& options, std::shared_ptr<FetchClient> client, std::int32_t tasks,
               std::function<void(Status)> on_wrong, DurationMs interval_ms = 2'000);
  ~ClusterWatch();
  ClusterWatch(const ClusterWatch&) = delete;
  ClusterWatch& operator=(const ClusterWatch&) = delete;

  // When the question was sent to which the group said that each task has an owner (steady clock); 0: it
  // never said so.
  TimeMs owned_steady_ms() const { return owned_steady_ms_; }

 private:
  void run();
  bool stopping();
  void look_at_group();
  void disturb_group();
  Status look_at_topics() const;
  // The tasks without an owner; none: the group doesn't answer, or a rebalance is under way.
  std::optional<std::set<TaskId>> unowned() const;

  const KafkaLogOptions options_;
  const std::shared_ptr<FetchClient> client_;
  const std::int32_t tasks_;
  const std::function<void(Status)> on_wrong_;
  const DurationMs interval_ms_;
  std::set<TaskId> unowned_before_;  // the thread's
  std::atomic<TimeMs> owned_steady_ms_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace ebb::kafka
