#include "tests/simulation/broker.h"

#include <algorithm>

namespace ebb::sim {

// ---- a partition

Offset Partition::append(int txn, Entry entry) {
  entry.offset = next_++;
  entry.txn = txn;
  undecided_.try_emplace(txn, entry.offset);
  entries_.push_back(std::move(entry));
  return next_ - 1;
}

void Partition::settle(int txn, bool commit) {
  undecided_.erase(txn);
  decided_[txn] = commit;
  ++next_;  // the marker takes an offset
}

Offset Partition::lso() const {
  Offset lso = next_;
  for (const auto& [txn, first] : undecided_) lso = std::min(lso, first);
  return lso;
}

bool Partition::is_committed(const Entry& entry) const {
  const auto it = decided_.find(entry.txn);
  return it != decided_.end() && it->second;
}

const Entry* Partition::committed(Offset from) const {
  const Offset end = lso();
  auto it = std::lower_bound(entries_.begin(), entries_.end(), from,
                             [](const Entry& e, Offset offset) { return e.offset < offset; });
  for (; it != entries_.end() && it->offset < end; ++it) {
    if (is_committed(*it)) return &*it;
  }
  return nullptr;
}

std::vector<const Entry*> Partition::tail() const {
  std::vector<const Entry*> out;
  const Offset from = lso();
  for (auto it = entries_.rbegin(); it != entries_.rend() && it->offset >= from; ++it) out.push_back(&*it);
  return out;
}

void Partition::compact(TimeMs now_ms, DurationMs delete_retention_ms) {
  const Offset end = lso();
  std::map<std::string, Offset> last;
  for (const Entry& e : entries_) {
    if (e.offset < end && is_committed(e)) last[e.key] = e.offset;
  }
  const auto superfluous = [&](const Entry& e) {
    if (e.offset >= end) return false;
    return !is_committed(e) || last[e.key] != e.offset ||
           (e.tombstone && now_ms - e.at_ms > delete_retention_ms);
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), superfluous), entries_.end());
}

// ---- the cluster

Broker::Broker(const Options& options, const Clock* clock, Prng prng)
    : options_(options),
      clock_(clock),
      prng_(prng),
      partitions_(static_cast<std::size_t>(options.tasks * (1 + options.sinks))),
      owner_(static_cast<std::size_t>(options.tasks)),
      target_(static_cast<std::size_t>(options.tasks)) {}

Partition& Broker::sink(int sink, TaskId task) {
  return partitions_[static_cast<std::size_t>((1 + sink) * options_.tasks + task)];
}

void Broker::tick() {
  const TimeMs now = clock_->steady_ms();
  std::vector<LateEnd> due;
  for (auto it = late_ends_.begin(); it != late_ends_.end();) {
    if (it->at_ms > now) {
      ++it;
      continue;
    }
    due.push_back(*it);
    it = late_ends_.erase(it);
  }
  for (const LateEnd& e : due) end(e.id, e.epoch, true);
  expire_transactions();
  write_markers();
  for (const auto& member : std::vector(members_)) {
    if (now - member->heard_ms > options_.session_timeout_ms) evict(*member);
  }
}

void Broker::compact() {
  for (TaskId t = 0; t < options_.tasks; ++t) {
    changelog(t).compact(clock_->steady_ms(), options_.delete_retention_ms);
  }
}

// ---- transactions

Answer Broker::init_producer(const std::string& id, int* epoch) {
  Producer& p = producers_[id];
  if (p.txn >= 0) {
    if (transactions_.at(p.txn).state == State::kOpen) {
      ++p.epoch;
      decide(p.txn, false);
    }
    return Answer::kBusy;
  }
  *epoch = ++p.epoch;
  return Answer::kOk;
}

Answer Broker::append(const std::string& id, int epoch, Partition* partition, Entry entry, Offset* offset) {
  Producer& p = producers_[id];
  if (p.epoch != epoch) return Answer::kFenced;
  if (p.txn >= 0 && transactions_.at(p.txn).state != State::kOpen) return Answer::kBusy;
  if (p.txn < 0) {
    p.txn = next_txn_++;
    Transaction& begun = transactions_[p.txn];
    begun.producer = id;
    begun.began_ms = clock_->steady_ms();
  }
  Transaction& txn = transactions_.at(p.txn);
  txn.partitions.try_emplace(partition, 0);
  entry.at_ms = clock_->steady_ms();
  const auto place = partition - partitions_.data();
  if (place < options_.tasks) txn.changelog.emplace_back(static_cast<TaskId>(place), entry);
  *offset = partition->append(p.txn, std::move(entry));
  return Answer::kOk;
}

Answer Broker::send_offsets(const std::string& id, int epoch, const Member& member, std::int64_t generation,
                            const std::map<TaskId, std::vector<Offset>>& positions) {
  Producer& p = producers_[id];
  if (p.epoch != epoch || p.txn < 0 || transactions_.at(p.txn).state != State::kOpen) return Answer::kFenced;
  if (generation >= 0 && (member.gone || generation != generation_)) return Answer::kNotMember;
  transactions_.at(p.txn).positions = positions;
  return Answer::kOk;
}

Answer Broker::end(const std::string& id, int epoch, bool commit) {
  Producer& p = producers_[id];
  if (p.epoch != epoch || p.txn < 0 || transactions_.at(p.txn).state != State::kOpen) return Answer::kFenced;
  decide(p.txn, commit);
  return Answer::kOk;
}

void Broker::end_later(const std::string& id, int epoch, TimeMs at_ms) {
  late_ends_.push_back({at_ms, id, epoch});
}

