// The worker's second thread: it serves the group and publishes epochs, one Kafka transaction each, in order.
// Both are here because membership must be proved to each transaction by the thread that serves rebalances,
// after it has served what is pending.
//
//   submit ──▶ [queue] ──▶ begin ─ task records ─ acknowledged ─ rows, outputs ─ acknowledged
//                            └─▶ serve the group ─ offsets + membership ─ commit ──▶ outcome
//
// Two producers take turns, since one waits 20-100 ms after a commit until its markers are written. An epoch
// is begun only when the one before has returned. Releases of tasks go through the same queue as epochs, so a
// task given away or lost can't be in an epoch that comes later, and one that is not owned when its turn
// comes is refused. The first failure is the last thing that is done: producers are destroyed, later epochs
// share its outcome.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/status.h"
#include "engine/kafka/group_member.h"
#include "engine/kafka/kafka_log.h"
#include "engine/kafka/txn_producer.h"
#include "engine/kafka/waker.h"
#include "engine/log.h"

namespace ebb::kafka {

class Committer {
 public:
  // on_news is called (on the committer's thread) when there are events, outcomes or a failure to pick up.
  // sink_partitions: by OutRecord::sink.
  static Result<std::unique_ptr<Committer>> open(const KafkaLogOptions& options, int worker,
                                                 std::vector<std::int32_t> sink_partitions, Waker* on_news);
  // Waits for a commit that is under way: at most about the transaction's time-out.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // The worker's thread:
  void submit(std::shared_ptr<const Epoch> epoch);
  void released(const std::vector<TaskId>& tasks);
  Status take_events(std::vector<GroupEvent>* events);
  bool next_outcome(CommitOutcome* out);
  bool has_news() const;

  // Any thread:
  // Nothing more is published; take_events() says why.
  void give_up(Status status);
  const std::vector<std::string>& transactional_ids() const { return ids_; }
  // What earlier producers of our ids had left open is settled.
  bool is_ready() const { return ready_; }
  rd_kafka_t* member_handle() const { return member_->handle(); }

 private:
  using Command = std::variant<std::shared_ptr<const Epoch>, std::vector<TaskId>>;

  Committer(KafkaLogOptions options, std::vector<std::int32_t> sink_partitions, Waker* on_news)
      : options_(std::move(options)), sink_partitions_(std::move(sink_partitions)), on_news_(on_news) {}

  void run();
  bool stopping() const { return stop_; }
  void push(Command command);
  std::optional<Command> pop();
  void serve_group();
  void fail(Status status);

  Status init_producer(TxnProducer* producer);
  Status replace_producer(std::size_t turn);
  CommitOutcome publish(const Epoch& epoch);
  Step attempt(const Epoch& epoch, TxnProducer* producer, std::vector<Offset>* record_offsets);
  Step append_records(const Epoch& epoch, TxnProducer* producer, std::vector<Offset>* record_offsets);
  Step prove_membership(const Epoch& epoch, TxnProducer* producer);
  std::string not_owned(const Epoch& epoch) const;
  void give(CommitOutcome outcome);

  const KafkaLogOptions options_;
  const std::vector<std::int32_t> sink_partitions_;
  Waker* const on_news_;
  std::vector<std::string> ids_;

  // The committer's thread only, once it runs.
  std::array<std::unique_ptr<TxnProducer>, 2> producers_;
  std::size_t turn_ = 0;
  std::optional<CommitOutcome> dead_;  // the outcome of all that follows

  Waker waker_;                          // of the committer's thread
  std::unique_ptr<GroupMember> member_;  // uses waker_

  mutable std::mutex mutex_;
  std::deque<Command> commands_;
  std::vector<GroupEvent> events_;
  std::deque<CommitOutcome> outcomes_;
  Status failure_;
  Status given_up_;  // to be failed with by the committer's thread

  std::atomic<bool> ready_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace ebb::kafka
