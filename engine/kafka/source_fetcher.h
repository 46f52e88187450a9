// The sources' partitions of a worker's tasks.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/end_watch.h"
#include "engine/kafka/fetch_client.h"
#include "engine/kafka/partition_stream.h"
#include "engine/log.h"

namespace ebb::kafka {

class Waker;

// Thread: the worker's. Methods as in WorkerLog.
class SourceFetcher {
 public:
  SourceFetcher(std::shared_ptr<FetchClient> client, std::vector<std::string> source_topics,
                DurationMs freshness_ms, Waker* waker)
      : client_(client),
        source_topics_(source_topics),
        waker_(waker),
        watch_(client, source_topics, freshness_ms, waker) {}

  Status start(TaskId task, const std::vector<Offset>& positions);
  Status fetch(TaskId task, SourceId source, RecordBatch* out);
  SourceEnd end(TaskId task, SourceId source) const;
  void stop(TaskId task);

  // Some fetch() since the last call left records that are here; resets that.
  bool take_unfinished();

 private:
  struct Source {
    std::unique_ptr<PartitionStream> stream;
    Offset read_to = 0;  // everything before it was handed out
  };

  // Null if the source is not being read.
  template <typename Tasks>
  static auto find(Tasks& tasks, TaskId task, SourceId source) -> decltype(tasks.at(task).data());

  const std::shared_ptr<FetchClient> client_;
  const std::vector<std::string> source_topics_;
  Waker* const waker_;
  std::map<TaskId, std::vector<Source>> tasks_;
  bool unfinished_ = false;
  EndWatch watch_;
};

}  // namespace ebb::kafka
