#include "engine/kafka/client_conf.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace ebb::kafka {
namespace {

constexpr std::size_t kFetchBytes = 256
                                    << 10;  // of a partition at a time; a larger record comes all the same

using Properties = std::vector<std::pair<std::string, std::string>>;

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  // syslog's levels: 2 critical, 3 error, 4 warning, 5 notice, 6 info, 7 debug. What it calls an error is a
  // broker that is away; whether that matters is said by whoever asked for something.
  const auto to = level <= 2   ? spdlog::level::err
                  : level <= 4 ? spdlog::level::warn
                  : level <= 6 ? spdlog::level::info
                               : spdlog::level::debug;
  spdlog::log(to, "kafka client {}: {}: {}", rd_kafka_name(client), facility, text);
}

Status set_all(rd_kafka_conf_t* conf, const Properties& properties) {
  char reason[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof(reason)) != RD_KAFKA_CONF_OK) {
      return Status::invalid(fmt::format("client property {}: {}", name, reason));
    }
  }
  return Status::ok();
}

Properties shared_properties(const KafkaLogOptions& options) {
  return {{"bootstrap.servers", options.brokers},
          {"client.id", "ebb-" + options.instance},
          {"socket.nagle.disable", "true"},
          {"reconnect.backoff.ms", "50"},
          {"reconnect.backoff.max.ms", "1000"},
          // On: errors of connections must be told, see TxnProducer. Idle ones are not.
          {"log.connection.close", "true"}};
}

Properties producer_properties(const KafkaLogOptions& options) {
  return {{"enable.idempotence", "true"},
          {"acks", "all"},
          {"compression.type", "lz4"},
          {"message.max.bytes", std::to_string(options.max_record_bytes)},
          // Waits at most this long to fill a batch; flush() doesn't wait at all.
          {"linger.ms", "5"},
          {"retry.backoff.ms", "20"}};
}

Result<ConfPtr> make_conf(const KafkaLogOptions& options, const Properties& own) {
  ConfPtr conf(rd_kafka_conf_new());
  EBB_TRY(set_all(conf.get(), options.client));
  EBB_TRY(set_all(conf.get(), shared_properties(options)));
  EBB_TRY(set_all(conf.get(), own));
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  return conf;
}

Result<ClientPtr> make_client(rd_kafka_type_t type, ConfPtr conf) {
  char reason[512];
  ClientPtr client(rd_kafka_new(type, conf.get(), reason, sizeof(reason)));
  if (!client) return Status::invalid(fmt::format("kafka client: {}", reason));
  static_cast<void>(conf.release());  // the client owns it now
  return client;
}

}  // namespace

Result<ClientPtr> make_reader_client(const KafkaLogOptions& options, bool read_committed,
                                     std::size_t max_queue_bytes, std::size_t max_queue_records) {
  const std::size_t queue_kbytes = std::clamp<std::size_t>(max_queue_bytes / 1024, 64, 2'097'151);
  const std::size_t queue_records = std::clamp<std::size_t>(max_queue_records, 1000, kManyRecords);
  EBB_ASSIGN(ConfPtr conf,
             make_conf(options, {{"isolation.level", read_committed ? "read_committed" : "read_uncommitted"},
                                 {"enable.auto.commit", "false"},
                                 {"enable.auto.offset.store", "false"},
                                 {"auto.offset.reset", "error"},
                                 {"enable.partition.eof", "true"},
                                 {"allow.auto.create.topics", "false"},
                                 // A start of another partition waits for the running long poll.
                                 {"fetch.wait.max.ms", "100"},
                                 {"fetch.error.backoff.ms", "100"},
                                 // The limits are looked at between fetches: small ones keep near them.
                                 {"fetch.message.max.bytes", std::to_string(kFetchBytes)},
                                 // Reaching either limit stalls that partition for up to a second, and what
                                 // is queued has to last as long.
                                 {"queued.min.messages", std::to_string(queue_records)},
                                 {"queued.max.messages.kbytes", std::to_string(queue_kbytes)}}));
  return make_client(RD_KAFKA_CONSUMER, std::move(conf));
}

Result<ClientPtr> make_member_client(const KafkaLogOptions& options, const std::string& instance_id) {
  EBB_ASSIGN(ConfPtr conf,
             make_conf(options, {{"group.id", options.group},
                                 {"partition.assignment.strategy", "cooperative-sticky"},
                                 {"isolation.level", "read_committed"},
                                 {"enable.auto.commit", "false"},
                                 {"auto.offset.reset", "error"},
                                 {"allow.auto.create.topics", "false"},
                                 {"session.timeout.ms", std::to_string(options.session_timeout_ms)},
                                 {"heartbeat.interval.ms",
                                  std::to_string(std::min<DurationMs>(
                                      std::max<DurationMs>(options.session_timeout_ms / 5, 100), 3000))}}));
  if (!instance_id.empty()) EBB_TRY(set_all(conf.get(), {{"group.instance.id", instance_id}}));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
  return make_client(RD_KAFKA_CONSUMER, std::move(conf));
}

Result<ClientPtr> make_transactional_client(const KafkaLogOptions& options,
                                            const std::string& transactional_id, DeliveryFn on_delivery,
                                            ErrorFn on_error, void* opaque) {
  Properties own = producer_properties(options);
  own.emplace_back("transactional.id", transactional_id);
  own.emplace_back("transaction.timeout.ms", std::to_string(options.transaction_timeout_ms));
  // An epoch has its own size limit; a second one here could only cut an epoch in two.
  own.emplace_back("queue.buffering.max.messages", "0");
  own.emplace_back("queue.buffering.max.kbytes", "2097151");
  EBB_ASSIGN(ConfPtr conf, make_conf(options, own));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_opaque(conf.get(), opaque);
  return make_client(RD_KAFKA_PRODUCER, std::move(conf));
}

Result<ClientPtr> make_producer_client(const KafkaLogOptions& options, DeliveryFn on_delivery, void* opaque) {
  Properties own = producer_properties(options);
  own.emplace_back("queue.buffering.max.kbytes", "65536");
  EBB_ASSIGN(ConfPtr conf, make_conf(options, own));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  rd_kafka_conf_set_opaque(conf.get(), opaque);
  return make_client(RD_KAFKA_PRODUCER, std::move(conf));
}

TopicPtr make_topic(rd_kafka_t* client, const std::string& name) {
  return TopicPtr(rd_kafka_topic_new(client, name.c_str(), nullptr));
}

}  // namespace ebb::kafka
