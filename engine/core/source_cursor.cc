#include "engine/core/source_cursor.h"

#include <google/protobuf/arena.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace ebb {
namespace {

constexpr std::size_t kArenaBlockBytes = 64 << 10;
// The arena is emptied after so many records: often enough to stay in its first block, seldom enough to cost
// nothing.
constexpr int kRecordsPerArena = 128;

std::unique_ptr<google::protobuf::Arena> make_arena(char* block) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = kArenaBlockBytes;
  return std::make_unique<google::protobuf::Arena>(options);
}

// Nearly all records have no headers.
bool has_header(const Record& record, std::string_view name) {
  return std::any_of(record.headers.begin(), record.headers.end(),
                     [&](const Header& h) { return h.name == name; });
}

}  // namespace

SourceCursor::SourceCursor(SourceId source, const Decoder* decoder, const TimeConfig& time)
    : source_(source),
      decoder_(decoder),
      clock_(time.max_jump_ms, time.jump_confirmations),
      arena_block_(std::make_unique<char[]>(kArenaBlockBytes)),
      arena_(make_arena(arena_block_.get())) {}

SourceCursor::~SourceCursor() = default;
SourceCursor::SourceCursor(SourceCursor&&) noexcept = default;

Result<bool> SourceCursor::advance(WorkerLog& log, TaskId task) {
  if (next_in_batch_ == batch_.records.size()) {
    batch_.clear();
    next_in_batch_ = 0;
    EBB_TRY(log.fetch(task, source_, &batch_));
    last_fetch_ = batch_.records.size();
    if (batch_.empty()) return false;
    fetched_to_ = batch_.records.back().offset + 1;
  }
  decode_head(batch_.records[next_in_batch_]);
  return true;
}

void SourceCursor::decode_head(const Record& record) {
  if (++decoded_in_arena_ > kRecordsPerArena) {
    arena_->Reset();
    decoded_in_arena_ = 1;
  }
  head_.record = &record;
  head_.event = nullptr;
  head_.event_ms.reset();
  head_.refusal.reset();
  if (has_header(record, kTruncatedHeader)) {
    head_.refusal =
        Refusal{"too_large", "value", "has more bytes than a record may have; it was cut when it was read"};
  } else if (auto why = decoder_->decode(record, arena_.get(), &head_.event)) {
    head_.refusal =
        Refusal{std::string(reason_name(why->reason)), std::move(why->field), std::move(why->message)};
  }
  if (!head_.refusal) head_.event_ms = event_time_ms(*head_.event);
  head_.order_ms = clock_.order_of(head_.event_ms);
}

std::optional<Offset> SourceCursor::take_gap() {
  if (!gap_from_) return std::nullopt;
  const Offset from = std::max<Offset>(*std::exchange(gap_from_, std::nullopt), 0);
  return std::max<Offset>(head_.record->offset - from, 0);
}

void SourceCursor::pop() {
  clock_.observe(head_.event_ms);
  next_offset_ = head_.record->offset + 1;
  ++next_in_batch_;
  head_ = {};
}

}  // namespace ebb
