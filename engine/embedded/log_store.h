// The database under an embedded log: topics, reads, and one writer at a time that takes along whoever waits.
// Thread-safety: all methods from any thread. Errors: kInternal for a broken disk or database.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/embedded/embedded_log.h"
#include "engine/embedded/encoding.h"
#include "engine/log.h"

namespace rocksdb {
class DB;
class WriteBatch;
}  // namespace rocksdb

namespace ebb::embedded {

struct Partition {
  TaskId number = 0;
  std::atomic<Offset> begin{0};      // first offset kept
  std::atomic<Offset> end{0};        // what lies below is durable and visible
  std::atomic<Offset> committed{0};  // sources: position of the task's last epoch
  // Held from looking a key up until its overwriting is written; compacted topics only.
  std::mutex overwrite_mutex;

  // Only of the thread that writes (LogStore::write).
  Offset next = 0;
  std::uint64_t bytes = 0;
  TimeMs last_append_ms = 0;
};

struct Topic {
  std::string name;
  TopicMeta meta;
  std::vector<std::unique_ptr<Partition>> partitions;

  Partition* partition(TaskId number) {
    const auto place = static_cast<std::size_t>(number);
    return number >= 0 && place < partitions.size() ? partitions[place].get() : nullptr;
  }
};

// One record of a Write.
struct RecordWrite {
  Topic* topic = nullptr;
  TaskId partition = 0;
  RecordFields fields;
  std::optional<Offset> replaces;  // compacted: the offset that this key had
  Offset offset = 0;               // out
};

// The records of a partition below `begin` go; with the present begin only the bounds are written down, which
// has to be done before any record goes that may be the last.
struct BoundsWrite {
  Topic* topic = nullptr;
  TaskId partition = 0;
  Offset begin = 0;
};

// What is written together or not at all. REQUIRES: all that is named is there.
struct Write {
  std::vector<RecordWrite> records;
  std::vector<std::pair<std::string, std::string>> puts;
  std::vector<std::string> single_deletes;  // keys that are written once and deleted once
  std::vector<std::string> deletes;
  std::vector<BoundsWrite> bounds;
};

// How waiting threads hear of news: new records, outcomes, a wake-up.
class NewsBoard {
 public:
  void post();
  // Waits until done() or the time is over. done() is called with the board locked.
  template <typename Done>
  void wait(DurationMs wait_ms, Done done) {
    std::unique_lock lock(mutex_);
    news_.wait_for(lock, std::chrono::milliseconds(wait_ms), std::move(done));
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
};

class LogStore {
 public:
  static Result<std::shared_ptr<LogStore>> open(const EmbeddedOptions& options);
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  // ---- topics
  // Null: there is none. The topic lives as long as the store.
  Topic* find_topic(std::string_view name);
  Result<Topic*> need_topic(std::string_view name);
  // Creates the topic, or checks that the one that is there is of this kind.
  Status ensure_topic(const std::string& name, std::int32_t partitions, bool compacted);
  std::vector<Topic*> topics();

  // ---- reading
  struct ReadLimits {
    std::size_t records = 4096;
    std::size_t bytes = std::size_t{512} << 10;  // one record is handed out even if it is larger
  };
  // Records of offset `from` or later and below `end`, *next: where to go on. REQUIRES: end <= the
  // partition's end. kNotFound: some of an uncompacted topic's records from `from` on are no longer there.
  Status read(const Topic& topic, TaskId partition, Offset from, Offset end, const ReadLimits& limits,
              RecordBatch* out, Offset* next);
  // For compacted topics, one for each key: the offset of its record, if it has one.
  Result<std::vector<std::optional<Offset>>> find_offsets(const std::vector<std::string>& index_keys);
  // The bytes of one record; kNotFound.
  Result<std::string> get_record(const Topic& topic, TaskId partition, Offset offset);
  // Tombstones of a compacted partition appended before a time, oldest first.
  Result<std::vector<Offset>> old_tombstones(const Topic& topic, TaskId partition, TimeMs before_ms,
                                             std::size_t max);

  // ---- writing
  // Returns when everything is durable and visible; sets the offsets of its records. Takes with it what other
  // threads hand in meanwhile, in the order in which they came.
  Status write(Write* write);
  // Gives the space of what was let go back, where whole files can go.
  void drop_files_below(const Topic& topic, TaskId partition, Offset begin);
  // OK until a write fails.
  Status health();

  // read_only: looks at what the writer has written since. Else nothing.
  Status refresh();
  bool read_only() const { return secondary_; }

  NewsBoard& news() { return news_; }
  const Clock& clock() const { return *clock_; }

 private:
  struct Waiting {
    Write* write = nullptr;
    Status status;
    bool done = false;
  };

  LogStore() = default;
  Status open_db(const EmbeddedOptions& options);
  Status look_at_writer();
  Status load_topics();
  Status add_topic(std::string name, const TopicMeta& meta);
  Status load_partition(const Topic& topic, Partition* partition);
  Status load_position(const Topic& topic, Partition* partition);
  Status write_group(const std::vector<Waiting*>& group);
  void add(Write* write, TimeMs now_ms, rocksdb::WriteBatch* batch);
  void add_record(RecordWrite* record, TimeMs now_ms, rocksdb::WriteBatch* batch);
  void publish(const Write& write);

  const Clock* clock_ = nullptr;
  bool secondary_ = false;
  std::string secondary_dir_;  // removed at the end
  std::mutex refresh_mutex_;   // one refresh() at a time
  std::mutex create_mutex_;    // one ensure_topic() at a time
  std::unique_ptr<rocksdb::DB> db_;
  NewsBoard news_;

  std::shared_mutex topics_mutex_;
  std::map<std::string, std::unique_ptr<Topic>, std::less<>> topics_;  // guarded by topics_mutex_
  std::uint32_t next_topic_id_ = 1;                                    // guarded by topics_mutex_

  std::mutex write_mutex_;
  std::condition_variable write_turn_;
  std::deque<Waiting*> waiting_;  // guarded by write_mutex_
  bool writing_ = false;          // guarded by write_mutex_
  Status broken_;                 // guarded by write_mutex_

  std::string scratch_;  // of the thread that writes
};

}  // namespace ebb::embedded
