#include "engine/kafka/fencing.h"

#include "ebb/state/v1/task_record.pb.h"
#include "engine/base/clock.h"
#include "engine/kafka/fetch_client.h"
#include "engine/kafka/partition_stream.h"
#include "engine/kafka/txn_producer.h"
#include "engine/kafka/waker.h"
#include "state/row_codec.h"

namespace ebb::kafka {
namespace {

constexpr std::size_t kTailQueueBytes = 4u << 20;

void add_writers(const RecordBatch& batch, std::set<std::string>* ids) {
  for (const Record& record : batch.records) {
    if (record.key != kTaskRecordKey || !record.has_value) continue;
    state::v1::TaskRecord task;
    if (!task.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) continue;
    ids->insert(task.writer().transactional_ids().begin(), task.writer().transactional_ids().end());
  }
}

}  // namespace

Result<std::set<std::string>> find_writers(const KafkaLogOptions& options, const std::vector<OpenTail>& tails,
                                           DurationMs timeout_ms) {
  const TimeMs deadline_ms = system_clock().steady_ms() + timeout_ms;
  Waker waker;
  std::set<std::string> ids;
  EBB_ASSIGN(const std::shared_ptr<FetchClient> client,
             FetchClient::open(options, /*read_committed=*/false, kTailQueueBytes));
  EBB_TRY(client->learn(options.changelog_topic, timeout_ms).status());
  for (const OpenTail& tail : tails) {
    EBB_ASSIGN(const std::unique_ptr<PartitionStream> stream,
               PartitionStream::start(client, options.changelog_topic, tail.task, tail.from, &waker));
    RecordBatch batch;
    while (stream->end().value_or(-1) < tail.to) {
      const DurationMs left_ms = deadline_ms - system_clock().steady_ms();
      if (left_ms <= 0) return Status::unavailable("the tail of the changelog can't be read");
      if (!stream->has_more()) waker.wait(left_ms);
      EBB_TRY(stream->fetch(&batch));
      add_writers(batch, &ids);
    }
  }
  return ids;
}

Status fence(const KafkaLogOptions& options, const std::string& transactional_id, DurationMs timeout_ms) {
  EBB_ASSIGN(const std::unique_ptr<TxnProducer> producer, TxnProducer::open(options, transactional_id));
  Status status = producer->init(timeout_ms);
  return status.code() == Code::kFenced ? Status::ok() : status;
}

}  // namespace ebb::kafka
