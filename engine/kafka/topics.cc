#include "engine/kafka/topics.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/clock.h"
#include "engine/kafka/client_conf.h"
#include "engine/kafka/errors.h"

namespace ebb::kafka {
namespace {

constexpr DurationMs kAskMs = 10'000;
constexpr DurationMs kCreateMs = 30'000;
constexpr const char* kHowToCreate = "`ebb topics CONFIG --create` creates what is missing";

// Number of partitions; 0 = there is no such topic.
Result<std::int32_t> partitions_of(rd_kafka_t* client, const std::string& name) {
  const TopicPtr topic = make_topic(client, name);
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic.get(), &raw, static_cast<int>(kAskMs));
  const MetadataPtr metadata(raw);
  EBB_TRY(status_of(error, "topic " + name));
  if (metadata->topic_cnt != 1) return Status::unavailable(fmt::format("topic {}: no answer", name));
  const Status status = status_of(metadata->topics[0].err, "topic " + name);
  if (status.code() == Code::kNotFound) return 0;
  EBB_TRY(status);
  return metadata->topics[0].partition_cnt;
}

// Runs one Admin request and waits for its result. start: hands the request to librdkafka.
template <typename Start>
Result<EventPtr> ask_admin(rd_kafka_t* client, rd_kafka_admin_op_t op, DurationMs timeout_ms, Start start) {
  const AdminOptionsPtr options(rd_kafka_AdminOptions_new(client, op));
  char reason[256];
  const int timeout = static_cast<int>(timeout_ms);
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout, reason, sizeof(reason));
  if (op == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout, reason, sizeof(reason));
  }
  const QueuePtr queue(rd_kafka_queue_new(client));
  start(options.get(), queue.get());
  EventPtr event(rd_kafka_queue_poll(queue.get(), timeout + 1000));
  if (!event) return Status::unavailable("the brokers do not answer");
  if (rd_kafka_event_error(event.get())) {
    return status_of(rd_kafka_event_error(event.get()), "admin request")
        .with_context(rd_kafka_event_error_string(event.get()));
  }
  return event;
}

Status describe_config(rd_kafka_t* client, const std::vector<std::string>& names,
                       std::vector<TopicState>* states) {
  std::vector<ConfigResourcePtr> resources;
  std::vector<rd_kafka_ConfigResource_t*> pointers;
  std::vector<TopicState*> wanted;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!(*states)[i].exists) continue;
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, names[i].c_str()));
    pointers.push_back(resources.back().get());
    wanted.push_back(&(*states)[i]);
  }
  if (pointers.empty()) return Status::ok();
  EBB_ASSIGN(const EventPtr event,
             ask_admin(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, kAskMs, [&](auto* options, auto* queue) {
               rd_kafka_DescribeConfigs(client, pointers.data(), pointers.size(), options, queue);
             }));
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** const answers =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(answers[i]);
    EBB_TRY(status_of(rd_kafka_ConfigResource_error(answers[i]), "configuration of topic " + name));
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) continue;
    TopicState& state = (*states)[static_cast<std::size_t>(at - names.begin())];
    std::size_t entries = 0;
    const rd_kafka_ConfigEntry_t** const configs = rd_kafka_ConfigResource_configs(answers[i], &entries);
    for (std::size_t e = 0; e < entries; ++e) {
      const char* const value = rd_kafka_ConfigEntry_value(configs[e]);
      state.config.emplace_back(rd_kafka_ConfigEntry_name(configs[e]), value ? value : "");
    }
  }
  return Status::ok();
}

Result<NewTopicPtr> new_topic(const TopicSpec& spec, std::int32_t replication) {
  char reason[256];
  NewTopicPtr topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions,
                                          replication > 0 ? replication : -1, reason, sizeof(reason)));
  if (!topic) return Status::invalid(fmt::format("topic {}: {}", spec.name, reason));
  for (const auto& [name, value] : spec.config) {
    EBB_TRY(status_of(rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str()),
                      fmt::format("topic {}: {}", spec.name, name)));
  }
  return topic;
}

