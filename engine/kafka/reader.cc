#include "engine/kafka/reader.h"

#include <algorithm>

namespace ebb::kafka {
namespace {

constexpr DurationMs kAskMs = 10'000;

}  // namespace

Result<std::unique_ptr<TopicReader>> KafkaTopicReader::open(const KafkaLogOptions& options,
                                                            const std::string& topic, bool from_start) {
  std::unique_ptr<KafkaTopicReader> reader(new KafkaTopicReader);
  EBB_ASSIGN(const std::shared_ptr<FetchClient> probe,
             FetchClient::open(options, /*read_committed=*/true, options.fetch_memory_bytes));
  EBB_ASSIGN(const std::int32_t partitions, probe->learn(topic, kAskMs));
  const Offset from = from_start ? PartitionStream::kFromBeginning : PartitionStream::kFromEnd;
  for (std::int32_t p = 0; p < partitions; ++p) {
    EBB_ASSIGN(reader->streams_.emplace_back(),
               PartitionStream::start(probe, topic, p, from, &reader->waker_));
  }
  return std::unique_ptr<TopicReader>(std::move(reader));
}

Status KafkaTopicReader::next(DurationMs wait_ms, TaskId* partition, RecordBatch* out, bool* at_end) {
  EBB_TRY(look(partition, out));
  if (out->empty()) {
    waker_.wait(wait_ms);
    EBB_TRY(look(partition, out));
  }
  *at_end = out->empty() && std::all_of(streams_.begin(), streams_.end(),
                                        [](const auto& stream) { return stream->end().has_value(); });
  return Status::ok();
}

Status KafkaTopicReader::look(TaskId* partition, RecordBatch* out) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::size_t p = (turn_ + i) % streams_.size();
    EBB_TRY(streams_[p]->fetch(out));
    if (out->empty()) continue;
    *partition = static_cast<TaskId>(p);
    turn_ = p + 1;
    return Status::ok();
  }
  return Status::ok();
}

}  // namespace ebb::kafka
