#include "engine/kafka/fetch_client.h"

#include <fmt/format.h>

#include "engine/kafka/client_conf.h"
#include "engine/kafka/errors.h"

namespace ebb::kafka {

Result<std::shared_ptr<FetchClient>> FetchClient::open(const KafkaLogOptions& options, bool read_committed,
                                                       std::size_t max_queue_bytes,
                                                       std::size_t max_queue_records) {
  std::shared_ptr<FetchClient> client(new FetchClient);
  EBB_ASSIGN(client->client_,
             make_reader_client(options, read_committed, max_queue_bytes, max_queue_records));
  return client;
}

rd_kafka_topic_t* FetchClient::topic(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TopicPtr& handle = topics_[name];
  if (!handle) handle = make_topic(client_.get(), name);
  return handle.get();
}

Result<std::int32_t> FetchClient::learn(const std::string& name, DurationMs timeout_ms) {
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client_.get(), 0, topic(name), &raw, static_cast<int>(timeout_ms));
  const MetadataPtr metadata(raw);
  EBB_TRY(status_of(error, "topic " + name));
  if (metadata->topic_cnt != 1) return Status::unavailable(fmt::format("topic {}: no answer", name));
  EBB_TRY(status_of(metadata->topics[0].err, "topic " + name));
  return metadata->topics[0].partition_cnt;
}

}  // namespace ebb::kafka
