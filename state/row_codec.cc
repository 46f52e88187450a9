#include "state/row_codec.h"

#include <google/protobuf/message.h>

#include <cstdint>
#include <cstring>

#include "state/varint.h"

namespace ebb {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kHasDue = 1, kHasClock = 2, kHasErased = 4;
constexpr std::size_t kMaxRowBytes = std::size_t{1} << 30;
constexpr std::size_t kIdBytes = 4;

std::uint8_t* write_id(std::uint32_t id, std::uint8_t* to) {
  for (int shift = 0; shift < 32; shift += 8) *to++ = static_cast<std::uint8_t>(id >> shift);
  return to;
}

bool read_id(std::string_view* in, std::uint32_t* id) {
  if (in->size() < kIdBytes) return false;
  *id = 0;
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    *id |= static_cast<std::uint32_t>(static_cast<std::uint8_t>((*in)[i])) << (8 * i);
  }
  in->remove_prefix(kIdBytes);
  return true;
}

bool read_signed(std::string_view* in, std::int64_t* out) {
  std::uint64_t raw = 0;
  if (!read_varint(in, &raw)) return false;
  *out = unzigzag(raw);
  return true;
}

std::size_t slice_size(std::size_t bytes) {
  return kIdBytes + varint_size(bytes) + bytes;
}

struct Envelope {
  TimeMs due_ms = kNever, clock_ms = kBeginning, erased_at_ms = kBeginning;
};

// Takes version, flags and the times off the front.
bool read_envelope(std::string_view* in, Envelope* out) {
  if (in->size() < 2 || static_cast<std::uint8_t>((*in)[0]) != kVersion) return false;
  const auto flags = static_cast<std::uint8_t>((*in)[1]);
  if ((flags & ~(kHasDue | kHasClock | kHasErased)) != 0) return false;
  in->remove_prefix(2);
  if ((flags & kHasDue) != 0 && !read_signed(in, &out->due_ms)) return false;
  if ((flags & kHasClock) != 0 && !read_signed(in, &out->clock_ms)) return false;
  return (flags & kHasErased) == 0 || read_signed(in, &out->erased_at_ms);
}

bool is_kept(const Row& row, std::uint32_t id) {
  for (const auto& [kept_id, bytes] : row.kept) {
    if (kept_id == id) return true;
  }
  return false;
}

Status damaged(const char* what) {
  return Status::invalid(std::string("damaged row: ") + what);
}

Status decode_slice(std::uint32_t id, std::string_view bytes, const RowSchema& schema, Row* row) {
  const int slot = schema.slot_of(id);
  if (slot < 0) {
    if (is_kept(*row, id)) return damaged("a slice comes twice");
    row->kept.emplace_back(id, bytes);
    return Status::ok();
  }
  const auto i = static_cast<std::size_t>(slot);
  if (row->slices[i] != nullptr) return damaged("a slice comes twice");
  google::protobuf::Message& slice = row->make_slice(i, *schema.slots()[i].prototype);
  if (slice.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Status::ok();
  return damaged("a slice is not the message that it should be");
}

}  // namespace

Status encode_row(const Row& row, const RowSchema& schema, std::string* out) {
  const Envelope e{row.due_ms, row.clock_ms, row.erased_at_ms};
  std::uint8_t flags = 0;
  if (e.due_ms != kNever) flags |= kHasDue;
  if (e.clock_ms != kBeginning) flags |= kHasClock;
  if (e.erased_at_ms != kBeginning) flags |= kHasErased;

  std::size_t size = 2, count = row.kept.size();
  if ((flags & kHasDue) != 0) size += varint_size(zigzag(e.due_ms));
  if ((flags & kHasClock) != 0) size += varint_size(zigzag(e.clock_ms));
  if ((flags & kHasErased) != 0) size += varint_size(zigzag(e.erased_at_ms));
  for (const auto& slice : row.slices) {
    const std::size_t bytes = slice ? slice->ByteSizeLong() : 0;
    if (bytes == 0) continue;
    size += slice_size(bytes);
    ++count;
  }
  for (const auto& [id, bytes] : row.kept) size += slice_size(bytes.size());
  size += varint_size(count);
  if (size > kMaxRowBytes || count > kMaxSlices) return Status::full("a row is too large");

  const std::size_t start = out->size();
  out->resize(start + size);
  auto* const begin = reinterpret_cast<std::uint8_t*>(out->data()) + start;
  auto* to = begin;
  *to++ = kVersion;
  *to++ = flags;
  if ((flags & kHasDue) != 0) to = write_varint(zigzag(e.due_ms), to);
  if ((flags & kHasClock) != 0) to = write_varint(zigzag(e.clock_ms), to);
  if ((flags & kHasErased) != 0) to = write_varint(zigzag(e.erased_at_ms), to);
  to = write_varint(count, to);
  for (std::size_t i = 0; i < row.slices.size(); ++i) {
    const auto& slice = row.slices[i];
    const int bytes = slice ? slice->GetCachedSize() : 0;
    if (bytes == 0) continue;
    to = write_id(schema.slots()[i].id, to);
    to = write_varint(static_cast<std::uint64_t>(bytes), to);
    to = slice->SerializeWithCachedSizesToArray(to);
  }
  for (const auto& [id, bytes] : row.kept) {
    to = write_id(id, to);
    to = write_varint(bytes.size(), to);
    std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  }
  if (to != begin + size) return Status::internal("a row changed while it was written");
  return Status::ok();
}

Status decode_row(std::string_view bytes, const RowSchema& schema, Row* row) {
  row->kept.clear();
  row->drop_slices();
  row->slices.resize(schema.slots().size());
  if (bytes.size() > kMaxRowBytes) return damaged("too large");
  Envelope e;
  if (!read_envelope(&bytes, &e)) return damaged("no envelope of a version that this program knows");
  row->due_ms = e.due_ms;
  row->clock_ms = e.clock_ms;
  row->erased_at_ms = e.erased_at_ms;

  std::uint64_t count = 0;
  if (!read_varint(&bytes, &count) || count > kMaxSlices) return damaged("no number of slices");
  for (; count > 0; --count) {
    std::uint32_t id = 0;
    std::uint64_t length = 0;
    if (!read_id(&bytes, &id) || !read_varint(&bytes, &length) || length > bytes.size()) {
      return damaged("a slice is cut off");
    }
    EBB_TRY(decode_slice(id, bytes.substr(0, length), schema, row));
    bytes.remove_prefix(length);
  }
  if (!bytes.empty()) return damaged("something follows the last slice");
  return Status::ok();
}

std::optional<TimeMs> peek_due(std::string_view bytes) {
  Envelope e;
  if (!read_envelope(&bytes, &e)) return std::nullopt;
  return e.due_ms;
}

std::string changelog_key(std::string_view customer) {
  std::string key;
  key.reserve(customer.size() + 1);
  key += 'r';
  key += customer;
  return key;
}

std::optional<std::string_view> customer_of_key(std::string_view key) {
  if (key.empty() || key[0] != 'r') return std::nullopt;
  return key.substr(1);
}

}  // namespace ebb
