#include "engine/app/event_sender.h"

#include <map>
#include <utility>

#include "engine/app/complaints.h"
#include "engine/app/open_log.h"
#include "engine/app/running_ebb.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "fmt/format.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

constexpr std::size_t kMemoryBytes = std::size_t{64} << 20;
constexpr std::size_t kPostEvents = 2000;
constexpr std::size_t kPostBytes = std::size_t{2} << 20;

// Into the topics themselves.
class LogSender final : public EventSender {
 public:
  LogSender(const Config& config, std::unique_ptr<Log> log, std::unique_ptr<TopicWriter> writer,
            std::map<std::string, std::int32_t> partitions)
      : log_(std::move(log)), writer_(std::move(writer)), partitions_(std::move(partitions)) {
    for (const SourceConfig& source : config.sources) topics_[source.name] = source.topic;
  }
  ~LogSender() override { writer_.reset(); }

  Status send(const OutgoingEvent& event) override {
    const std::string& topic = topics_[event.source];
    const bool known = !event.customer.empty();
    const TaskId partition = partition_of(known ? event.customer : event.value, partitions_[topic]);
    return writer_->append(topic, partition, event.customer, event.value, event.headers,
                           system_clock().wall_ms());
  }
  Status flush() override { return writer_->flush(); }

 private:
  std::unique_ptr<Log> log_;
  std::unique_ptr<TopicWriter> writer_;
  std::map<std::string, std::int32_t> partitions_;  // by topic
  std::map<std::string, std::string> topics_;       // by source
};

// Into a running ebb.
class HttpSender final : public EventSender {
 public:
  explicit HttpSender(const std::string& address) : client_("http://" + address), address_(address) {
    client_.set_keep_alive(true);
    client_.set_read_timeout(60);
  }

  Status send(const OutgoingEvent& event) override {
    if (!event.headers.empty() || event.value.find('\n') != std::string_view::npos) {
      return Status::invalid(
          event.where +
          ": over HTTP only JSON lines without headers can be sent; stop the running ebb first");
    }
    const std::size_t bytes = body_.size() + event.value.size();
    if (event.source != source_ || wheres_.size() == kPostEvents || bytes > kPostBytes) {
      EBB_TRY(flush());
      source_ = event.source;
    }
    body_.append(event.value).append("\n");
    wheres_.push_back(event.where);
    return Status::ok();
  }

  Status flush() override {
    if (wheres_.empty()) return Status::ok();
    const auto reply = client_.Post("/v1/events/" + source_, body_, "application/x-ndjson");
    if (!reply) return Status::unavailable("the ebb at " + address_ + " doesn't answer");
    const auto json = nlohmann::json::parse(reply->body, nullptr, false);
    if (!json.is_object() || (reply->status != 200 && reply->status != 207 && reply->status != 422)) {
      return Status::invalid(fmt::format("the ebb at {} says {}: {}", address_, reply->status,
                                         json.is_object() ? json.value("error", "") : reply->body));
    }
    for (const auto& refusal : json.value("refused", nlohmann::json::array())) {
      const auto index = refusal.value("index", std::size_t{0});
      const Refusal why{refusal.value("reason", ""), refusal.value("field", ""),
                        refusal.value("message", "")};
      complaints_.add(index < wheres_.size() ? wheres_[index] : source_, why);
    }
    body_.clear();
    wheres_.clear();
    return Status::ok();
  }

  std::int64_t refused() const override { return complaints_.count(); }

 private:
  httplib::Client client_;
  const std::string address_;
  std::string source_;
  std::string body_;
  std::vector<std::string> wheres_;  // of the events in body_
  Complaints complaints_;
};

Result<std::unique_ptr<EventSender>> sender_into(const Config& config, std::unique_ptr<Log> log) {
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.topic);
  EBB_ASSIGN(const std::vector<TopicState> topics, log->describe_topics(names));
  std::map<std::string, std::int32_t> partitions;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!topics[i].exists) {
      return Status::unavailable("topic " + names[i] +
                                 " is not there; `ebb topics CONFIG --create` makes it");
    }
    partitions[names[i]] = topics[i].partitions;
  }
  EBB_ASSIGN(auto writer, log->open_writer());
  return std::unique_ptr<EventSender>(
      std::make_unique<LogSender>(config, std::move(log), std::move(writer), std::move(partitions)));
}

}  // namespace

Result<std::unique_ptr<EventSender>> open_sender(const Config& config) {
  if (config.log.kind == LogKind::kKafka) {
    EBB_ASSIGN(auto log, open_kafka(config, "send", kMemoryBytes));
    return sender_into(config, std::move(log));
  }
  auto embedded = open_embedded(config, 1, kMemoryBytes);
  if (embedded.is_ok()) return sender_into(config, std::move(embedded).value());
  if (embedded.status().code() != Code::kUnavailable || !config.http.enabled) return embedded.status();
  EBB_TRY(find_running_ebb(config.http.listen, config));
  return std::unique_ptr<EventSender>(std::make_unique<HttpSender>(config.http.listen));
}

}  // namespace ebb::app
