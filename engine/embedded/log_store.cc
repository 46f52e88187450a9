#include "engine/embedded/log_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>

namespace ebb::embedded {
namespace {

// A group of writes is closed beyond this; a single larger one is written alone.
constexpr std::size_t kGroupMaxRecords = 20'000;
constexpr std::size_t kMultiGetKeys = 256;
constexpr int kLooks = 5;

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

Status to_status(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return Status::ok();
  return Status::internal(fmt::format("{}: {}", doing, status.ToString()));
}

Status broken_record(const std::string& topic, TaskId partition, Offset offset) {
  return Status::internal(
      fmt::format("the log's record at {}[{}]@{} can't be decoded", topic, partition, offset));
}

rocksdb::Options db_options(const EmbeddedOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.memory_bytes / 4);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.checksum = rocksdb::kXXH3;
  rocksdb::Options db;
  db.create_if_missing = !options.read_only;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Large memtables and few merges: most of what the changelog writes is soon overwritten.
  db.write_buffer_size = options.memory_bytes / 8 * 3;
  db.max_write_buffer_number = 2;
  db.level0_file_num_compaction_trigger = 8;
  db.compression = rocksdb::kLZ4Compression;
  db.max_background_jobs = 2;
  db.info_log_level = rocksdb::WARN_LEVEL;
  db.keep_log_file_num = 2;
  // A reader must keep every file open, else the writer could remove one under its hands.
  db.max_open_files = options.read_only ? -1 : 256;
  return db;
}

// The lock's message is all that tells "another process has it" from a broken disk.
bool is_lock_error(const rocksdb::Status& status) {
  return status.IsIOError() && status.ToString().find("lock") != std::string::npos;
}

std::string new_secondary_dir() {
  static std::atomic<int> count{0};
  return (std::filesystem::temp_directory_path() / fmt::format("ebb-reader-{}-{}", getpid(), ++count))
      .string();
}

}  // namespace

void NewsBoard::post() {
  // Whoever is about to wait has looked before this or will see the news.
  { const std::lock_guard lock(mutex_); }
  news_.notify_all();
}

// ---- opening

Result<std::shared_ptr<LogStore>> LogStore::open(const EmbeddedOptions& options) {
  std::shared_ptr<LogStore> store(new LogStore);
  store->clock_ = options.clock;
  store->secondary_ = options.read_only;
  EBB_TRY(store->open_db(options));
  EBB_TRY(store->secondary_ ? store->refresh() : store->load_topics());
  return store;
}

Status LogStore::open_db(const EmbeddedOptions& options) {
  const std::string doing = "open the log in " + options.dir;
  rocksdb::DB* db = nullptr;
  std::error_code error;
  if (options.read_only) {
    if (!std::filesystem::exists(std::filesystem::path(options.dir) / "CURRENT", error)) {
      return Status::not_found("there is no log in " + options.dir);
    }
    secondary_dir_ = new_secondary_dir();
    EBB_TRY(to_status(rocksdb::DB::OpenAsSecondary(db_options(options), options.dir, secondary_dir_, &db),
                      doing));
    db_.reset(db);
    return Status::ok();
  }
  std::filesystem::create_directories(options.dir, error);
  if (error) return Status::internal(fmt::format("{}: {}", doing, error.message()));
  const rocksdb::Status opened = rocksdb::DB::Open(db_options(options), options.dir, &db);
  if (is_lock_error(opened)) {
    return Status::unavailable(fmt::format("the log in {} is in use by another running ebb", options.dir));
  }
  EBB_TRY(to_status(opened, doing));
  db_.reset(db);
  return Status::ok();
}

LogStore::~LogStore() {
  if (db_ != nullptr) db_->Close().PermitUncheckedError();
  db_.reset();
  if (!secondary_dir_.empty()) {
    std::error_code error;
    std::filesystem::remove_all(secondary_dir_, error);
  }
}

