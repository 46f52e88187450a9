#include "engine/kafka/group_member.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <cstring>
#include <string_view>

#include "engine/kafka/client_conf.h"
#include "engine/kafka/errors.h"
#include "engine/kafka/waker.h"

namespace ebb::kafka {
namespace {

std::vector<TaskId> tasks_of(const rd_kafka_topic_partition_list_t* partitions) {
  std::vector<TaskId> tasks;
  for (int i = 0; i < partitions->cnt; ++i) tasks.push_back(partitions->elems[i].partition);
  return tasks;
}

void log_failure(ErrorPtr error, const char* what) {
  if (error) spdlog::error("{}: {}", what, rd_kafka_error_string(error.get()));
}

struct FreeBuffer {
  void operator()(void* buffer) const { rd_kafka_mem_free(nullptr, buffer); }
};
using Buffer = std::unique_ptr<void, FreeBuffer>;

// Generation and member id as the client's metadata holds them. librdkafka has no getters for them, but its
// serialised form is fixed: "CGMDv2:", the generation (4 bytes, the machine's order), then group id, member
// id and instance id, each ended by a zero byte.
bool is_whole(const rd_kafka_consumer_group_metadata_t* metadata) {
  constexpr std::string_view kMagic = "CGMDv2:";
  void* buffer = nullptr;
  std::size_t size = 0;
  if (ErrorPtr error(rd_kafka_consumer_group_metadata_write(metadata, &buffer, &size)); error) return false;
  const Buffer owned(buffer);
  const std::string_view bytes(static_cast<const char*>(buffer), size);
  std::int32_t generation = -1;
  if (size < kMagic.size() + sizeof(generation) || bytes.substr(0, kMagic.size()) != kMagic) return false;
  std::memcpy(&generation, bytes.data() + kMagic.size(), sizeof(generation));
  const std::string_view strings = bytes.substr(kMagic.size() + sizeof(generation));
  const std::size_t group_end = strings.find('\0');
  if (group_end == std::string_view::npos || group_end + 1 >= strings.size()) return false;
  const bool has_member_id = strings[group_end + 1] != '\0';
  return generation >= 0 && has_member_id;
}

}  // namespace

Result<std::unique_ptr<GroupMember>> GroupMember::join(const KafkaLogOptions& options,
                                                       const std::string& instance_id, Waker* waker) {
  std::unique_ptr<GroupMember> member(new GroupMember);
  EBB_ASSIGN(member->client_, make_member_client(options, instance_id));
  rd_kafka_t* const client = member->client_.get();
  rd_kafka_poll_set_consumer(client);  // errors come by the same queue
  member->queue_.reset(rd_kafka_queue_get_consumer(client));
  rd_kafka_queue_cb_event_enable(
      member->queue_.get(), [](rd_kafka_t*, void* to) { static_cast<Waker*>(to)->wake(); }, waker);

  const PartitionsPtr topics = new_partitions();
  rd_kafka_topic_partition_list_add(topics.get(), options.changelog_topic.c_str(), RD_KAFKA_PARTITION_UA);
  EBB_TRY(status_of(rd_kafka_subscribe(client, topics.get()), "subscribe"));
  return member;
}

GroupMember::~GroupMember() {
  if (queue_) rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
}

Status GroupMember::serve(std::vector<GroupEvent>* events) {
  while (EventPtr event{rd_kafka_queue_poll(queue_.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
      EBB_TRY(on_rebalance(event.get(), events));
    } else {
      EBB_TRY(on_error(event.get()));
    }
  }
  return Status::ok();
}

Status GroupMember::on_rebalance(rd_kafka_event_t* event, std::vector<GroupEvent>* events) {
  const std::vector<TaskId> tasks = tasks_of(rd_kafka_event_topic_partition_list(event));
  switch (rd_kafka_event_error(event)) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: {
      spdlog::info("group: assigned tasks [{}]", fmt::join(tasks, ", "));
      const PartitionsPtr nothing = new_partitions();
      log_failure(ErrorPtr(rd_kafka_incremental_assign(client_.get(), nothing.get())), "incremental_assign");
      owned_.insert(tasks.begin(), tasks.end());
      if (!tasks.empty()) events->push_back({GroupEvent::Kind::kAssigned, tasks});
      return Status::ok();
    }
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: {
      const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
      spdlog::info("group: {} tasks [{}]", lost ? "lost" : "revoked", fmt::join(tasks, ", "));
      if (lost) {
        for (const TaskId task : tasks) owned_.erase(task);
      }
      unanswered_.push_back({{tasks.begin(), tasks.end()}});
      if (!tasks.empty()) {
        events->push_back({lost ? GroupEvent::Kind::kLost : GroupEvent::Kind::kRevoked, tasks});
      }
      answer_revocations();
      return Status::ok();
    }
    default:
      return status_of(rd_kafka_event_error(event), "group");
  }
}

Status GroupMember::on_error(rd_kafka_event_t* event) const {
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Status::ok();
  if (rd_kafka_event_error_is_fatal(event)) {
    char reason[256];
    const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client_.get(), reason, sizeof(reason));
    return status_of(cause, "group").with_context(reason);
  }
  switch (error) {
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return status_of(error, "group").with_context(rd_kafka_event_error_string(event));
    default:  // a connection that broke, brokers that are away: the client goes on trying
      spdlog::debug("group: {}", rd_kafka_event_error_string(event));
      return Status::ok();
  }
}

void GroupMember::released(const std::vector<TaskId>& tasks) {
  for (const TaskId task : tasks) {
    owned_.erase(task);
    for (Unanswered& revocation : unanswered_) revocation.tasks.erase(task);
  }
  answer_revocations();
}

void GroupMember::answer_revocations() {
  while (!unanswered_.empty() && unanswered_.front().tasks.empty()) {
    unanswered_.pop_front();
    const PartitionsPtr nothing = new_partitions();
    log_failure(ErrorPtr(rd_kafka_incremental_unassign(client_.get(), nothing.get())),
                "incremental_unassign");
  }
}

GroupMetadataPtr GroupMember::metadata() const {
  if (rd_kafka_assignment_lost(client_.get())) return nullptr;
  if (rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) return nullptr;
  GroupMetadataPtr metadata(rd_kafka_consumer_group_metadata(client_.get()));
  if (!metadata || !is_whole(metadata.get())) return nullptr;
  return metadata;
}

}  // namespace ebb::kafka
