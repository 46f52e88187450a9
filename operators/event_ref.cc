#include "operators/event_ref.h"

#include <algorithm>
#include <cstdint>

#include "ebb/state/v1/evidence_slice.pb.h"

namespace ebb {
namespace {

constexpr std::size_t kWordBytes = 8;

std::uint64_t word_of(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < kWordBytes; ++i) {
    word = word << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
  }
  return word;
}

}  // namespace

void remember(std::string_view event_id, const ApplyContext& context, state::v1::EvidenceItem* out) {
  out->set_source(context.origin.source);
  out->set_partition(context.origin.partition);
  out->set_offset(context.origin.offset);
  out->set_event_ms(context.event_ms);
  auto& words = *out->mutable_event_id_words();
  words.Resize(static_cast<int>((event_id.size() + kWordBytes - 1) / kWordBytes), 0);
  for (std::uint64_t& word : words) {
    word = word_of(event_id);
    event_id.remove_prefix(std::min(event_id.size(), kWordBytes));
  }
}

bool is_remembered(const state::v1::EvidenceItem& item) {
  return item.event_id_words_size() > 0;
}

std::string event_id_of(const state::v1::EvidenceItem& item) {
  std::string id;
  for (const std::uint64_t word : item.event_id_words()) {
    for (int shift = 56; shift >= 0; shift -= 8) id.push_back(static_cast<char>(word >> shift & 0xff));
  }
  id.erase(id.find_last_not_of('\0') + 1);
  return id;
}

EvidenceRef evidence_of(const state::v1::EvidenceItem& item) {
  return {.source = item.source(),
          .partition = item.partition(),
          .offset = item.offset(),
          .event_ms = item.event_ms(),
          .event_id = event_id_of(item)};
}

bool is_later(TimeMs event_ms, std::string_view event_id, const state::v1::EvidenceItem& than) {
  return event_ms > than.event_ms() || (event_ms == than.event_ms() && event_id > event_id_of(than));
}

bool keep_latest(std::string_view event_id, const ApplyContext& context, state::v1::EvidenceItem* item) {
  if (is_remembered(*item) && !is_later(context.event_ms, event_id, *item)) return false;
  remember(event_id, context, item);
  return true;
}

}  // namespace ebb
