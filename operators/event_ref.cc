#include "operators/event_ref.h"

#include <algorithm>
#include <cstdint>

#include "ebb/state/v1/evidence_slice.pb.h"

namespace ebb {
namespace {

constexpr std::size_t kCharsInWord = 9;  // of 7 bits
constexpr std::size_t kBytesInWord = 7;  // of 8 bits
constexpr std::uint64_t kAsBytes = std::uint64_t{1} << 63;

std::uint64_t packed(std::string_view chars, int bits) {
  std::uint64_t word = 0;
  for (const char c : chars) word = word << bits | static_cast<unsigned char>(c);
  return word;
}

// Leading zeros are no characters.
void unpack(std::uint64_t word, int bits, std::string* out) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  for (int shift = 63 / bits * bits - bits; shift >= 0; shift -= bits) {
    if (const auto c = word >> shift & mask; c != 0) out->push_back(static_cast<char>(c));
  }
}

bool is_ascii(std::string_view chars) {
  return std::all_of(chars.begin(), chars.end(), [](char c) { return c > 0; });
}

}  // namespace

void remember(std::string_view event_id, const ApplyContext& context, state::v1::EvidenceItem* out) {
  out->set_source(context.origin.source);
  out->set_offset(context.origin.offset);
  out->set_event_ms(context.event_ms);
  out->clear_event_id_words();
  out->clear_event_id_end();
  while (!event_id.empty()) {
    const std::string_view chars = event_id.substr(0, kCharsInWord);
    if (!is_ascii(chars)) {
      out->add_event_id_words(kAsBytes | packed(event_id.substr(0, kBytesInWord), 8));
      event_id.remove_prefix(std::min(event_id.size(), kBytesInWord));
      continue;
    }
    if (chars.size() == kCharsInWord) {
      out->add_event_id_words(packed(chars, 7));
    } else {
      out->set_event_id_end(packed(chars, 7));
    }
    event_id.remove_prefix(chars.size());
  }
}

bool is_remembered(const state::v1::EvidenceItem& item) {
  return item.event_id_words_size() > 0 || item.event_id_end() != 0;
}

std::string event_id_of(const state::v1::EvidenceItem& item) {
  std::string id;
  for (const std::uint64_t word : item.event_id_words())
    unpack(word & ~kAsBytes, (word & kAsBytes) != 0 ? 8 : 7, &id);
  unpack(item.event_id_end(), 7, &id);
  return id;
}

EvidenceRef evidence_of(const state::v1::EvidenceItem& item, TaskId partition) {
  return {.source = item.source(),
          .partition = partition,
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
