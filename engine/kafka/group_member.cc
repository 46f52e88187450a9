#include "engine/kafka/group_member.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <cstring>
#include <string_view>

#include "engine/base/clock.h"
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

constexpr DurationMs kCloseMs = 5000;

struct FreeBuffer {
  void operator()(void* buffer) const { rd_kafka_mem_free(nullptr, buffer); }
};
using Buffer = std::unique_ptr<void, FreeBuffer>;

struct Membership {
  std::int32_t generation = -1;
  bool has_member_id = false;
  bool is_whole() const { return generation >= 0 && has_member_id; }
};

// librdkafka has no getters for these, but the serialised form of its metadata is fixed: "CGMDv2:", the
// generation (4 bytes, the machine's order), then group id, member id and instance id, each ended by a zero
// byte.
Membership membership_of(const rd_kafka_consumer_group_metadata_t* metadata) {
  constexpr std::string_view kMagic = "CGMDv2:";
  Membership membership;
  void* buffer = nullptr;
  std::size_t size = 0;
  const ErrorPtr error(rd_kafka_consumer_group_metadata_write(metadata, &buffer, &size));
  if (error) return membership;
  const Buffer owned(buffer);
  const std::string_view bytes(static_cast<const char*>(buffer), size);
  if (!bytes.starts_with(kMagic) || size < kMagic.size() + sizeof(std::int32_t)) return membership;
  std::memcpy(&membership.generation, bytes.data() + kMagic.size(), sizeof(std::int32_t));
  const std::string_view strings = bytes.substr(kMagic.size() + sizeof(std::int32_t));
  const std::size_t group_end = strings.find('\0');
  membership.has_member_id =
      group_end != std::string_view::npos && group_end + 1 < strings.size() && strings[group_end + 1] != '\0';
  return membership;
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
  if (!client_ || close()) return;
  spdlog::error("group: leaving it does not end, the client is left behind");
  static_cast<void>(queue_.release());
  static_cast<void>(client_.release());
}

// A member must be closed before its client is destroyed, or an assignment that nobody answers any more holds
// the destruction up for ever. A static member tells the group nothing by that: its tasks stay its own until
// the session times out.
bool GroupMember::close() {
  const TimeMs deadline_ms = system_clock().steady_ms() + kCloseMs;
  for (; !unanswered_.empty(); unanswered_.pop_front()) answer(RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS);
  if (!end_first_join(deadline_ms)) return false;
  // After a fatal error it refuses, and then there is nothing to close either.
  if (const ErrorPtr error(rd_kafka_consumer_close_queue(client_.get(), queue_.get())); error) return true;
  while (!rd_kafka_consumer_closed(client_.get())) {
    if (system_clock().steady_ms() > deadline_ms) return false;
    answer_next(10);
  }
  return true;
}

// librdkafka 2.0.2 aborts the process when a member is destroyed between the answers to its first JoinGroup
// and SyncGroup (its sticky assignor has no state then): see to it that the one has not come, or that both
// have.
bool GroupMember::end_first_join(TimeMs deadline_ms) {
  const auto generation = [this] {
    const GroupMetadataPtr metadata(rd_kafka_consumer_group_metadata(client_.get()));
    return metadata ? membership_of(metadata.get()).generation : -1;
  };
  if (!is_placed_ && generation() < 0) rd_kafka_unsubscribe(client_.get());  // a later answer is ignored
  while (!is_placed_ && generation() >= 0) {
    if (system_clock().steady_ms() > deadline_ms) return false;
    answer_next(100);
  }
  return true;
}

void GroupMember::answer_next(int wait_ms) {
  const EventPtr event(rd_kafka_queue_poll(queue_.get(), wait_ms));
  if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_REBALANCE) return;
  is_placed_ = true;
  answer(rd_kafka_event_error(event.get()));
}

void GroupMember::answer(rd_kafka_resp_err_t to) {
  const PartitionsPtr nothing = new_partitions();
  const bool is_assignment = to == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  const ErrorPtr error(is_assignment ? rd_kafka_incremental_assign(client_.get(), nothing.get())
                                     : rd_kafka_incremental_unassign(client_.get(), nothing.get()));
  if (error) spdlog::error("answer to a rebalance: {}", rd_kafka_error_string(error.get()));
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
  is_placed_ = true;
  const std::vector<TaskId> tasks = tasks_of(rd_kafka_event_topic_partition_list(event));
  switch (rd_kafka_event_error(event)) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: {
      spdlog::info("group: assigned tasks [{}]", fmt::join(tasks, ", "));
      answer(RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS);
      owned_.insert(tasks.begin(), tasks.end());
      if (!tasks.empty()) events->push_back({GroupEvent::Kind::kAssigned, tasks});
      return Status::ok();
    }
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: {
      const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
      spdlog::info("group: {} tasks [{}]", lost ? "lost" : "revoked", fmt::join(tasks, ", "));
      is_lost_ |= lost;
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
    // While a loss is not answered, librdkafka sends heartbeats without the member's id, and the broker calls
    // that fenced too: nobody has taken our place then.
    if (is_fenced(cause) && is_lost_)
      return Status::unavailable(fmt::format("group: place lost: {}", reason));
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
    answer(RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS);
  }
  if (unanswered_.empty()) is_lost_ = false;
}

GroupMetadataPtr GroupMember::metadata() const {
  if (rd_kafka_assignment_lost(client_.get())) return nullptr;
  if (rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) return nullptr;
  GroupMetadataPtr metadata(rd_kafka_consumer_group_metadata(client_.get()));
  if (!metadata || !membership_of(metadata.get()).is_whole()) return nullptr;
  return metadata;
}

}  // namespace ebb::kafka
