#include "engine/kafka/kafka_log.h"

#include "engine/kafka/fetch_client.h"
#include "engine/kafka/find_latest.h"
#include "engine/kafka/reader.h"
#include "engine/kafka/topics.h"
#include "engine/kafka/worker_log.h"
#include "engine/kafka/writer.h"

namespace ebb {
namespace {

using kafka::FetchClient;

// Its own client only asks questions: the ends and topics as read_uncommitted sees them.
class KafkaLog final : public Log {
 public:
  KafkaLog(KafkaLogOptions options, std::shared_ptr<FetchClient> client)
      : options_(std::move(options)), client_(std::move(client)) {}

  Status check() override { return kafka::check_topics(client_->client(), options_); }

  Result<std::unique_ptr<WorkerLog>> open_worker(int worker) override {
    return kafka::KafkaWorkerLog::open(options_, worker, client_);
  }

  Result<std::vector<TopicState>> describe_topics(const std::vector<std::string>& names) override {
    return kafka::describe_topics(client_->client(), names);
  }

  Status create_topics(const std::vector<TopicSpec>& topics) override {
    return kafka::create_topics(client_->client(), topics, options_.replication);
  }

  Result<std::unique_ptr<TopicReader>> open_reader(const std::string& topic, bool from_start) override {
    return kafka::KafkaTopicReader::open(options_, topic, from_start);
  }

  Result<std::unique_ptr<TopicWriter>> open_writer() override {
    return kafka::KafkaTopicWriter::open(options_);
  }

  Result<std::optional<std::string>> find_latest(const std::string& topic, TaskId partition,
                                                 std::string_view key) override {
    return kafka::find_latest(options_, topic, partition, key);
  }

 private:
  const KafkaLogOptions options_;
  const std::shared_ptr<FetchClient> client_;
};

}  // namespace

Result<std::unique_ptr<Log>> open_kafka_log(KafkaLogOptions options) {
  EBB_ASSIGN(std::shared_ptr<FetchClient> client, FetchClient::open(options, /*read_committed=*/false, 0));
  return std::unique_ptr<Log>(std::make_unique<KafkaLog>(std::move(options), std::move(client)));
}

}  // namespace ebb