Status LogStore::load_topics() {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  for (it->Seek(std::string(1, kTopicPrefix)); it->Valid() && it->key()[0] == kTopicPrefix; it->Next()) {
    TopicMeta meta;
    std::string name(view(it->key()).substr(1));
    if (!decode_topic(view(it->value()), &meta)) {
      return Status::internal("the log's entry of topic " + name + " can't be decoded");
    }
    Topic* known = find_topic(name);
    if (known == nullptr) {
      EBB_TRY(add_topic(std::move(name), meta));
    } else {
      for (const auto& partition : known->partitions) EBB_TRY(load_partition(*known, partition.get()));
    }
  }
  return to_status(it->status(), "read the log's topics");
}

Status LogStore::add_topic(std::string name, const TopicMeta& meta) {
  auto topic = std::make_unique<Topic>();
  topic->name = name;
  topic->meta = meta;
  for (TaskId p = 0; p < meta.partitions; ++p) {
    topic->partitions.push_back(std::make_unique<Partition>());
    topic->partitions.back()->number = p;
    EBB_TRY(load_partition(*topic, topic->partitions.back().get()));
    EBB_TRY(load_position(*topic, topic->partitions.back().get()));
  }
  const std::unique_lock lock(topics_mutex_);
  next_topic_id_ = std::max(next_topic_id_, meta.id + 1);
  topics_[std::move(name)] = std::move(topic);
  return Status::ok();
}

Status LogStore::load_partition(const Topic& topic, Partition* partition) {
  std::string bytes;
  Bounds bounds;
  const rocksdb::Status got = db_->Get({}, slice(bounds_key(topic.meta.id, partition->number)), &bytes);
  if (!got.IsNotFound()) EBB_TRY(to_status(got, "read the bounds of " + topic.name));
  if (got.ok() && !decode_bounds(bytes, &bounds)) {
    return Status::internal("the log's bounds of " + topic.name + " can't be decoded");
  }
  const std::string low_key = data_key(topic.meta.id, partition->number, bounds.begin);
  const std::string high_key = data_key(topic.meta.id, partition->number, std::numeric_limits<Offset>::max());
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  it->SeekForPrev(high_key);
  if (it->Valid() && view(it->key()) >= low_key) {
    RecordStamp stamp;
    if (!decode_stamp(view(it->value()), &stamp)) {
      return broken_record(topic.name, partition->number, offset_in_key(view(it->key())));
    }
    bounds.end = std::max(bounds.end, offset_in_key(view(it->key())) + 1);
    bounds.bytes = std::max<std::uint64_t>(bounds.bytes, stamp.bytes_before + it->value().size());
    partition->last_append_ms = stamp.append_ms;
  }
  EBB_TRY(to_status(it->status(), "find the end of " + topic.name));
  partition->next = bounds.end;
  partition->bytes = bounds.bytes;
  partition->begin.store(bounds.begin, std::memory_order_release);
  partition->end.store(bounds.end, std::memory_order_release);
  return Status::ok();
}

Status LogStore::load_position(const Topic& topic, Partition* partition) {
  std::string bytes;
  const rocksdb::Status got = db_->Get({}, slice(position_key(partition->number, topic.meta.id)), &bytes);
  if (got.IsNotFound()) return Status::ok();
  EBB_TRY(to_status(got, "read the position in " + topic.name));
  std::int64_t position = 0;
  if (!decode_number(bytes, &position)) {
    return Status::internal("the log's position in " + topic.name + " can't be decoded");
  }
  partition->committed.store(position, std::memory_order_release);
  return Status::ok();
}

Status LogStore::refresh() {
  if (!secondary_) return Status::ok();
  const std::lock_guard lock(refresh_mutex_);
  // A look sees the files first and the write-ahead log after. When the writer flushes in between, it finds
  // records of the newest log while older ones, whose log has gone, are in a file that it hasn't seen. A
  // second look sees that file: then nothing is missing up to the end that the first one found.
  EBB_TRY(look_at_writer());
  EBB_TRY(load_topics());
  return look_at_writer();
}

