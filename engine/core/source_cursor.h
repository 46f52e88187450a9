// Reads one source of one task record by record: fetched batches, and the next record decoded, since the
// merge has to know its time.
//
// Thread: the worker's. The head stays valid until pop().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "config/config.h"
#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/core/source_clock.h"
#include "engine/decode/decoder.h"
#include "engine/log.h"
#include "operators/operator.h"

namespace google::protobuf {
class Arena;
}

namespace ebb {

// The next record of a source: an event, or why it can't be used.
struct Head {
  const Record* record = nullptr;
  const v1::Event* event = nullptr;  // null when refused
  std::optional<Refusal> refusal;
  std::optional<TimeMs> event_ms;  // of a usable event
  TimeMs order_ms = kBeginning;    // by which it is merged
};

class SourceCursor {
 public:
  // The decoder outlives the cursor.
  SourceCursor(SourceId source, const Decoder* decoder, const TimeConfig& time);
  ~SourceCursor();
  SourceCursor(SourceCursor&&) noexcept;

  // REQUIRES: no head. Takes the next record from the batch at hand, or from the log; false: nothing is here
  // now.
  Result<bool> advance(WorkerLog& log, TaskId task);
  bool has_head() const { return head_.record != nullptr; }
  const Head& head() const { return head_; }
  // The key of the record `ahead` places behind the head in the batch at hand; empty: none.
  std::string_view key_ahead(std::size_t ahead) const {
    const std::size_t i = next_in_batch_ + ahead;
    return i < batch_.records.size() ? batch_.records[i].key : std::string_view();
  }
  // The head was dealt with.
  void pop();

  SourceClock& clock() { return clock_; }
  const SourceClock& clock() const { return clock_; }
  // The offset after the last record dealt with; -1: from the beginning.
  Offset next_offset() const { return next_offset_; }
  void set_next_offset(Offset offset) { next_offset_ = offset; }
  // Where the log is to read on when it begins anew: what was fetched is kept.
  Offset fetch_position() const { return gap_from_ ? -1 : fetched_to_.value_or(next_offset_); }
  // The log's next records are gone: it will go on at the first that is there.
  void expect_gap() { gap_from_ = fetched_to_.value_or(next_offset_); }
  // Offsets missed right before the head; nullopt: none were.
  std::optional<Offset> take_gap();
  // How many records the last fetch brought.
  std::size_t last_fetch() const { return last_fetch_; }

 private:
  void decode_head(const Record& record);

  SourceId source_;
  const Decoder* decoder_;
  SourceClock clock_;
  RecordBatch batch_;
  std::size_t next_in_batch_ = 0;
  std::size_t last_fetch_ = 0;
  Offset next_offset_ = -1;
  std::optional<Offset> fetched_to_;  // after the last record fetched
  std::optional<Offset> gap_from_;    // waits for the first record after a gap
  Head head_;
  std::unique_ptr<char[]> arena_block_;
  std::unique_ptr<google::protobuf::Arena> arena_;
  int decoded_in_arena_ = 0;
};

}  // namespace ebb
