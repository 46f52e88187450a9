// Publishes the epochs of one worker on a thread of its own, one after another, so that the worker fills the
// next epoch while the disk syncs this one.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/status.h"
#include "engine/embedded/log_store.h"
#include "engine/log.h"

namespace ebb::embedded {

struct CommitTopics {
  std::vector<Topic*> sources;
  std::vector<Topic*> sinks;
  Topic* changelog = nullptr;
};

// Thread-safety: any thread.
class Committer {
 public:
  Committer(std::shared_ptr<LogStore> store, CommitTopics topics);
  // Lets the epoch that is being written come to its end; those that wait are dropped.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  void submit(std::shared_ptr<const Epoch> epoch);
  bool next_outcome(CommitOutcome* out);
  bool has_outcome();

 private:
  void run();
  CommitOutcome commit(const Epoch& epoch);

  const std::shared_ptr<LogStore> store_;
  const CommitTopics topics_;

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::shared_ptr<const Epoch>> epochs_;  // guarded by mutex_
  std::deque<CommitOutcome> outcomes_;               // guarded by mutex_
  bool stop_ = false;                                // guarded by mutex_

  std::thread thread_;
};

}  // namespace ebb::embedded
