// One worker's place in the consumer group. The group only places tasks: the member is subscribed to the
// changelog topic but reads nothing; it answers each rebalance with an empty list, and what it was given are
// the tasks of the same numbers.
//
// librdkafka goes on with a rebalance only when the event before was answered: an assignment at once, a
// revocation or loss when the worker has released its tasks. So as long as a task is owned here, no other
// live member has it, and a broker that no longer thinks so refuses the generation.
//
// Not thread-safe: all by the thread that serves the group, except handle() for rd_kafka_committed().
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/handles.h"
#include "engine/kafka/kafka_log.h"
#include "engine/log.h"

namespace ebb::kafka {

class Waker;

class GroupMember {
 public:
  // Subscribes. Without an instance id it is a member that nobody knows again, and that leaves when it goes.
  // waker is woken when serve() has something to do; it outlives the member.
  static Result<std::unique_ptr<GroupMember>> join(const KafkaLogOptions& options,
                                                   const std::string& instance_id, Waker* waker);
  // Takes a few seconds at most.
  ~GroupMember();
  GroupMember(const GroupMember&) = delete;
  GroupMember& operator=(const GroupMember&) = delete;

  // Serves what is pending; appends what the worker has to know. To be called at least every few seconds:
  // it is also what shows the group that we live. Errors: kFenced = another process uses our instance id;
  // kUnavailable or kInvalid = the group will never take us.
  Status serve(std::vector<GroupEvent>* events);
  void released(const std::vector<TaskId>& tasks);

  bool owns(TaskId task) const { return owned_.contains(task); }
  // Proof of membership for a transaction; null while it is not whole: without it nothing may be committed.
  // REQUIRES: serve() was called just before.
  GroupMetadataPtr metadata() const;

  rd_kafka_t* handle() const { return client_.get(); }

 private:
  struct Unanswered {
    std::set<TaskId> tasks;
  };

  GroupMember() = default;
  Status on_rebalance(rd_kafka_event_t* event, std::vector<GroupEvent>* events);
  Status on_error(rd_kafka_event_t* event) const;
  void answer_revocations();
  void answer(rd_kafka_resp_err_t to);
  bool close();
  bool end_first_join(TimeMs deadline_ms);
  void answer_next(int wait_ms);

  ClientPtr client_;
  QueuePtr queue_;
  bool is_placed_ = false;  // the group has answered the first join
  std::set<TaskId> owned_;
  std::deque<Unanswered> unanswered_;  // revocations, oldest first
  bool is_lost_ = false;               // one of them is a loss
};

}  // namespace ebb::kafka
