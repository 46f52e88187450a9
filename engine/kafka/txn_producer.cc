#include "engine/kafka/txn_producer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>

#include "engine/kafka/client_conf.h"
#include "engine/kafka/errors.h"

namespace ebb::kafka {
namespace {

constexpr std::size_t kBatchRecords = 1000;

// librdkafka takes pointers to const data as void*; it only reads.
void* unconst(std::string_view bytes) {
  return const_cast<char*>(bytes.data());
}

// A string_view of nothing may have a null pointer, which would be a null value: a tombstone.
void* value_pointer(std::string_view value) {
  return value.data() ? unconst(value) : unconst("");
}

Step::Kind kind_of(rd_kafka_resp_err_t error, Step::Kind otherwise) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return Step::Kind::kTooLarge;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
      return Step::Kind::kAgain;
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
      return Step::Kind::kFenced;
    default:
      return is_fenced(error) ? Step::Kind::kFenced : otherwise;
  }
}

Step step_of(ErrorPtr error, const char* what, Step::Kind otherwise) {
  if (!error) return {};
  return {kind_of(rd_kafka_error_code(error.get()), otherwise),
          fmt::format("{}: {}", what, rd_kafka_error_string(error.get()))};
}

}  // namespace

Result<std::unique_ptr<TxnProducer>> TxnProducer::open(const KafkaLogOptions& options,
                                                       const std::string& id) {
  std::unique_ptr<TxnProducer> producer(new TxnProducer);
  EBB_ASSIGN(producer->client_, make_transactional_client(options, id, &TxnProducer::on_delivery,
                                                          &TxnProducer::on_error, producer.get()));
  return producer;
}

TxnProducer::~TxnProducer() = default;

Status TxnProducer::init(DurationMs timeout_ms) {
  const ErrorPtr error(rd_kafka_init_transactions(client_.get(), static_cast<int>(timeout_ms)));
  if (!error) return Status::ok();
  const std::string what = fmt::format("init_transactions: {}", rd_kafka_error_string(error.get()));
  if (rd_kafka_error_is_retriable(error.get())) return Status::unavailable(what);
  if (is_fenced(rd_kafka_error_code(error.get()))) return Status::fenced(what);
  return Status::internal(what);
}

Status TxnProducer::learn(const std::string& topic_name, DurationMs timeout_ms) {
  const struct rd_kafka_metadata* metadata = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client_.get(), 0, topic(topic_name), &metadata, static_cast<int>(timeout_ms));
  const MetadataPtr owned(metadata);
  return status_of(error, topic_name);
}

bool TxnProducer::broken() {
  rd_kafka_poll(client_.get(), 0);
  return broken_;
}

Step TxnProducer::begin() {
  delivery_ = {};
  return step_of(ErrorPtr(rd_kafka_begin_transaction(client_.get())), "begin_transaction",
                 Step::Kind::kAgain);
}

Step TxnProducer::append(const std::string& topic_name, std::int32_t partition, std::string_view key,
                         std::string_view value, Offset* offset_out) {
  const rd_kafka_resp_err_t error =
      static_cast<rd_kafka_resp_err_t>(rd_kafka_produce(topic(topic_name), partition, 0, value_pointer(value),
                                                        value.size(), key.data(), key.size(), offset_out) == 0
                                           ? RD_KAFKA_RESP_ERR_NO_ERROR
                                           : rd_kafka_last_error());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return produce_failure(topic_name.c_str(), error, key.size() + value.size());
}

Step TxnProducer::append(const std::string& topic_name, std::int32_t partition,
                         const std::vector<RowWrite>& rows) {
  for (std::size_t first = 0; first < rows.size(); first += kBatchRecords) {
    const std::size_t count = std::min(kBatchRecords, rows.size() - first);
    scratch_.assign(count, rd_kafka_message_t{});
    for (std::size_t i = 0; i < count; ++i) {
      const RowWrite& row = rows[first + i];
      rd_kafka_message_t& message = scratch_[i];
      message.key = unconst(row.key);
      message.key_len = row.key.size();
      message.payload = row.tombstone ? nullptr : unconst(row.value);
      message.len = row.tombstone ? 0 : row.value.size();
    }
    if (Step step = produce(topic(topic_name), partition, 0); !step.is_ok()) return step;
  }
  return {};
}

Step TxnProducer::append(const std::string& topic_name, std::int32_t partitions,
                         const std::vector<const OutRecord*>& records) {
  rd_kafka_topic_t* const to = topic(topic_name);
  scratch_.clear();
  for (const OutRecord* record : records) {
    const std::int32_t partition = record->task % partitions;
    const bool plain = record->headers.empty() && record->timestamp_ms <= 0;  // a batch can't say more
    if (!plain || scratch_.size() >= kBatchRecords) {
      if (Step step = produce(to, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_PARTITION); !step.is_ok())
        return step;
      scratch_.clear();
    }
    if (!plain) {
      if (Step step = append(to, partition, *record); !step.is_ok()) return step;
      continue;
    }
    rd_kafka_message_t& message = scratch_.emplace_back();
    message.partition = partition;
    message.key = unconst(record->key);
    message.key_len = record->key.size();
    message.payload = record->tombstone ? nullptr : value_pointer(record->value);
    message.len = record->tombstone ? 0 : record->value.size();
  }
  return produce(to, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_PARTITION);
}

