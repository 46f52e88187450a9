// One transactional producer: the steps of a transaction, each with what its failure means. Not thread-safe;
// blocks.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/handles.h"
#include "engine/kafka/kafka_log.h"
#include "engine/log.h"

namespace ebb::kafka {

// How a step of a transaction went.
struct Step {
  enum class Kind {
    kOk,
    kAgain,     // not committed and never will be once the producer is replaced: the epoch may be tried again
    kRetry,     // nobody knows
    kFenced,    // somebody else has taken over
    kTooLarge,  // a record that is never accepted
  };
  Kind kind = Kind::kOk;
  std::string why;
  bool is_ok() const { return kind == Kind::kOk; }
};

class TxnProducer {
 public:
  static Result<std::unique_ptr<TxnProducer>> open(const KafkaLogOptions& options, const std::string& id);
  // Leaves an open transaction to whoever inits the id next.
  ~TxnProducer();
  TxnProducer(const TxnProducer&) = delete;
  TxnProducer& operator=(const TxnProducer&) = delete;

  // Fences earlier producers of this id and settles what they left open. kUnavailable: not yet, call again.
  Status init(DurationMs timeout_ms);

  // Asks where the topic's partitions are. Without it the first records wait for up to a second.
  Status learn(const std::string& topic, DurationMs timeout_ms);

  // A connection broke since the last look. librdkafka then repeats requests by itself and tells of the next
  // break only if it looks different, so such a producer must not commit.
  bool broken();

  Step begin();
  // The bytes stay the caller's, until flush() is OK or the producer is gone. offset_out: where the record
  // stands, once flush() is OK; may be null.
  Step append(const std::string& topic, std::int32_t partition, std::string_view key, std::string_view value,
              Offset* offset_out);
  Step append(const std::string& topic, std::int32_t partition, const std::vector<RowWrite>& rows);
  // The records of one topic, of which `partitions` are used; each goes to its task's.
  Step append(const std::string& topic, std::int32_t partitions,
              const std::vector<const OutRecord*>& records);
  // Waits until everything appended is acknowledged.
  Step flush(DurationMs timeout_ms);
  Step send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                    const rd_kafka_consumer_group_metadata_t* member, DurationMs timeout_ms);
  // kRetry also when it was told OK but a connection broke meanwhile.
  Step commit(DurationMs timeout_ms);
  // Why a delivery of this transaction failed, if one did. After abort(), which hears of all of them, it
  // tells why an append() was refused: after a failed delivery librdkafka refuses the next for a reason of
  // its own.
  const Step& delivery() const { return delivery_; }
  // As well as it goes; readers needn't wait for the transaction's time-out then.
  void abort(DurationMs timeout_ms);

 private:
  TxnProducer() = default;
  Step produce(rd_kafka_topic_t* topic, std::int32_t partition, int flags);
  Step append(rd_kafka_topic_t* topic, std::int32_t partition, const OutRecord& record);
  static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* self);
  rd_kafka_topic_t* topic(const std::string& name);
  Step produce_failure(const char* what, rd_kafka_resp_err_t error, std::size_t bytes) const;

  // Written by librdkafka's callbacks, which run inside our own calls into it.
  Step delivery_;  // the first failure of a delivery in this transaction
  bool broken_ = false;
  std::string broken_why_;

  ClientPtr client_;
  std::map<std::string, TopicPtr> topics_;   // goes before the client
  std::vector<rd_kafka_message_t> scratch_;  // to be produced together: costs half of one by one
};

}  // namespace ebb::kafka
