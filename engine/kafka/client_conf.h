// How each kind of librdkafka client is set up. One place, because every property here is either needed for
// exactly-once or was measured.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "engine/base/status.h"
#include "engine/kafka/handles.h"
#include "engine/kafka/kafka_log.h"

namespace ebb::kafka {

using DeliveryFn = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void* opaque);
using ErrorFn = void (*)(rd_kafka_t*, int error, const char* reason, void* opaque);

inline constexpr std::size_t kManyRecords = 10'000'000;
// What librdkafka holds for a record that waits to be read, besides its bytes.
inline constexpr std::size_t kRecordOverheadBytes = 400;

// A consumer without a group for the simple API and for questions. What it reads ahead of a partition ends
// with the first fetch that reaches one of the limits, which count keys and values only.
Result<ClientPtr> make_reader_client(const KafkaLogOptions& options, bool read_committed,
                                     std::size_t max_queue_bytes, std::size_t max_queue_records);

// A static member of the group; rebalances and errors come as events.
Result<ClientPtr> make_member_client(const KafkaLogOptions& options, const std::string& instance_id);

// A transactional producer. opaque goes to both callbacks and outlives the client.
Result<ClientPtr> make_transactional_client(const KafkaLogOptions& options,
                                            const std::string& transactional_id, DeliveryFn on_delivery,
                                            ErrorFn on_error, void* opaque);

// An idempotent producer for tools.
Result<ClientPtr> make_producer_client(const KafkaLogOptions& options, DeliveryFn on_delivery, void* opaque);

// A handle of one topic. Never null: librdkafka fails here only for a bad argument.
TopicPtr make_topic(rd_kafka_t* client, const std::string& name);

}  // namespace ebb::kafka
