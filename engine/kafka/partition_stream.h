// Reads one partition from an offset on, into a queue of its own, so that a slow or refused partition holds
// up no other.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/kafka/fetch_client.h"
#include "engine/kafka/handles.h"
#include "engine/log.h"

namespace ebb::kafka {

class Waker;

// Not thread-safe.
class PartitionStream {
 public:
  static constexpr Offset kFromBeginning = RD_KAFKA_OFFSET_BEGINNING;
  static constexpr Offset kFromEnd = RD_KAFKA_OFFSET_END;

  // waker is woken when records or the end arrive in an empty queue; it outlives the stream.
  static Result<std::unique_ptr<PartitionStream>> start(std::shared_ptr<FetchClient> client,
                                                        const std::string& topic, std::int32_t partition,
                                                        Offset from, Waker* waker);
  ~PartitionStream();
  PartitionStream(const PartitionStream&) = delete;
  PartitionStream& operator=(const PartitionStream&) = delete;

  // Replaces *out by the next records, if some are here; never blocks. Errors, after which there is nothing
  // more: kNotFound = the position is out of the partition's range; kUnavailable = the partition is gone.
  Status fetch(RecordBatch* out);
  // The last fetch() had no room for all that was here.
  bool has_more() const { return has_more_; }
  // The offset after all records, markers and gaps that are there, if fetch() has handed out all of them.
  std::optional<Offset> end() const { return end_; }

 private:
  PartitionStream() = default;
  Status take(rd_kafka_message_t* message, RecordBatch* out);
  std::string what(const rd_kafka_message_t* message) const;

  std::shared_ptr<FetchClient> client_;
  rd_kafka_topic_t* topic_ = nullptr;  // the client's
  std::int32_t partition_ = 0;
  QueuePtr queue_;
  Status failure_;
  bool has_more_ = false;
  std::optional<Offset> end_;
};

}  // namespace ebb::kafka