void Broker::decide(int number, bool commit) {
  Transaction& txn = transactions_.at(number);
  txn.state = commit ? State::kCommitting : State::kAborting;
  for (auto& [partition, at_ms] : txn.partitions) {
    at_ms = clock_->steady_ms() + (prng_.chance(700) ? 0 : prng_.below(30));
  }
  if (!commit) return;
  for (const auto& [task, positions] : txn.positions) group_offsets_[task] = positions;
  if (!on_commit_) return;
  for (const auto& [task, entry] : txn.changelog) on_commit_(task, entry);
}

void Broker::write_markers() {
  for (auto it = transactions_.begin(); it != transactions_.end();) {
    Transaction& txn = it->second;
    if (txn.state != State::kOpen) {
      for (auto p = txn.partitions.begin(); p != txn.partitions.end();) {
        if (p->second > clock_->steady_ms()) {
          ++p;
          continue;
        }
        p->first->settle(it->first, txn.state == State::kCommitting);
        p = txn.partitions.erase(p);
      }
    }
    if (txn.state == State::kOpen || !txn.partitions.empty()) {
      ++it;
      continue;
    }
    producers_[txn.producer].txn = -1;
    it = transactions_.erase(it);
  }
}

void Broker::expire_transactions() {
  for (auto& [number, txn] : transactions_) {
    if (txn.state != State::kOpen) continue;
    if (clock_->steady_ms() - txn.began_ms <= options_.transaction_timeout_ms) continue;
    ++producers_[txn.producer].epoch;
    decide(number, false);
  }
}

int Broker::open_transactions() const {
  int open = 0;
  for (const auto& [number, txn] : transactions_) open += txn.state == State::kOpen ? 1 : 0;
  return open;
}

// ---- group

std::shared_ptr<Member> Broker::join(const std::string& instance) {
  auto member = std::make_shared<Member>();
  member->instance = instance;
  member->heard_ms = clock_->steady_ms();
  const auto old =
      std::find_if(members_.begin(), members_.end(), [&](const auto& m) { return m->instance == instance; });
  if (old == members_.end()) {
    members_.push_back(member);
    rebalance();
    return member;
  }
  // The same static member once more: it takes over what the other had.
  const std::shared_ptr<Member> before = *old;
  dismiss(*before);
  *old = member;
  member->generation = generation_;
  bool free = false;
  for (std::size_t t = 0; t < owner_.size(); ++t) {
    if (target_[t] == before) target_[t] = member;
    if (owner_[t] != before) continue;
    const auto task = static_cast<TaskId>(t);
    if (revoking_.erase(task) > 0) {
      owner_[t] = nullptr;
      free = true;
    } else {
      owner_[t] = member;
      member->events.push_back({GroupEvent::Kind::kAssigned, {task}});
    }
  }
  if (free) rebalance();
  return member;
}

void Broker::poll(Member& member, std::vector<GroupEvent>* events) {
  if (member.gone) {
    if (member.told || member.polls_until_told-- > 0) return;
    member.told = true;
    events->push_back({GroupEvent::Kind::kLost, {member.believes.begin(), member.believes.end()}});
    return;
  }
  member.heard_ms = clock_->steady_ms();
  member.generation = generation_;
  for (GroupEvent& event : member.events) {
    if (event.kind == GroupEvent::Kind::kAssigned)
      member.believes.insert(event.tasks.begin(), event.tasks.end());
    events->push_back(std::move(event));
  }
  member.events.clear();
}

void Broker::release(Member& member, const std::vector<TaskId>& tasks) {
  bool free = false;
  for (TaskId t : tasks) {
    member.believes.erase(t);
    if (owner_[static_cast<std::size_t>(t)].get() != &member || revoking_.erase(t) == 0) continue;
    owner_[static_cast<std::size_t>(t)] = nullptr;
    free = true;
  }
  if (free) rebalance();
}

void Broker::dismiss(Member& member) {
  member.gone = true;
  member.polls_until_told = static_cast<int>(prng_.below(20));
  member.knows = prng_.chance(500);
}

void Broker::evict(Member& member) {
  if (member.gone) return;
  dismiss(member);
  for (std::size_t t = 0; t < owner_.size(); ++t) {
    if (target_[t].get() == &member) target_[t] = nullptr;
    if (owner_[t].get() != &member) continue;
    owner_[t] = nullptr;
    revoking_.erase(static_cast<TaskId>(t));
  }
  members_.erase(
      std::find_if(members_.begin(), members_.end(), [&](const auto& m) { return m.get() == &member; }));
  rebalance();
}

std::shared_ptr<Member> Broker::least_loaded() const {
  std::shared_ptr<Member> least;
  std::ptrdiff_t load = 0;
  for (const auto& m : members_) {
    const std::ptrdiff_t n = std::count(target_.begin(), target_.end(), m);
    if (least == nullptr || n < load) {
      least = m;
      load = n;
    }
  }
  return least;
}

// Sticky: moves no more than balance needs.
void Broker::choose_owners() {
  for (auto& target : target_) {
    if (target == nullptr) target = least_loaded();
  }
  for (auto& target : target_) {
    const std::shared_ptr<Member> least = least_loaded();
    if (std::count(target_.begin(), target_.end(), target) >
        std::count(target_.begin(), target_.end(), least) + 1)
      target = least;
  }
}

void Broker::rebalance() {
  ++generation_;
  if (members_.empty()) return;
  choose_owners();
  for (std::size_t t = 0; t < owner_.size(); ++t) {
    const auto task = static_cast<TaskId>(t);
    if (owner_[t] == nullptr) {
      owner_[t] = target_[t];
      owner_[t]->events.push_back({GroupEvent::Kind::kAssigned, {task}});
    } else if (owner_[t] != target_[t] && revoking_.insert(task).second) {
      owner_[t]->events.push_back({GroupEvent::Kind::kRevoked, {task}});
    }
  }
}

}  // namespace ebb::sim
