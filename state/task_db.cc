#include "state/task_db.h"

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/sst_file_writer.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include "engine/base/crash_point.h"
#include "state/disk_keys.h"
#include "state/resources.h"
#include "state/rocks_options.h"

namespace ebb {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxLevel0Files = 12;
constexpr std::size_t kAhead = 4;  // rows that are fetched from memory before they are written
constexpr std::string_view kSst = "checkpoint.sst";

rocksdb::Slice slice(std::string_view s) {
  return {s.data(), s.size()};
}
std::string_view view(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

std::string db_dir(const std::string& dir) {
  return dir + "/db";
}
std::string sst_path(const std::string& dir) {
  return dir + "/" + std::string(kSst);
}

// Wakes those who wait for compaction.
class CompactionWaiter final : public rocksdb::EventListener {
 public:
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }
  // until() is looked at after each compaction, and every now and then for those that fail.
  template <typename Until>
  void wait(Until until) {
    std::unique_lock lock(mutex_);
    while (!until()) changed_.wait_for(lock, std::chrono::milliseconds(100));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class DbTimerCursor final : public TimerCursor {
 public:
  DbTimerCursor(rocksdb::DB* db, const TimerView& from) : it_(db->NewIterator({})) {
    std::string key;
    timer_disk_key(from, &key);
    it_->Seek(key);
    parse();
  }
  bool valid() const override { return key_.has_value(); }
  TimerView key() const override { return *key_; }
  void next() override {
    it_->Next();
    parse();
  }
  Status status() const override { return from_rocks(it_->status(), "read the timer index"); }

 private:
  void parse() { key_ = it_->Valid() ? parse_timer_disk_key(view(it_->key())) : std::nullopt; }

  std::unique_ptr<rocksdb::Iterator> it_;
  std::optional<TimerView> key_;
};

class RocksTaskDb final : public TaskDb {
 public:
  RocksTaskDb(std::string dir, rocksdb::Options options, std::shared_ptr<CompactionWaiter> waiter,
              std::unique_ptr<rocksdb::DB> db)
      : dir_(std::move(dir)), options_(std::move(options)), waiter_(std::move(waiter)), db_(std::move(db)) {}
  ~RocksTaskDb() override { close().ignore(); }

  Result<std::optional<StorePosition>> read_position() override {
    std::string bytes;
    const rocksdb::Status status = db_->Get({}, slice(kPositionKey), &bytes);
    if (status.IsNotFound()) return std::optional<StorePosition>();
    EBB_TRY(from_rocks(status, "read the position in " + dir_));
    auto position = decode_position(bytes);
    if (position) return position;
    return Status::internal(dir_ + " holds a position that this program doesn't understand");
  }

  Result<std::optional<std::string_view>> read_row(std::string_view customer) override {
    row_disk_key(customer, &key_);
    row_.Reset();
    const rocksdb::Status status = db_->Get({}, db_->DefaultColumnFamily(), key_, &row_);
    if (status.IsNotFound()) return std::optional<std::string_view>();
    EBB_TRY(from_rocks(status, "read a row in " + dir_));
    return std::optional<std::string_view>(view(row_));
  }

  std::unique_ptr<TimerCursor> timers(const TimerView& from) override {
    return std::make_unique<DbTimerCursor>(db_.get(), from);
  }

  Status write_checkpoint(const CheckpointData& data) override {
    const std::string path = sst_path(dir_);
    crash_point("checkpoint.before_file");
    EBB_TRY(from_rocks(write_sst(path, data), "write " + path));
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    ingest.write_global_seqno = false;
    crash_point("checkpoint.before_ingest");
    const rocksdb::Status status = db_->IngestExternalFile({path}, ingest);
    if (status.ok()) crash_point("checkpoint.after_ingest");
    std::error_code ignored;
    fs::remove(path, ignored);
    return from_rocks(status, "ingest " + path);
  }

  Status write_position(const StorePosition& position) override {
    return from_rocks(db_->Put({}, slice(kPositionKey), encode_position(position)),
                      "write the position in " + dir_);
  }

  bool behind() override {
    std::uint64_t files = 0;
    return db_->GetIntProperty(rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files) &&
           files >= kMaxLevel0Files;
  }

  void wait_until_not_behind() override {
    waiter_->wait([this] { return !behind(); });
  }

  Status close() override {
    if (!db_) return Status::ok();
    row_.Reset();
    const rocksdb::Status status = db_->Close();
    db_.reset();
    return from_rocks(status, "close " + dir_);
  }

 private:
  // Keys in order: position, rows, index entries.
  rocksdb::Status write_sst(const std::string& path, const CheckpointData& data) {
    // Level 0 is rewritten soon: what comes out of that is compressed.
    rocksdb::Options options = options_;
    options.compression = rocksdb::kNoCompression;
    // The pages stay in the system's cache (the last argument): rows written now are read again soon.
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options, nullptr, false);
    rocksdb::Status status = writer.Open(path);
    if (status.ok()) status = writer.Put(slice(kPositionKey), encode_position(data.position));
    std::string key;
    const std::vector<const CommittedRow*> rows = sorted(data.rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!status.ok()) return status;
      if (i + kAhead < rows.size()) fetch_ahead(rows[i + kAhead]);
      const CommittedRow* const row = rows[i];
      row_disk_key(row->customer(), &key);
      status = row->tombstone() ? writer.Delete(key) : writer.Put(key, slice(row->bytes()));
    }
    for (const auto& [timer, present] : data.timers) {
      if (!status.ok()) return status;
      timer_disk_key(timer, &key);
      status = present ? writer.Put(key, "") : writer.Delete(key);
    }
    return status.ok() ? writer.Finish() : status;
  }

  const std::string dir_;
  const rocksdb::Options options_;
  const std::shared_ptr<CompactionWaiter> waiter_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::PinnableSlice row_;
  std::string key_;
};

// RocksDB has no code of its own for a lock that somebody else holds.
bool is_locked(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find("lock file") != std::string::npos ||
                                text.find("lock hold by current process") != std::string::npos);
}

}  // namespace

Result<std::shared_ptr<TaskDb>> TaskDb::open(const std::string& dir, StateResources* resources) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return Status::internal("create " + dir + ": " + error.message());
  rocksdb::Options options = task_db_options(resources->rocks());
  auto waiter = std::make_shared<CompactionWaiter>();
  options.listeners.push_back(waiter);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, db_dir(dir), &db);
  if (is_locked(status)) return Status::unavailable(dir + " is in use: " + status.ToString());
  EBB_TRY(from_rocks(status, "open " + dir));
  fs::remove(sst_path(dir), error);  // after the lock is ours: only then is it a leftover
  std::shared_ptr<TaskDb> out = std::make_shared<RocksTaskDb>(dir, std::move(options), std::move(waiter),
                                                              std::unique_ptr<rocksdb::DB>(db));
  return out;
}

Status TaskDb::destroy(const std::string& dir, StateResources* resources) {
  EBB_TRY(from_rocks(rocksdb::DestroyDB(db_dir(dir), task_db_options(resources->rocks())), "destroy " + dir));
  std::error_code error;
  fs::remove_all(db_dir(dir), error);
  fs::remove(sst_path(dir), error);
  return error ? Status::internal("empty " + dir + ": " + error.message()) : Status::ok();
}

}  // namespace ebb
