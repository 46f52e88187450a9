// Everything known of one customer, decoded: the envelope and one slice per stateful operator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/types.h"

namespace google::protobuf {
class Arena;
class Message;
}  // namespace google::protobuf

namespace ebb {

// Which slices a topology's rows have. Immutable once built; outlives all rows and stores made with it.
class RowSchema {
 public:
  // A slice is known by its node's name; the id is what stands in the bytes.
  struct Slot {
    std::string name;
    std::uint32_t id = 0;
    const google::protobuf::Message* prototype = nullptr;  // not owned: a generated default instance
  };

  // Adds a slice and returns its slot. REQUIRES: id_of(name) collides with no slot's (whoever builds checks).
  int add(std::string name, const google::protobuf::Message* prototype);
  static std::uint32_t id_of(std::string_view name);

  const std::vector<Slot>& slots() const { return slots_; }
  int slot_of(std::uint32_t id) const;  // -1: none

 private:
  std::vector<Slot> slots_;
};

// Owned by a TaskStore; used on its worker's thread only.
struct Row {
  // A customer's id has no control characters, so this key is free: the row with what the customers of a task
  // have in common. It lives as all rows do.
  static constexpr std::string_view kShared = "\x01shared";

  Row();
  ~Row();
  Row(Row&&) noexcept;
  Row& operator=(Row&&) noexcept;

  std::string customer;
  TimeMs due_ms = kNever;            // when some operator wants to be woken; kNever = not at all
  TimeMs clock_ms = kBeginning;      // the latest time for which this row was judged: events and timers
  TimeMs erased_at_ms = kBeginning;  // events at or before it count as erased; kBeginning = never erased

  // By slot of the schema; null while the customer has nothing there. They live in the row's arena: one
  // piece of memory for a row as customers mostly are, so that judging it touches few cache lines.
  std::vector<google::protobuf::Message*> slices;
  // Slices of nodes that this topology doesn't have, kept byte for byte: (id, bytes).
  std::vector<std::pair<std::uint32_t, std::string>> kept;

  // An empty slice in a slot that has none.
  google::protobuf::Message& make_slice(std::size_t slot, const google::protobuf::Message& prototype);
  // No slot has a slice any more; their memory is used again.
  void drop_slices();
  // What the slices take, strings too long for their objects left out. What a slice lets go is taken until
  // the slices are dropped.
  std::size_t slice_memory_bytes() const;
  // Where they begin, or null: to fetch it ahead.
  const void* slice_memory() const { return memory_.get(); }

  // Forgets everything but the customer's id and erased_at_ms.
  void clear();

 private:
  struct SliceMemory;
  std::unique_ptr<SliceMemory> memory_;  // made with the first slice
};

}  // namespace ebb