Status LogStore::look_at_writer() {
  rocksdb::Status looked;
  for (int i = 0; i < kLooks; ++i) {
    looked = db_->TryCatchUpWithPrimary();
    // A log or file that the writer has removed between naming and opening it.
    if (!looked.IsNotFound() && !looked.IsPathNotFound() && !looked.IsTryAgain()) break;
  }
  return to_status(looked, "look at what the log's writer has written");
}

// ---- topics

Topic* LogStore::find_topic(std::string_view name) {
  const std::shared_lock lock(topics_mutex_);
  const auto it = topics_.find(name);
  return it == topics_.end() ? nullptr : it->second.get();
}

Result<Topic*> LogStore::need_topic(std::string_view name) {
  Topic* topic = find_topic(name);
  if (topic == nullptr) return Status::not_found(fmt::format("the log has no topic {}", name));
  return topic;
}

std::vector<Topic*> LogStore::topics() {
  const std::shared_lock lock(topics_mutex_);
  std::vector<Topic*> out;
  for (const auto& [name, topic] : topics_) out.push_back(topic.get());
  return out;
}

Status LogStore::ensure_topic(const std::string& name, std::int32_t partitions, bool compacted) {
  const std::lock_guard create_lock(create_mutex_);
  if (const Topic* topic = find_topic(name); topic != nullptr) {
    if (topic->meta.partitions != partitions) {
      return Status::invalid(
          fmt::format("topic {} of this log has {} partitions and the config wants {}: the number can't "
                      "change once a log is "
                      "there; set it back, or begin a new log in another directory",
                      name, topic->meta.partitions, partitions));
    }
    if (topic->meta.compacted != compacted) {
      return Status::invalid(fmt::format("topic {} of this log is {}compacted, wanted is one that is{}", name,
                                         topic->meta.compacted ? "" : "not ", compacted ? "" : " not"));
    }
    return Status::ok();
  }
  if (secondary_) return Status::unavailable("the log is open for reading only");
  if (partitions <= 0) return Status::invalid(fmt::format("topic {} needs at least one partition", name));
  TopicMeta meta;
  meta.partitions = partitions;
  meta.compacted = compacted;
  {
    const std::unique_lock lock(topics_mutex_);
    meta.id = next_topic_id_++;
  }
  Write write;
  write.puts.emplace_back(topic_key(name), encode_topic(meta));
  EBB_TRY(this->write(&write));
  return add_topic(name, meta);
}

// ---- reading

Status LogStore::read(const Topic& topic, TaskId partition, Offset from, Offset end, const ReadLimits& limits,
                      RecordBatch* out, Offset* next) {
  out->clear();
  *next = from;
  const std::string end_key = data_key(topic.meta.id, partition, end);
  const rocksdb::Slice upper = slice(end_key);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));

  auto bytes = std::make_shared<std::string>();
  std::vector<std::pair<Offset, std::size_t>> found;  // offset, size
  for (it->Seek(data_key(topic.meta.id, partition, from)); it->Valid(); it->Next()) {
    const Offset offset = offset_in_key(view(it->key()));
    if (found.size() >= limits.records) break;
    if (!found.empty() && !topic.meta.compacted && offset != found.back().first + 1) break;
    if (!found.empty() && bytes->size() + it->value().size() > limits.bytes) break;
    found.emplace_back(offset, it->value().size());
    bytes->append(it->value().data(), it->value().size());
  }
  EBB_TRY(to_status(it->status(), "read " + topic.name));
  if (!topic.meta.compacted && from < end && (found.empty() || found.front().first != from)) {
    return Status::not_found(
        fmt::format("{}[{}]@{} is not in the log: retention has let it go", topic.name, partition, from));
  }
  out->records.resize(found.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    Record& record = out->records[i];
    record.offset = found[i].first;
    if (!decode_record({bytes->data() + at, found[i].second}, &record)) {
      return broken_record(topic.name, partition, record.offset);
    }
    at += found[i].second;
  }
  *next = it->Valid() ? found.back().first + 1 : end;
  out->storage = std::move(bytes);
  return Status::ok();
}

