#include "state/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <system_error>

namespace ebb {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout = "1";
constexpr mode_t kPrivate = 0600;  // rows are personal data

Status failed(const std::string& what, int error) {
  return Status::internal(what + ": " + std::strerror(error));
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return Status::ok();
}

// All or nothing, also when the machine stops: a half-written instance id would be another instance.
Status write_file(const std::string& dir, const std::string& name, std::string_view line) {
  const std::string path = dir + "/" + name, temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kPrivate);
  if (fd < 0) return failed("create " + temporary, errno);
  Status status = write_all(fd, std::string(line) + "\n");
  if (status && ::fsync(fd) != 0) status = failed("sync", errno);
  ::close(fd);
  if (status && std::rename(temporary.c_str(), path.c_str()) != 0) status = failed("rename", errno);
  if (!status) return status.with_context(path);
  const int dir_fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd < 0) return failed("open " + dir, errno);
  const bool synced = ::fsync(dir_fd) == 0;
  const int error = errno;
  ::close(dir_fd);
  return synced ? Status::ok() : failed("sync " + dir, error);
}

Result<int> lock(const std::string& path) {
  const std::string file = path + "/LOCK";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivate);
  if (fd < 0) return failed("open " + file, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    ::close(fd);
    if (error != EWOULDBLOCK) return failed("lock " + file, error);
    const std::string owner = first_line(file);
    return Status::unavailable("the state directory " + path + " is in use by process " +
                               (owner.empty() ? "(unknown)" : owner));
  }
  const Status written = ::ftruncate(fd, 0) == 0 ? write_all(fd, std::to_string(::getpid()) + "\n")
                                                 : failed("empty the file", errno);
  if (written) return fd;
  ::close(fd);
  return written.with_context(file);
}

Status check_layout(const std::string& path) {
  const std::string layout = first_line(path + "/layout");
  if (layout.empty()) return write_file(path, "layout", kLayout);
  if (layout == kLayout) return Status::ok();
  return Status::invalid("the state directory " + path + " has layout version " + layout +
                         ", this program knows " + std::string(kLayout));
}

std::string random_id() {
  std::random_device device;
  const std::uint32_t value = device();
  std::string id;
  for (int shift = 28; shift >= 0; shift -= 4) id += "0123456789abcdef"[value >> shift & 0xf];
  return id;
}

Result<std::string> kept_instance(const std::string& path) {
  std::string id = first_line(path + "/instance");
  if (!id.empty()) return id;
  id = random_id();
  EBB_TRY(write_file(path, "instance", id));
  return id;
}

}  // namespace

Result<std::unique_ptr<StateDir>> StateDir::open(const std::string& path, std::string_view instance) {
  std::error_code error;
  const bool is_new = fs::create_directories(path, error);
  if (is_new && !error) fs::permissions(path, fs::perms::owner_all, error);
  if (!error) fs::create_directory(path + "/tasks", error);
  if (error) return Status::internal("create " + path + ": " + error.message());
  EBB_ASSIGN(const int fd, lock(path));
  std::unique_ptr<StateDir> dir(new StateDir(path, fd));
  EBB_TRY(check_layout(path));
  if (instance.empty()) {
    EBB_ASSIGN(dir->instance_, kept_instance(path));
  } else {
    dir->instance_ = instance;
  }
  return dir;
}

StateDir::~StateDir() {
  ::close(lock_fd_);
}

std::string StateDir::task_dir(TaskId task) const {
  return path_ + "/tasks/" + std::to_string(task);
}

std::vector<TaskId> StateDir::kept_tasks() const {
  std::vector<TaskId> tasks;
  std::error_code error;
  for (fs::directory_iterator it(path_ + "/tasks", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    TaskId task = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), task);
    if (bad == std::errc() && stop == name.data() + name.size() && task >= 0) tasks.push_back(task);
  }
  std::sort(tasks.begin(), tasks.end());
  return tasks;
}

Status StateDir::remove_task(TaskId task) {
  std::error_code error;
  fs::remove_all(task_dir(task), error);
  return error ? Status::internal("remove " + task_dir(task) + ": " + error.message()) : Status::ok();
}

std::uint64_t StateDir::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(path_, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;  // compaction removes files meanwhile
    const bool regular = it->is_regular_file(gone);
    const std::uintmax_t size = regular && !gone ? it->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace ebb
