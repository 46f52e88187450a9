#include "state/disk_keys.h"

#include <cstdint>

#include "state/varint.h"

namespace ebb {
namespace {

constexpr char kPositionVersion = 1;
constexpr std::size_t kTimerPrefixBytes = 1 + sizeof(std::uint64_t);
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

void append_signed(std::int64_t v, std::string* out) {
  std::uint8_t bytes[kMaxVarintBytes];
  const std::uint8_t* const end = write_varint(zigzag(v), bytes);
  out->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(end - bytes));
}

}  // namespace

std::string encode_position(const StorePosition& position) {
  std::string out(1, kPositionVersion);
  append_signed(position.changelog_offset, &out);
  append_signed(position.in_step_wall_ms, &out);
  out += position.incarnation;
  return out;
}

std::optional<StorePosition> decode_position(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kPositionVersion) return std::nullopt;
  bytes.remove_prefix(1);
  std::uint64_t offset = 0, in_step = 0;
  if (!read_varint(&bytes, &offset) || !read_varint(&bytes, &in_step)) return std::nullopt;
  return StorePosition{unzigzag(offset), std::string(bytes), unzigzag(in_step)};
}

void row_disk_key(std::string_view customer, std::string* key) {
  key->assign(1, 'r');
  key->append(customer);
}

void timer_disk_key(const TimerView& timer, std::string* key) {
  const std::uint64_t time = static_cast<std::uint64_t>(timer.time_ms) ^ kSignBit;
  key->assign(1, 't');
  for (int shift = 56; shift >= 0; shift -= 8) key->push_back(static_cast<char>(time >> shift));
  key->append(timer.customer);
}

std::optional<TimerView> parse_timer_disk_key(std::string_view key) {
  if (key.size() < kTimerPrefixBytes || key[0] != 't') return std::nullopt;
  std::uint64_t time = 0;
  for (std::size_t i = 1; i < kTimerPrefixBytes; ++i) time = time << 8 | static_cast<std::uint8_t>(key[i]);
  return TimerView(static_cast<TimeMs>(time ^ kSignBit), key.substr(kTimerPrefixBytes));
}

}  // namespace ebb
