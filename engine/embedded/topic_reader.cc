#include <algorithm>
#include <utility>

#include "engine/embedded/topic_io.h"

namespace ebb::embedded {
namespace {

constexpr DurationMs kRefreshMs = 100;  // how often a reader of another process's log looks

class EmbeddedTopicReader final : public TopicReader {
 public:
  EmbeddedTopicReader(std::shared_ptr<LogStore> store, Topic* topic, std::vector<Offset> positions)
      : store_(std::move(store)), topic_(topic), positions_(std::move(positions)) {
    positions_.resize(topic_->partitions.size(), 0);
  }

  Status next(DurationMs wait_ms, TaskId* partition, RecordBatch* out, bool* at_end) override {
    out->clear();
    const TimeMs until_ms = system_clock().steady_ms() + wait_ms;
    while (true) {
      EBB_TRY(store_->refresh());
      EBB_TRY(read_some(partition, out));
      *at_end = !has_more();
      const DurationMs left_ms = until_ms - system_clock().steady_ms();
      if (!out->empty() || left_ms <= 0) return Status::ok();
      store_->news().wait(store_->read_only() ? std::min(left_ms, kRefreshMs) : left_ms,
                          [this] { return has_more(); });
    }
  }

 private:
  bool has_more() const {
    for (std::size_t p = 0; p < positions_.size(); ++p) {
      if (positions_[p] < topic_->partitions[p]->end.load(std::memory_order_acquire)) return true;
    }
    return false;
  }

  // From the partition after the last one, so that all get their turn.
  Status read_some(TaskId* partition, RecordBatch* out) {
    for (std::size_t i = 0; i < positions_.size() && out->empty(); ++i) {
      turn_ = (turn_ + 1) % positions_.size();
      *partition = static_cast<TaskId>(turn_);
      EBB_TRY(read_one(turn_, out));
    }
    return Status::ok();
  }

  Status read_one(std::size_t p, RecordBatch* out) {
    const Partition& partition = *topic_->partitions[p];
    Offset& position = positions_[p];
    while (true) {
      position = std::max(position, partition.begin.load(std::memory_order_acquire));
      const Offset end = partition.end.load(std::memory_order_acquire);
      if (position >= end) return Status::ok();
      Status read = store_->read(*topic_, partition.number, position, end, {}, out, &position);
      if (read.code() != Code::kNotFound) return read;
      // Retention was quicker: the first record that is kept has moved on, or the next look at the writer
      // will say so.
      if (store_->read_only()) return Status::ok();
      if (partition.begin.load(std::memory_order_acquire) <= position) return read;
    }
  }

  const std::shared_ptr<LogStore> store_;
  Topic* const topic_;
  std::vector<Offset> positions_;
  std::size_t turn_ = 0;
};

}  // namespace

std::unique_ptr<TopicReader> make_topic_reader(std::shared_ptr<LogStore> store, Topic* topic,
                                               std::vector<Offset> positions) {
  return std::make_unique<EmbeddedTopicReader>(std::move(store), topic, std::move(positions));
}

}  // namespace ebb::embedded
