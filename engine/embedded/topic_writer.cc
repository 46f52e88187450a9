#include <fmt/format.h>

#include <map>
#include <utility>

#include "engine/embedded/topic_io.h"

namespace ebb::embedded {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{512} << 10;

Status check_record(const Topic& topic, const NewRecord& record, const RecordFields& fields) {
  if (record.partition < 0 || record.partition >= topic.meta.partitions) {
    return Status::invalid(fmt::format("topic {} has no partition {}", topic.name, record.partition));
  }
  if (encoded_size(fields) > EmbeddedLog::kMaxRecordBytes) {
    return Status::invalid(fmt::format("a record for {} has {} bytes, the log takes {}", topic.name,
                                       encoded_size(fields), EmbeddedLog::kMaxRecordBytes));
  }
  return Status::ok();
}

class EmbeddedTopicWriter final : public TopicWriter {
 public:
  explicit EmbeddedTopicWriter(std::shared_ptr<LogStore> store) : store_(std::move(store)) {}

  Status append(const std::string& topic, TaskId partition, std::string_view key, std::string_view value,
                const std::vector<Header>& headers, TimeMs timestamp_ms) override {
    EBB_ASSIGN(Topic * found, store_->need_topic(topic));
    NewRecord record{.partition = partition,
                     .key = std::string(key),
                     .value = std::string(value),
                     .has_key = !key.empty(),
                     .timestamp_ms = timestamp_ms,
                     .headers = {}};
    for (const Header& header : headers) record.headers.emplace_back(header.name, header.value);
    buffered_bytes_ += key.size() + value.size();
    buffered_[found].push_back(std::move(record));
    return buffered_bytes_ < kBatchBytes ? Status::ok() : flush();
  }

  Status flush() override {
    const auto buffered = std::exchange(buffered_, {});
    buffered_bytes_ = 0;
    for (const auto& [topic, records] : buffered) {
      const Result<std::vector<Offset>> appended = append_records(store_.get(), topic, records);
      if (!appended.is_ok() && failure_.is_ok()) failure_ = appended.status();
    }
    return failure_;
  }

 private:
  const std::shared_ptr<LogStore> store_;
  std::map<Topic*, std::vector<NewRecord>> buffered_;
  std::size_t buffered_bytes_ = 0;
  Status failure_;  // the first; stays
};

}  // namespace

Result<std::vector<Offset>> append_records(LogStore* store, Topic* topic,
                                           const std::vector<NewRecord>& records) {
  if (topic->meta.compacted) {
    return Status::invalid(fmt::format("topic {} is compacted: only epochs write it", topic->name));
  }
  Write write;
  write.records.reserve(records.size());
  for (const NewRecord& record : records) {
    RecordWrite out;
    out.topic = topic;
    out.partition = record.partition;
    out.fields = {.key = record.key,
                  .value = record.value,
                  .has_key = record.has_key,
                  .has_value = record.has_value,
                  .timestamp_ms = record.timestamp_ms,
                  .headers = &record.headers};
    EBB_TRY(check_record(*topic, record, out.fields));
    write.records.push_back(out);
  }
  EBB_TRY(store->write(&write));
  std::vector<Offset> offsets;
  offsets.reserve(write.records.size());
  for (const RecordWrite& record : write.records) offsets.push_back(record.offset);
  return offsets;
}

std::unique_ptr<TopicWriter> make_topic_writer(std::shared_ptr<LogStore> store) {
  return std::make_unique<EmbeddedTopicWriter>(std::move(store));
}

}  // namespace ebb::embedded