// The controller has answered, but the brokers learn of it one after the other.
Status wait_until_known(rd_kafka_t* client, const std::vector<TopicSpec>& topics) {
  const TimeMs deadline_ms = system_clock().steady_ms() + kCreateMs;
  const QueuePtr nothing(rd_kafka_queue_new(client));
  for (const TopicSpec& spec : topics) {
    while (true) {
      EBB_ASSIGN(const std::int32_t partitions, partitions_of(client, spec.name));
      if (partitions > 0) break;
      if (system_clock().steady_ms() > deadline_ms) {
        return Status::unavailable(
            fmt::format("topic {} was created, but is not known to the brokers yet", spec.name));
      }
      EventPtr(rd_kafka_queue_poll(nothing.get(), 20));
    }
  }
  return Status::ok();
}

std::string config_of(const TopicState& state, std::string_view name) {
  for (const auto& [key, value] : state.config) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

Result<std::vector<TopicState>> describe_topics(rd_kafka_t* client, const std::vector<std::string>& names) {
  std::vector<TopicState> states(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EBB_ASSIGN(states[i].partitions, partitions_of(client, names[i]));
    states[i].exists = states[i].partitions > 0;
  }
  EBB_TRY(describe_config(client, names, &states));
  return states;
}

Status create_topics(rd_kafka_t* client, const std::vector<TopicSpec>& topics, std::int32_t replication) {
  if (topics.empty()) return Status::ok();
  std::vector<NewTopicPtr> owned;
  std::vector<rd_kafka_NewTopic_t*> pointers;
  for (const TopicSpec& spec : topics) {
    EBB_ASSIGN(NewTopicPtr topic, new_topic(spec, replication));
    pointers.push_back(topic.get());
    owned.push_back(std::move(topic));
  }
  EBB_ASSIGN(const EventPtr event,
             ask_admin(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, kCreateMs, [&](auto* options, auto* queue) {
               rd_kafka_CreateTopics(client, pointers.data(), pointers.size(), options, queue);
             }));
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* const reason = rd_kafka_topic_result_error_string(results[i]);
    return status_of(error, fmt::format("topic {}", rd_kafka_topic_result_name(results[i])))
        .with_context(reason ? reason : "create");
  }
  return wait_until_known(client, topics);
}

Status check_topics(rd_kafka_t* client, const KafkaLogOptions& options) {
  std::vector<std::string> names{options.changelog_topic};
  names.insert(names.end(), options.source_topics.begin(), options.source_topics.end());
  names.insert(names.end(), options.sink_topics.begin(), options.sink_topics.end());
  EBB_ASSIGN(const std::vector<TopicState> states, describe_topics(client, names));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!states[i].exists)
      return Status::not_found(fmt::format("topic {} is missing; {}", names[i], kHowToCreate));
  }
  const TopicState& changelog = states[0];
  if (const std::string policy = config_of(changelog, "cleanup.policy"); policy != "compact") {
    return Status::invalid(
        fmt::format("topic {}: cleanup.policy is {}, but the state of all customers lives there: it must be "
                    "compact alone",
                    names[0], policy));
  }
  for (std::size_t i = 1; i <= options.source_topics.size(); ++i) {
    if (states[i].partitions == changelog.partitions) continue;
    return Status::invalid(fmt::format(
        "topic {} has {} partitions and {} has {}: all sources and the changelog need the same number, since "
        "partition p of each belongs to one task",
        names[i], states[i].partitions, names[0], changelog.partitions));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_written = i == 0 || i > options.source_topics.size();
    const std::string limit = config_of(states[i], "max.message.bytes");
    if (!is_written || limit.empty() ||
        std::stoll(limit) >= static_cast<long long>(options.max_record_bytes)) {
      continue;
    }
    return Status::invalid(
        fmt::format("topic {}: max.message.bytes is {}, less than the {} that may be written", names[i],
                    limit, options.max_record_bytes));
  }
  return Status::ok();
}

}  // namespace ebb::kafka
