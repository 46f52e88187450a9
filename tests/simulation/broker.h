// A cluster's brokers as one object: partitions with transactions, the transaction coordinator, a consumer
// group with static members and cooperative rebalancing. Kafka's rules as far as exactly-once hangs on them:
//
// - A transaction's records are appended at once and become visible with a marker that comes some time after
//   its end was decided. Readers of committed records stop before the first record that is undecided (LSO).
// - Initialising a producer's id raises its epoch, which fences who had it before, and aborts its open
//   transaction; one whose commit was decided is completed. An EndTxn under way reaches whatever transaction
//   that id and epoch has open when it arrives. Open transactions time out.
// - Offsets sent for the group are refused from members that the group doesn't know any more or whose
//   generation is old. Whoever names no generation (-1) is not asked at all.
// - A member that is silent for the session timeout is evicted; it hears of it only later.
//
// Thread: one. Time: the simulation's steady clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/types.h"
#include "engine/log.h"
#include "tests/simulation/prng.h"

namespace ebb::sim {

struct Entry {
  Offset offset = 0;
  int txn = -1;
  std::string key;
  std::string value;
  bool tombstone = false;
  std::vector<std::pair<std::string, std::string>> headers;
  TimeMs at_ms = 0;
};

class Partition {
 public:
  Offset append(int txn, Entry entry);
  // The transaction's marker arrives.
  void settle(int txn, bool commit);

  Offset high_watermark() const { return next_; }
  Offset lso() const;
  // The first committed entry at or after the offset and below the LSO; null: none.
  const Entry* committed(Offset from) const;
  // Entries at or above the LSO, decided or not.
  std::vector<const Entry*> tail() const;
  // Keeps the last committed entry of each key, and tombstones only if they are young.
  void compact(TimeMs now_ms, DurationMs delete_retention_ms);

 private:
  bool is_committed(const Entry& entry) const;

  std::vector<Entry> entries_;
  Offset next_ = 0;
  std::map<int, Offset> undecided_;  // first offset of each
  std::map<int, bool> decided_;      // true: committed
};

enum class Answer { kOk, kFenced, kBusy, kNotMember };

// A member as the group sees it, and what it has yet to hear.
struct Member {
  std::string instance;
  TimeMs heard_ms = 0;
  std::int64_t generation = 0;  // as it knows it
  bool gone = false;            // evicted, or replaced by another with the same instance id
  int polls_until_told = 0;     // of being gone
  bool told = false;
  bool knows = false;  // gone, and the client knows it before it tells: it has no generation any more
  std::vector<GroupEvent> events;
  std::set<TaskId> believes;  // tasks that it was told are its own
};

class Broker {
 public:
  struct Options {
    std::int32_t tasks = 1;
    int sinks = 1;
    DurationMs session_timeout_ms = 10'000;
    DurationMs transaction_timeout_ms = 10'000;
    DurationMs delete_retention_ms = kDayMs;
  };

  Broker(const Options& options, const Clock* clock, Prng prng);

  Partition& changelog(TaskId task) { return partitions_[static_cast<std::size_t>(task)]; }
  Partition& sink(int sink, TaskId task);

  // Time has passed: markers, timeouts, requests that were under way, members that were silent.
  void tick();
  void compact();

  // ---- transactions
  // kBusy: try again. kOk: *epoch is the producer's.
  Answer init_producer(const std::string& id, int* epoch);
  Answer append(const std::string& id, int epoch, Partition* partition, Entry entry, Offset* offset);
  // generation: as the member's client says, -1: it has none.
  Answer send_offsets(const std::string& id, int epoch, const Member& member, std::int64_t generation,
                      const std::map<TaskId, std::vector<Offset>>& positions);
  Answer end(const std::string& id, int epoch, bool commit);
  // An EndTxn that arrives later, whose answer nobody hears.
  void end_later(const std::string& id, int epoch, TimeMs at_ms);
  const std::map<TaskId, std::vector<Offset>>& group_offsets() const { return group_offsets_; }

  // ---- group
  std::shared_ptr<Member> join(const std::string& instance);
  // What the member has to hear. It has been heard of.
  void poll(Member& member, std::vector<GroupEvent>* events);
  void release(Member& member, const std::vector<TaskId>& tasks);
  void evict(Member& member);
  std::vector<std::shared_ptr<Member>> members() const { return members_; }

  // Called for each record of a changelog whose transaction is committed, when that is decided.
  void on_commit(std::function<void(TaskId, const Entry&)> told) { on_commit_ = std::move(told); }
  int open_transactions() const;

 private:
  enum class State { kOpen, kCommitting, kAborting };
  struct Transaction {
    std::string producer;
    State state = State::kOpen;
    TimeMs began_ms = 0;
    std::map<Partition*, TimeMs> partitions;  // and when the marker comes
    std::vector<std::pair<TaskId, Entry>> changelog;
    std::map<TaskId, std::vector<Offset>> positions;
  };
  struct Producer {
    int epoch = 0;
    int txn = -1;  // not yet complete
  };
  struct LateEnd {
    TimeMs at_ms = 0;
    std::string id;
    int epoch = 0;
  };

  void decide(int txn, bool commit);
  void write_markers();
  void expire_transactions();
  void dismiss(Member& member);
  void rebalance();
  void choose_owners();
  std::shared_ptr<Member> least_loaded() const;

  const Options options_;
  const Clock* clock_;
  Prng prng_;
  std::vector<Partition> partitions_;

  std::map<std::string, Producer> producers_;
  std::map<int, Transaction> transactions_;  // not yet complete
  int next_txn_ = 0;
  std::vector<LateEnd> late_ends_;
  std::map<TaskId, std::vector<Offset>> group_offsets_;
  std::function<void(TaskId, const Entry&)> on_commit_;

  std::vector<std::shared_ptr<Member>> members_;
  std::vector<std::shared_ptr<Member>> owner_;   // by task; null: nobody
  std::vector<std::shared_ptr<Member>> target_;  // by task: who shall have it
  std::set<TaskId> revoking_;
  std::int64_t generation_ = 0;
};

}  // namespace ebb::sim