Result<std::vector<std::optional<Offset>>> LogStore::find_offsets(
    const std::vector<std::string>& index_keys) {
  std::vector<std::optional<Offset>> out(index_keys.size());
  std::vector<rocksdb::Slice> keys;
  std::vector<rocksdb::PinnableSlice> values(kMultiGetKeys);
  std::vector<rocksdb::Status> statuses(kMultiGetKeys);
  for (std::size_t first = 0; first < index_keys.size(); first += kMultiGetKeys) {
    const std::size_t n = std::min(kMultiGetKeys, index_keys.size() - first);
    keys.assign(index_keys.begin() + static_cast<std::ptrdiff_t>(first),
                index_keys.begin() + static_cast<std::ptrdiff_t>(first + n));
    db_->MultiGet({}, db_->DefaultColumnFamily(), n, keys.data(), values.data(), statuses.data());
    for (std::size_t i = 0; i < n; ++i) {
      std::int64_t offset = 0;
      if (!statuses[i].IsNotFound()) {
        EBB_TRY(to_status(statuses[i], "look keys up"));
        if (!decode_number(view(values[i]), &offset))
          return Status::internal("an index entry can't be decoded");
        out[first + i] = offset;
      }
      values[i].Reset();
    }
  }
  return out;
}

Result<std::string> LogStore::get_record(const Topic& topic, TaskId partition, Offset offset) {
  std::string bytes;
  const rocksdb::Status got = db_->Get({}, slice(data_key(topic.meta.id, partition, offset)), &bytes);
  if (got.IsNotFound()) {
    return Status::not_found(fmt::format("{}[{}]@{} is not in the log", topic.name, partition, offset));
  }
  EBB_TRY(to_status(got, "read " + topic.name));
  return bytes;
}

Result<std::vector<Offset>> LogStore::old_tombstones(const Topic& topic, TaskId partition, TimeMs before_ms,
                                                     std::size_t max) {
  const std::string end_key = tombstone_key(topic.meta.id, partition, std::numeric_limits<Offset>::max());
  const rocksdb::Slice upper = slice(end_key);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  std::vector<Offset> out;
  for (it->Seek(tombstone_key(topic.meta.id, partition, 0)); it->Valid() && out.size() < max; it->Next()) {
    std::int64_t append_ms = 0;
    if (!decode_number(view(it->value()), &append_ms)) {
      return Status::internal("the log's list of tombstones can't be decoded");
    }
    if (append_ms >= before_ms) break;
    out.push_back(offset_in_key(view(it->key())));
  }
  EBB_TRY(to_status(it->status(), "look for old tombstones"));
  return out;
}

// ---- writing

