// The directory in which a process keeps what it may lose, but would rather not: one RocksDB per task and its
// own name. One process at a time has it.
//
//   LOCK       held with flock(2) while in use; says the owner's process id
//   layout     version of this layout, 1
//   instance   the instance id, made once
//   tasks/N    of task N, see task_store.h
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace ebb {

// Thread-safety: immutable once open; methods may be called from any thread.
class StateDir {
 public:
  // Makes and locks it. instance: the id that the config gives; empty: the one kept here, made at random the
  // first time. Errors: kUnavailable when another process has it, kInvalid for a layout of another version,
  // kInternal for a disk that can't be written.
  static Result<std::unique_ptr<StateDir>> open(const std::string& path, std::string_view instance);
  // Unlocks. REQUIRES: its stores are closed.
  ~StateDir();
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;

  const std::string& path() const { return path_; }
  const std::string& instance() const { return instance_; }
  std::string task_dir(TaskId task) const;
  // The tasks of which something is kept here, ascending.
  std::vector<TaskId> kept_tasks() const;
  // REQUIRES: its store is not open.
  Status remove_task(TaskId task);
  // Of all files; walks the directory.
  std::uint64_t bytes_on_disk() const;

 private:
  StateDir(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  const std::string path_;
  const int lock_fd_;
  std::string instance_;
};

}  // namespace ebb
