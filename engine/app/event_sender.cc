#include "engine/app/event_sender.h"

#include <map>
#include <utility>

#include "engine/app/open_log.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/files/customer_id.h"
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

  Status send(const std::string& source, std::string_view line) override {
    std::string_view customer;
    const std::string& topic = topics_[source];
    const bool found = find_customer_id(line, &scratch_, &customer);
    // Without an id it goes where a replay puts it, and to the dead letters from there.
    const TaskId partition = partition_of(found ? customer : line, partitions_[topic]);
    return writer_->append(topic, partition, found ? customer : std::string_view(), line, {},
                           system_clock().wall_ms());
  }
  Status flush() override { return writer_->flush(); }

 private:
  std::unique_ptr<Log> log_;
  std::unique_ptr<TopicWriter> writer_;
  std::map<std::string, std::int32_t> partitions_;  // by topic
  std::map<std::string, std::string> topics_;       // by source
  std::string scratch_;
};

// Into a running ebb.
class HttpSender final : public EventSender {
 public:
  explicit HttpSender(const std::string& address) : client_("http://" + address), address_(address) {
    client_.set_keep_alive(true);
    client_.set_read_timeout(60);
  }

  Status send(const std::string& source, std::string_view line) override {
    if (source != source_ || events_ == kPostEvents || body_.size() + line.size() > kPostBytes) {
      EBB_TRY(flush());
      source_ = source;
    }
    body_.append(line).append("\n");
    ++events_;
    return Status::ok();
  }

  Status flush() override {
    if (events_ == 0) return Status::ok();
    const auto reply = client_.Post("/v1/events/" + source_, body_, "application/x-ndjson");
    if (!reply) return Status::unavailable("the ebb at " + address_ + " doesn't answer");
    const auto json = nlohmann::json::parse(reply->body, nullptr, false);
    if (reply->status != 200 && reply->status != 207 && reply->status != 422) {
      return Status::invalid(fmt::format("the ebb at {} says {}: {}", address_, reply->status,
                                         json.is_object() ? json.value("error", "") : reply->body));
    }
    refused_ += static_cast<std::int64_t>(json["refused"].size());
    body_.clear();
    events_ = 0;
    return Status::ok();
  }

  std::int64_t refused() const override { return refused_; }

 private:
  httplib::Client client_;
  const std::string address_;
  std::string source_;
  std::string body_;
  std::size_t events_ = 0;
  std::int64_t refused_ = 0;
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
  return std::unique_ptr<EventSender>(std::make_unique<HttpSender>(config.http.listen));
}

}  // namespace ebb::app