// What scratch_ holds.
Step TxnProducer::produce(rd_kafka_topic_t* to, std::int32_t partition, int flags) {
  const auto count = static_cast<int>(scratch_.size());
  if (rd_kafka_produce_batch(to, partition, flags, scratch_.data(), count) == count) return {};
  for (const rd_kafka_message_t& message : scratch_) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    return produce_failure(rd_kafka_topic_name(to), message.err, message.key_len + message.len);
  }
  return {Step::Kind::kRetry, fmt::format("{}: not all records were taken", rd_kafka_topic_name(to))};
}

Step TxnProducer::append(rd_kafka_topic_t* to, std::int32_t partition, const OutRecord& record) {
  std::array<rd_kafka_vu_t, 7> parts{};
  std::size_t count = 0;
  auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    parts[count].vtype = type;
    return parts[count++];
  };
  add(RD_KAFKA_VTYPE_RKT).u.rkt = to;
  add(RD_KAFKA_VTYPE_PARTITION).u.i32 = partition;
  add(RD_KAFKA_VTYPE_KEY).u.mem = {unconst(record.key), record.key.size()};
  if (!record.tombstone) add(RD_KAFKA_VTYPE_VALUE).u.mem = {unconst(record.value), record.value.size()};
  if (record.timestamp_ms > 0) add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp_ms;
  HeadersPtr headers;
  if (!record.headers.empty()) {
    headers.reset(rd_kafka_headers_new(record.headers.size()));
    for (const auto& [name, value] : record.headers) {
      rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
    }
    add(RD_KAFKA_VTYPE_HEADERS).u.headers = headers.get();
  }
  const ErrorPtr error(rd_kafka_produceva(client_.get(), parts.data(), count));
  if (!error) {
    static_cast<void>(headers.release());  // the message owns them now
    return {};
  }
  return produce_failure(rd_kafka_topic_name(to), rd_kafka_error_code(error.get()),
                         record.key.size() + record.value.size());
}

Step TxnProducer::flush(DurationMs timeout_ms) {
  const rd_kafka_resp_err_t error = rd_kafka_flush(client_.get(), static_cast<int>(timeout_ms));
  if (!delivery_.is_ok()) return delivery_;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return {Step::Kind::kRetry, fmt::format("not acknowledged within {} ms", timeout_ms)};
}

Step TxnProducer::send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                               const rd_kafka_consumer_group_metadata_t* member, DurationMs timeout_ms) {
  return step_of(ErrorPtr(rd_kafka_send_offsets_to_transaction(client_.get(), offsets, member,
                                                               static_cast<int>(timeout_ms))),
                 "send_offsets_to_transaction", Step::Kind::kRetry);
}

Step TxnProducer::commit(DurationMs timeout_ms) {
  if (broken()) return {Step::Kind::kAgain, broken_why_};
  const Step step =
      step_of(ErrorPtr(rd_kafka_commit_transaction(client_.get(), static_cast<int>(timeout_ms))),
              "commit_transaction", Step::Kind::kRetry);
  if (step.kind == Step::Kind::kAgain) return {Step::Kind::kRetry, step.why};
  if (step.is_ok() && broken()) return {Step::Kind::kRetry, broken_why_};
  return step;
}

void TxnProducer::abort(DurationMs timeout_ms) {
  const ErrorPtr error(rd_kafka_abort_transaction(client_.get(), static_cast<int>(timeout_ms)));
  if (error) spdlog::debug("abort_transaction: {}", rd_kafka_error_string(error.get()));
}

void TxnProducer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  auto* const producer = static_cast<TxnProducer*>(self);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (message->_private) *static_cast<Offset*>(message->_private) = message->offset;
    return;
  }
  Step failure = producer->produce_failure(rd_kafka_topic_name(message->rkt), message->err,
                                           message->key_len + message->len);
  // A record too large takes others down with it, whose reports may come first: it is the cause.
  const bool is_cause =
      failure.kind == Step::Kind::kTooLarge && producer->delivery_.kind != Step::Kind::kTooLarge;
  if (producer->delivery_.is_ok() || is_cause) producer->delivery_ = std::move(failure);
}

void TxnProducer::on_error(rd_kafka_t*, int error, const char* reason, void* self) {
  auto* const producer = static_cast<TxnProducer*>(self);
  producer->broken_ = true;
  producer->broken_why_ =
      fmt::format("{}: {}", rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)), reason);
}

rd_kafka_topic_t* TxnProducer::topic(const std::string& name) {
  TopicPtr& handle = topics_[name];
  if (!handle) handle = make_topic(client_.get(), name);
  return handle.get();
}

// Names topic and size; never the key, which may be a customer.
Step TxnProducer::produce_failure(const char* topic_name, rd_kafka_resp_err_t error,
                                  std::size_t bytes) const {
  return {kind_of(error, Step::Kind::kRetry),
          fmt::format("a record of {} bytes for {}: {}", bytes, topic_name, rd_kafka_err2str(error))};
}

}  // namespace ebb::kafka
