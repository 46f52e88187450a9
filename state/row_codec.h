// The bytes of a row, the same in the changelog and on disk:
//
//   1 byte     version, 1
//   1 byte     which of the next three are there: bit 0 due, bit 1 clock, bit 2 erased_at; the rest is 0
//   varints    due_ms, clock_ms, erased_at_ms, zigzag; absent = kNever, kBeginning, kBeginning
//   varint     number of slices, at most kMaxSlices
//   slices     each: id (4 bytes, little-endian), length (varint), that many bytes of protobuf
//
// A slice with no bytes is left out: an empty message and none are the same. Each id comes at most once.
// Nothing follows the last slice. The customer's id is not in here: it is in the key.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "state/row.h"

namespace ebb {

inline constexpr std::size_t kMaxSlices = 1024;

// Appends the row's bytes. REQUIRES: the row's slices follow the schema. Errors: kFull beyond 1 GiB.
Status encode_row(const Row& row, const RowSchema& schema, std::string* out);

// Fills all of `row` but its customer; slices of ids that the schema lacks are kept byte for byte. The memory
// of slices that `row` already holds is used again. `bytes` may not be in it. Errors: kInvalid, then the row
// holds anything valid.
Status decode_row(std::string_view bytes, const RowSchema& schema, Row* row);

// The due_ms of a row's bytes without decoding the rest; nullopt: not a row.
std::optional<TimeMs> peek_due(std::string_view bytes);

// ---- keys of the changelog
inline constexpr std::string_view kTaskRecordKey = "t";
std::string changelog_key(std::string_view customer);  // "r" and the customer's id
// The customer of a row's key; nullopt: not the key of a row.
std::optional<std::string_view> customer_of_key(std::string_view key);

}  // namespace ebb
