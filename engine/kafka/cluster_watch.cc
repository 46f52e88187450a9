#include "engine/kafka/cluster_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/kafka/group_member.h"
#include "engine/kafka/topics.h"
#include "engine/kafka/waker.h"

namespace ebb::kafka {
namespace {

constexpr int kTopicsEvery = 15;  // looks
constexpr int kAskMs = 5'000;
constexpr DurationMs kDisturbMs = 15'000;  // a dead member holds a rebalance up until its time is over
constexpr DurationMs kLookMs = 100;

struct FreeGroups {
  void operator()(const rd_kafka_group_list* groups) const { rd_kafka_group_list_destroy(groups); }
};
using Groups = std::unique_ptr<const rd_kafka_group_list, FreeGroups>;

// Reads big-endian numbers and strings from the front; short: all that follows is 0 and empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) {
      is_short_ = true;
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::int32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const char byte : take(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int32_t>(value);
  }
  bool is_short() const { return is_short_; }

 private:
  std::string_view bytes_;
  bool is_short_ = false;
};

}  // namespace

// Version (2 bytes), number of topics (4), for each its name (2 + n), number of partitions (4) and these (4
// each); what follows is the assignor's own.
std::optional<std::set<TaskId>> tasks_in_assignment(std::string_view bytes, std::string_view topic) {
  std::set<TaskId> tasks;
  if (bytes.empty()) return tasks;  // a member that was given nothing yet
  Reader in(bytes);
  in.number(2);
  for (std::int32_t topics = in.number(4); topics > 0 && !in.is_short(); --topics) {
    const std::string_view name = in.take(static_cast<std::size_t>(in.number(2)));
    for (std::int32_t left = in.number(4); left > 0 && !in.is_short(); --left) {
      const TaskId task = in.number(4);
      if (name == topic) tasks.insert(task);
    }
  }
  if (in.is_short()) return std::nullopt;
  return tasks;
}

ClusterWatch::ClusterWatch(const KafkaLogOptions& options, std::shared_ptr<FetchClient> client,
                           std::int32_t tasks, std::function<void(Status)> on_wrong, DurationMs interval_ms)
    : options_(options),
      client_(std::move(client)),
      tasks_(tasks),
      on_wrong_(std::move(on_wrong)),
      interval_ms_(interval_ms),
      thread_([this] { run(); }) {}

ClusterWatch::~ClusterWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ClusterWatch::run() {
  bool is_wrong = false;
  int looks = 0;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(interval_ms_), [this] { return stop_; })) {
    lock.unlock();
    look_at_group();
    if (!is_wrong && ++looks % kTopicsEvery == 0) {
      if (Status status = look_at_topics(); !status) {
        is_wrong = true;
        on_wrong_(std::move(status));
      }
    }
    lock.lock();
  }
}

void ClusterWatch::look_at_group() {
  const TimeMs asked_ms = system_clock().steady_ms();
  const std::optional<std::set<TaskId>> now = unowned();
  if (now && now->empty()) owned_steady_ms_ = asked_ms;
  if (!now || now->empty() || *now != unowned_before_) {
    unowned_before_ = now.value_or(std::set<TaskId>());
    return;
  }
  spdlog::warn("group: stable, but nobody has tasks [{}]: asking for a rebalance", fmt::join(*now, ", "));
  disturb_group();
  unowned_before_.clear();  // the rebalance takes a while
}

// The member asks for a topic that the others don't want, so that no task moves on its account.
void ClusterWatch::disturb_group() {
  KafkaLogOptions options = options_;
  if (!options.sink_topics.empty()) options.changelog_topic = options.sink_topics.front();
  const TimeMs deadline_ms = system_clock().steady_ms() + kDisturbMs;
  Waker waker;
  auto member = GroupMember::join(options, /*instance_id=*/"", &waker);
  Status status = member.is_ok() ? Status::ok() : member.status();
  std::vector<GroupEvent> events;  // it is placed when there is one
  while (status.is_ok() && events.empty() && !stopping() && system_clock().steady_ms() < deadline_ms) {
    waker.wait(kLookMs);
    status = (*member)->serve(&events);
  }
  if (!status) spdlog::warn("group: no rebalance: {}", status.message());
}

bool ClusterWatch::stopping() {
  const std::lock_guard lock(mutex_);
  return stop_;
}

// Brokers that are away are no news of the topics.
Status ClusterWatch::look_at_topics() const {
  auto count = client_->learn(options_.changelog_topic, kAskMs);
  if (!count) return Status::ok();
  if (*count != tasks_) {
    return Status::invalid(
        fmt::format("topic {} has {} partitions now and had {}: partitions can't be added in place, since "
                    "customers would move between tasks",
                    options_.changelog_topic, *count, tasks_));
  }
  Status status = check_topics(client_->client(), options_);
  return status.code() == Code::kInvalid ? status : Status::ok();
}

std::optional<std::set<TaskId>> ClusterWatch::unowned() const {
  const rd_kafka_group_list* answer = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_list_groups(client_->client(), options_.group.c_str(), &answer, kAskMs);
  const Groups groups(answer);
  if (!groups) {
    spdlog::debug("the group is not described: {}", rd_kafka_err2str(error));
    return std::nullopt;
  }
  // Each broker answers; the coordinator knows.
  const rd_kafka_group_info* group = nullptr;
  for (int i = 0; i < groups->group_cnt; ++i) {
    const rd_kafka_group_info& g = groups->groups[i];
    if (g.err == RD_KAFKA_RESP_ERR_NO_ERROR && std::string_view(g.state) == "Stable") group = &g;
  }
  if (group == nullptr) return std::nullopt;
  std::set<TaskId> unowned;
  for (TaskId task = 0; task < tasks_; ++task) unowned.insert(task);
  for (int i = 0; i < group->member_cnt; ++i) {
    const rd_kafka_group_member_info& member = group->members[i];
    const auto owned = tasks_in_assignment({static_cast<const char*>(member.member_assignment),
                                            static_cast<std::size_t>(member.member_assignment_size)},
                                           options_.changelog_topic);
    if (!owned) return std::nullopt;
    for (const TaskId task : *owned) unowned.erase(task);
  }
  return unowned;
}

}  // namespace ebb::kafka
