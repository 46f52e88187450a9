#include "state/row.h"

#include <google/protobuf/message.h>

#include "engine/base/hash.h"

namespace ebb {

int RowSchema::add(std::string name, const google::protobuf::Message* prototype) {
  const std::uint32_t id = id_of(name);
  slots_.push_back(Slot{std::move(name), id, prototype});
  return static_cast<int>(slots_.size()) - 1;
}

std::uint32_t RowSchema::id_of(std::string_view name) {
  return static_cast<std::uint32_t>(stable_hash(name));
}

int RowSchema::slot_of(std::uint32_t id) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].id == id) return static_cast<int>(i);
  }
  return -1;
}

Row::Row() = default;
Row::~Row() = default;
Row::Row(Row&&) noexcept = default;
Row& Row::operator=(Row&&) noexcept = default;

void Row::clear() {
  due_ms = kNever;
  clock_ms = kBeginning;
  for (auto& slice : slices) slice.reset();
  kept.clear();
}

}  // namespace ebb
