// Asks where the sources end, on a thread of its own: a reader whose broker is frozen or cut off gets no
// event at all, and silence must only be judged by someone who knows that he is listening. All partitions in
// one round trip, twice in the freshness that is wanted.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/types.h"
#include "engine/kafka/fetch_client.h"

namespace ebb::kafka {

class Waker;

// Thread-safety: any thread.
class EndWatch {
 public:
  struct Answer {
    Offset end = 0;              // the last stable offset then
    TimeMs asked_steady_ms = 0;  // when the question was sent; 0 = no answer yet
  };

  // waker is woken by each answer.
  EndWatch(std::shared_ptr<FetchClient> client, std::vector<std::string> source_topics,
           DurationMs freshness_ms, Waker* waker);
  ~EndWatch();
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;

  void add(TaskId task);
  void remove(TaskId task);
  Answer last_answer(TaskId task, SourceId source) const;
  // A reader has run dry before an end that is known. The client looks at its queues' room only when
  // something wakes its thread, or after up to a second; a question does. At most one each kHurryMs.
  void hurry();

 private:
  using Place = std::pair<TaskId, SourceId>;
  static constexpr DurationMs kHurryMs = 20;

  void run();
  void ask(std::unique_lock<std::mutex>* lock);

  const std::shared_ptr<FetchClient> client_;
  const std::vector<std::string> source_topics_;
  const DurationMs interval_ms_;
  Waker* const waker_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Place, Answer> answers_;
  bool has_new_ = false;
  bool hurry_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ebb::kafka
