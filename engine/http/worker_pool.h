// The server's threads and the connections that wait for one: both bounded. When all places are taken, the
// thread that accepts connections waits, and the others stand in the kernel's queue.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "httplib.h"

namespace ebb {

class WorkerPool final : public httplib::TaskQueue {
 public:
  WorkerPool(int threads, std::size_t waiting_max);
  ~WorkerPool() override;

  void enqueue(std::function<void()> task) override;
  // Runs what is waiting, then ends the threads.
  void shutdown() override;

 private:
  void work();

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                      // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace ebb
