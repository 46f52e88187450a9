#include "engine/embedded/retention.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace ebb::embedded {
namespace {

constexpr std::size_t kTombstonesAtOnce = 4096;

// Uncompacted partitions have no gaps, so the first record to keep is found by halving.
class Truncation {
 public:
  Truncation(LogStore* store, Topic* topic, Partition* partition)
      : store_(store), topic_(topic), partition_(partition) {}

  Status apply(bool source, TimeMs before_ms, std::uint64_t max_bytes) {
    const Offset begin = partition_->begin.load(std::memory_order_acquire);
    const Offset end = partition_->end.load(std::memory_order_acquire);
    const Offset limit = source ? std::min(end, partition_->committed.load(std::memory_order_acquire)) : end;
    if (begin >= limit) return Status::ok();
    EBB_ASSIGN(const RecordStamp last, stamp(end - 1));
    EBB_ASSIGN(const Offset cut, first_kept(begin, limit, before_ms, last.bytes_before, max_bytes));
    if (cut == begin) return Status::ok();
    Write write;
    write.bounds.push_back({.topic = topic_, .partition = partition_->number, .begin = cut});
    EBB_TRY(store_->write(&write));
    store_->drop_files_below(*topic_, partition_->number, cut);
    return Status::ok();
  }

 private:
  Result<RecordStamp> stamp(Offset offset) {
    EBB_ASSIGN(const std::string bytes, store_->get_record(*topic_, partition_->number, offset));
    RecordStamp out;
    if (!decode_stamp(bytes, &out))
      return Status::internal("a record of " + topic_->name + " can't be decoded");
    return out;
  }

  // Bytes are counted to the last record, without it.
  Result<Offset> first_kept(Offset low, Offset high, TimeMs before_ms, std::uint64_t bytes,
                            std::uint64_t max_bytes) {
    while (low < high) {
      const Offset middle = low + (high - low) / 2;
      EBB_ASSIGN(const RecordStamp at, stamp(middle));
      const bool goes = at.append_ms < before_ms || bytes - at.bytes_before > max_bytes;
      (goes ? low : high) = goes ? middle + 1 : middle;
    }
    return low;
  }

  LogStore* store_;
  Topic* topic_;
  Partition* partition_;
};

// Removes tombstones that have been there long enough, so that nothing is left of their keys.
Status remove_tombstones(LogStore* store, Topic* topic, Partition* partition, TimeMs before_ms) {
  while (true) {
    const std::lock_guard lock(partition->overwrite_mutex);
    EBB_ASSIGN(const std::vector<Offset> old,
               store->old_tombstones(*topic, partition->number, before_ms, kTombstonesAtOnce));
    if (old.empty()) return Status::ok();
    Write write;
    write.bounds.push_back(
        {.topic = topic, .partition = partition->number, .begin = partition->begin.load()});
    for (const Offset offset : old) {
      write.single_deletes.push_back(tombstone_key(topic->meta.id, partition->number, offset));
      const Result<std::string> bytes = store->get_record(*topic, partition->number, offset);
      if (bytes.status().code() == Code::kNotFound) continue;  // the key has been written again since
      if (!bytes.is_ok()) return bytes.status();
      Record record;
      if (!decode_record(*bytes, &record)) return Status::internal("a tombstone can't be decoded");
      write.single_deletes.push_back(data_key(topic->meta.id, partition->number, offset));
      write.deletes.push_back(index_key(topic->meta.id, partition->number, record.key));
    }
    EBB_TRY(store->write(&write));
  }
}

}  // namespace

Status apply_retention(LogStore* store, Topic* topic, bool source, const RetentionRules& rules) {
  const TimeMs now_ms = store->clock().wall_ms();
  const std::uint64_t max_bytes = rules.retention_bytes / topic->partitions.size();
  for (const auto& partition : topic->partitions) {
    if (topic->meta.compacted) {
      EBB_TRY(remove_tombstones(store, topic, partition.get(), now_ms - rules.tombstone_retention_ms));
    } else {
      EBB_TRY(
          Truncation(store, topic, partition.get()).apply(source, now_ms - rules.retention_ms, max_bytes));
    }
  }
  return Status::ok();
}

}  // namespace ebb::embedded
