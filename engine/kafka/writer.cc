#include "engine/kafka/writer.h"

#include <fmt/format.h>

#include <array>

#include "engine/kafka/client_conf.h"
#include "engine/kafka/errors.h"

namespace ebb::kafka {
namespace {

constexpr DurationMs kAskMs = 10'000;
constexpr int kFullWaitMs = 100;

HeadersPtr copy_headers(const std::vector<Header>& headers) {
  if (headers.empty()) return nullptr;
  HeadersPtr copy(rd_kafka_headers_new(headers.size()));
  for (const Header& header : headers) {
    rd_kafka_header_add(copy.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  return copy;
}

}  // namespace

Result<std::unique_ptr<TopicWriter>> KafkaTopicWriter::open(const KafkaLogOptions& options) {
  std::unique_ptr<KafkaTopicWriter> writer(new KafkaTopicWriter);
  EBB_ASSIGN(writer->client_, make_producer_client(options, &KafkaTopicWriter::on_delivery, writer.get()));
  return std::unique_ptr<TopicWriter>(std::move(writer));
}

Status KafkaTopicWriter::append(const std::string& topic_name, TaskId partition, std::string_view key,
                                std::string_view value, const std::vector<Header>& headers,
                                TimeMs timestamp_ms) {
  EBB_TRY(failure_);
  EBB_ASSIGN(rd_kafka_topic_t* const handle, topic(topic_name));
  HeadersPtr own_headers = copy_headers(headers);
  std::array<rd_kafka_vu_t, 7> parts{};
  std::size_t count = 0;
  auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    parts[count].vtype = type;
    return parts[count++];
  };
  add(RD_KAFKA_VTYPE_RKT).u.rkt = handle;
  add(RD_KAFKA_VTYPE_PARTITION).u.i32 = partition;
  add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_KEY).u.mem = {const_cast<char*>(key.data()), key.size()};
  add(RD_KAFKA_VTYPE_VALUE).u.mem = {const_cast<char*>(value.data() ? value.data() : ""), value.size()};
  if (timestamp_ms > 0) add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = timestamp_ms;
  if (own_headers) add(RD_KAFKA_VTYPE_HEADERS).u.headers = own_headers.get();
  while (true) {
    const ErrorPtr error(rd_kafka_produceva(client_.get(), parts.data(), count));
    rd_kafka_poll(client_.get(), 0);
    if (!error) break;
    if (rd_kafka_error_code(error.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return status_of(rd_kafka_error_code(error.get()),
                       fmt::format("a record of {} bytes for {}", key.size() + value.size(), topic_name));
    }
    rd_kafka_poll(client_.get(), kFullWaitMs);
    EBB_TRY(failure_);
  }
  static_cast<void>(own_headers.release());  // the message owns them now
  return Status::ok();
}

Status KafkaTopicWriter::flush() {
  // Each record has its own time-out, so this ends.
  rd_kafka_flush(client_.get(), -1);
  return failure_;
}

void KafkaTopicWriter::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  auto* const writer = static_cast<KafkaTopicWriter*>(self);
  if (!writer->failure_.is_ok()) return;
  writer->failure_ =
      status_of(message->err, fmt::format("a record of {} bytes for {} [{}]", message->len,
                                          rd_kafka_topic_name(message->rkt), message->partition));
}

Result<rd_kafka_topic_t*> KafkaTopicWriter::topic(const std::string& name) {
  if (const auto known = topics_.find(name); known != topics_.end()) return known->second.get();
  TopicPtr handle = make_topic(client_.get(), name);
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client_.get(), 0, handle.get(), &raw, static_cast<int>(kAskMs));
  const MetadataPtr metadata(raw);
  EBB_TRY(status_of(error, "topic " + name));
  EBB_TRY(status_of(metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
                    "topic " + name));
  return (topics_[name] = std::move(handle)).get();
}

}  // namespace ebb::kafka