Status LogStore::write(Write* write) {
  if (secondary_) return Status::unavailable("the log is open for reading only");
  Waiting self;
  self.write = write;
  std::unique_lock lock(write_mutex_);
  waiting_.push_back(&self);
  write_turn_.wait(lock, [&] { return self.done || (!writing_ && waiting_.front() == &self); });
  if (self.done) return self.status;

  // This thread writes for all that wait.
  std::vector<Waiting*> group;
  std::size_t records = 0;
  while (!waiting_.empty() &&
         (group.empty() || records + waiting_.front()->write->records.size() <= kGroupMaxRecords)) {
    records += waiting_.front()->write->records.size();
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  writing_ = true;
  Status status = broken_;
  lock.unlock();
  if (status.is_ok()) status = write_group(group);
  lock.lock();
  if (!status.is_ok()) broken_ = status;
  writing_ = false;
  for (Waiting* waiting : group) {
    waiting->status = status;
    waiting->done = true;
  }
  lock.unlock();
  write_turn_.notify_all();
  news_.post();
  return status;
}

Status LogStore::health() {
  const std::lock_guard lock(write_mutex_);
  return broken_;
}

Status LogStore::write_group(const std::vector<Waiting*>& group) {
  rocksdb::WriteBatch batch;
  const TimeMs now_ms = clock_->wall_ms();
  for (Waiting* waiting : group) add(waiting->write, now_ms, &batch);
  rocksdb::WriteOptions options;
  options.sync = true;
  EBB_TRY(to_status(db_->Write(options, &batch), "write to the log"));
  for (const Waiting* waiting : group) publish(*waiting->write);
  return Status::ok();
}

void LogStore::add(Write* write, TimeMs now_ms, rocksdb::WriteBatch* batch) {
  for (RecordWrite& record : write->records) add_record(&record, now_ms, batch);
  for (const auto& [key, value] : write->puts) batch->Put(key, value);
  for (const std::string& key : write->single_deletes) batch->SingleDelete(key);
  for (const std::string& key : write->deletes) batch->Delete(key);
  for (const BoundsWrite& bounds : write->bounds) {
    const std::uint32_t id = bounds.topic->meta.id;
    const Partition* partition = bounds.topic->partition(bounds.partition);
    const Offset old_begin = partition->begin.load(std::memory_order_acquire);
    if (bounds.begin > old_begin) {
      batch->DeleteRange(data_key(id, bounds.partition, old_begin),
                         data_key(id, bounds.partition, bounds.begin));
    }
    const Bounds value{.begin = bounds.begin, .end = partition->next, .bytes = partition->bytes};
    batch->Put(bounds_key(id, bounds.partition), encode_bounds(value));
  }
}

void LogStore::add_record(RecordWrite* record, TimeMs now_ms, rocksdb::WriteBatch* batch) {
  const Topic& topic = *record->topic;
  Partition* partition = record->topic->partition(record->partition);
  record->offset = partition->next++;
  partition->last_append_ms = std::max(partition->last_append_ms, now_ms);
  const RecordStamp stamp{.bytes_before = partition->bytes, .append_ms = partition->last_append_ms};
  encode_record(record->fields, stamp, &scratch_);
  partition->bytes += scratch_.size();
  batch->Put(data_key(topic.meta.id, record->partition, record->offset), scratch_);
  if (!topic.meta.compacted) return;
  batch->Put(index_key(topic.meta.id, record->partition, record->fields.key), encode_number(record->offset));
  if (record->replaces) {
    batch->SingleDelete(data_key(topic.meta.id, record->partition, *record->replaces));
  }
  if (!record->fields.has_value) {
    batch->Put(tombstone_key(topic.meta.id, record->partition, record->offset),
               encode_number(stamp.append_ms));
  }
}

void LogStore::publish(const Write& write) {
  for (const RecordWrite& record : write.records) {
    record.topic->partition(record.partition)->end.store(record.offset + 1, std::memory_order_release);
  }
  for (const BoundsWrite& bounds : write.bounds) {
    bounds.topic->partition(bounds.partition)->begin.store(bounds.begin, std::memory_order_release);
  }
}

void LogStore::drop_files_below(const Topic& topic, TaskId partition, Offset begin) {
  const std::string low = data_key(topic.meta.id, partition, 0);
  const std::string high = data_key(topic.meta.id, partition, begin);
  const rocksdb::Slice low_slice = slice(low);
  const rocksdb::Slice high_slice = slice(high);
  // Only a matter of space: what stays is hidden by the range's deletion and goes with compaction.
  rocksdb::DeleteFilesInRange(db_.get(), db_->DefaultColumnFamily(), &low_slice, &high_slice, false)
      .PermitUncheckedError();
}

}  // namespace ebb::embedded
