#include "state/row.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cassert>

#include "engine/base/hash.h"

namespace ebb {
namespace {

// With the arena itself one of malloc's sizes; enough for most customers' slices.
constexpr std::size_t kFirstBlockBytes = 1280 - sizeof(google::protobuf::Arena);
constexpr std::size_t kNextBlockBytes = 512;

google::protobuf::ArenaOptions arena_options(char* block) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = kFirstBlockBytes;
  options.start_block_size = kNextBlockBytes;
  return options;
}

}  // namespace

struct Row::SliceMemory {
  SliceMemory() : arena(arena_options(block)) {}

  alignas(16) char block[kFirstBlockBytes];
  google::protobuf::Arena arena;
};

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

google::protobuf::Message& Row::make_slice(std::size_t slot, const google::protobuf::Message& prototype) {
  assert(slices[slot] == nullptr);
  if (!memory_) memory_ = std::make_unique<SliceMemory>();
  slices[slot] = prototype.New(&memory_->arena);
  return *slices[slot];
}

void Row::drop_slices() {
  std::fill(slices.begin(), slices.end(), nullptr);
  if (memory_) memory_->arena.Reset();
}

std::size_t Row::slice_memory_bytes() const {
  if (!memory_) return 0;
  return sizeof(SliceMemory) - kFirstBlockBytes + memory_->arena.SpaceAllocated();
}

void Row::clear() {
  due_ms = kNever;
  clock_ms = kBeginning;
  drop_slices();
  kept.clear();
}

}  // namespace ebb
