#include "engine/kafka/find_latest.h"

#include <algorithm>
#include <array>
#include <memory>

#include "engine/base/clock.h"
#include "engine/kafka/errors.h"
#include "engine/kafka/fetch_client.h"
#include "engine/kafka/partition_stream.h"
#include "engine/kafka/waker.h"

namespace ebb::kafka {
namespace {

constexpr DurationMs kAskMs = 5'000;
constexpr DurationMs kReadMs = 5'000;
constexpr std::size_t kQueueBytes = std::size_t{4} << 20;
// How many offsets back to begin, tried in turn.
constexpr std::array<Offset, 3> kStepsBack = {1'000, 50'000, 1'000'000};

// The last value of the key from `from` to the end.
Result<std::optional<std::string>> last_from(const std::shared_ptr<FetchClient>& client,
                                             const std::string& topic, TaskId partition, std::string_view key,
                                             Offset from) {
  Waker waker;
  EBB_ASSIGN(const auto stream, PartitionStream::start(client, topic, partition, from, &waker));
  const TimeMs until_ms = system_clock().steady_ms() + kReadMs;
  std::optional<std::string> found;
  RecordBatch batch;
  for (;;) {
    EBB_TRY(stream->fetch(&batch));
    for (const Record& record : batch.records) {
      if (record.key != key) continue;
      found = record.has_value ? std::optional<std::string>(record.value) : std::nullopt;
    }
    if (!batch.empty()) continue;
    if (stream->end().has_value()) return found;
    if (system_clock().steady_ms() > until_ms)
      return Status::unavailable("topic " + topic + ": no end in sight");
    waker.wait(100);
  }
}

}  // namespace

Result<std::optional<std::string>> find_latest(const KafkaLogOptions& options, const std::string& topic,
                                               TaskId partition, std::string_view key) {
  EBB_ASSIGN(const std::shared_ptr<FetchClient> client,
             FetchClient::open(options, /*read_committed=*/true, kQueueBytes));
  EBB_TRY(client->learn(topic, kAskMs).status());
  Offset low = 0;
  Offset high = 0;
  EBB_TRY(status_of(rd_kafka_query_watermark_offsets(client->client(), topic.c_str(), partition, &low, &high,
                                                     static_cast<int>(kAskMs)),
                    "topic " + topic));
  for (const Offset back : kStepsBack) {
    const Offset from = std::max(low, high - back);
    EBB_ASSIGN(auto found, last_from(client, topic, partition, key, from));
    if (found || from == low) return found;
  }
  return std::optional<std::string>();
}

}  // namespace ebb::kafka
