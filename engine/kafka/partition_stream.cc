#include "engine/kafka/partition_stream.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>
#include <vector>

#include "engine/kafka/errors.h"
#include "engine/kafka/waker.h"

namespace ebb::kafka {
namespace {

constexpr std::size_t kBatchRecords = 1024;

// What keeps the records' bytes alive: librdkafka's messages, and the client that they point into.
struct BatchStorage {
  std::shared_ptr<FetchClient> client;
  std::vector<rd_kafka_message_t*> messages;

  explicit BatchStorage(std::shared_ptr<FetchClient> of) : client(std::move(of)) {}
  BatchStorage(const BatchStorage&) = delete;
  BatchStorage& operator=(const BatchStorage&) = delete;
  ~BatchStorage() {
    for (rd_kafka_message_t* message : messages) rd_kafka_message_destroy(message);
  }
};

std::string_view view(const void* bytes, std::size_t size) {
  return bytes ? std::string_view(static_cast<const char*>(bytes), size) : std::string_view();
}

void read_headers(const rd_kafka_message_t* message, std::vector<Header>* out) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    out->push_back({name, view(value, size)});
  }
}

Record record_of(const rd_kafka_message_t* message) {
  Record record;
  record.offset = message->offset;
  record.timestamp_ms = rd_kafka_message_timestamp(message, nullptr);
  record.key = view(message->key, message->key_len);
  record.value = view(message->payload, message->len);
  record.has_key = message->key != nullptr;
  record.has_value = message->payload != nullptr;
  read_headers(message, &record.headers);
  return record;
}

}  // namespace

Result<std::unique_ptr<PartitionStream>> PartitionStream::start(std::shared_ptr<FetchClient> client,
                                                                const std::string& topic,
                                                                std::int32_t partition, Offset from,
                                                                Waker* waker) {
  std::unique_ptr<PartitionStream> stream(new PartitionStream);
  stream->queue_.reset(rd_kafka_queue_new(client->client()));
  rd_kafka_queue_cb_event_enable(
      stream->queue_.get(), [](rd_kafka_t*, void* to) { static_cast<Waker*>(to)->wake(); }, waker);
  rd_kafka_topic_t* const handle = client->topic(topic);
  if (rd_kafka_consume_start_queue(handle, partition, from, stream->queue_.get()) != 0) {
    return status_of(rd_kafka_last_error(), fmt::format("reading {} [{}]", topic, partition));
  }
  stream->client_ = std::move(client);
  stream->topic_ = handle;
  stream->partition_ = partition;
  return stream;
}

PartitionStream::~PartitionStream() {
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  if (topic_) rd_kafka_consume_stop(topic_, partition_);
}

Status PartitionStream::fetch(RecordBatch* out) {
  out->clear();
  if (!failure_.is_ok()) return failure_;
  std::array<rd_kafka_message_t*, kBatchRecords> messages;
  const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, messages.data(), messages.size());
  has_more_ = count == static_cast<ssize_t>(messages.size());
  if (count <= 0) return Status::ok();
  auto storage = std::make_shared<BatchStorage>(client_);
  storage->messages.assign(messages.begin(), messages.begin() + count);
  out->records.reserve(static_cast<std::size_t>(count));
  for (rd_kafka_message_t* message : storage->messages) {
    failure_ = take(message, out);
    if (!failure_.is_ok()) break;
  }
  if (out->empty()) return failure_;
  out->storage = std::move(storage);
  if (!failure_.is_ok()) has_more_ = true;  // the failure, after what came before it
  return Status::ok();
}

Status PartitionStream::take(rd_kafka_message_t* message, RecordBatch* out) {
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      end_.reset();
      out->records.push_back(record_of(message));
      return Status::ok();
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      end_ = message->offset;
      return Status::ok();
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return Status::not_found(what(message));
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return Status::unavailable(what(message));
    default:  // a leader that moves, a broker that is away: the client goes on by itself
      spdlog::warn("{}", what(message));
      return Status::ok();
  }
}

std::string PartitionStream::what(const rd_kafka_message_t* message) const {
  return fmt::format("{} [{}]: {} ({})", rd_kafka_topic_name(topic_), partition_,
                     rd_kafka_err2str(message->err), view(message->payload, message->len));
}

}  // namespace ebb::kafka
