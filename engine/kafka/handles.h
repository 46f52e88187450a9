// librdkafka's handles as unique_ptrs. A list, queue or message that is not given back makes the destruction
// of its client hang for ever, so none is ever held by a bare pointer.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace ebb::kafka {

template <auto kDestroy>
struct Destroy {
  template <typename T>
  void operator()(T* handle) const {
    kDestroy(handle);
  }
};

struct DestroyClient {
  // Members of a group are closed by GroupMember, the others have nothing to close.
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};

using ClientPtr = std::unique_ptr<rd_kafka_t, DestroyClient>;
using ConfPtr = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using TopicConfPtr = std::unique_ptr<rd_kafka_topic_conf_t, Destroy<rd_kafka_topic_conf_destroy>>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
using PartitionsPtr =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy<rd_kafka_topic_partition_list_destroy>>;
using GroupMetadataPtr =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, Destroy<rd_kafka_consumer_group_metadata_destroy>>;
using HeadersPtr = std::unique_ptr<rd_kafka_headers_t, Destroy<rd_kafka_headers_destroy>>;
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using ConfigResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;
using AdminOptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;

using MetadataPtr = std::unique_ptr<const struct rd_kafka_metadata, Destroy<rd_kafka_metadata_destroy>>;

inline PartitionsPtr new_partitions(int size = 1) {
  return PartitionsPtr(rd_kafka_topic_partition_list_new(size));
}

}  // namespace ebb::kafka
