#include "engine/files/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ebb {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

Result<std::shared_ptr<const InputFile>> InputFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const std::string message = fmt::format("{}: {}", path, std::strerror(errno));
    return errno == ENOENT ? Status::not_found(message) : Status::invalid(message);
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return Status::invalid(path + ": not a regular file");
  }
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::shared_ptr<const InputFile>(new InputFile(path, fd, static_cast<std::uint64_t>(info.st_size)));
}

InputFile::InputFile(std::string path, int fd, std::uint64_t size_bytes)
    : path_(std::move(path)), fd_(fd), size_bytes_(size_bytes) {}

InputFile::~InputFile() {
  ::close(fd_);
}

Result<std::size_t> InputFile::read_at(std::uint64_t offset, char* out, std::size_t n) const {
  if (offset >= size_bytes_) return std::size_t{0};
  n = static_cast<std::size_t>(std::min<std::uint64_t>(n, size_bytes_ - offset));
  while (true) {
    const ssize_t got = ::pread(fd_, out, n, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return Status::internal(fmt::format("{}: {}", path_, std::strerror(errno)));
  }
}

Result<std::unique_ptr<EventFile>> EventFile::open(const std::string& path, std::size_t max_line_bytes) {
  EBB_ASSIGN(std::shared_ptr<const InputFile> file, InputFile::open(path));
  return std::make_unique<EventFile>(std::move(file), max_line_bytes);
}

EventFile::EventFile(std::shared_ptr<const InputFile> file, std::size_t max_line_bytes)
    : file_(std::move(file)), max_line_bytes_(max_line_bytes) {}

Result<bool> EventFile::next(EventLine* out) {
  while (true) {
    EBB_ASSIGN(const bool found, next_raw(out));
    if (!found) return false;
    if (out->truncated) return true;
    if (out->text.ends_with('\r')) out->text.remove_suffix(1);
    if (out->number == 1 && out->text.starts_with(kByteOrderMark))
      out->text.remove_prefix(kByteOrderMark.size());
    out->bytes = out->text.size();
    if (!is_blank(out->text)) return true;
  }
}

// A line as it stands between two LFs.
Result<bool> EventFile::next_raw(EventLine* out) {
  std::size_t searched = 0;
  while (true) {
    const std::string_view have(buffer_.data() + begin_, end_ - begin_);
    const std::size_t newline = have.find('\n', searched);
    const bool complete = newline != std::string_view::npos;
    const std::size_t length = complete ? newline : have.size();
    const bool ends_in_cr = length > 0 && have[length - 1] == '\r';
    if (length > max_line_bytes_ + 1 || (length > max_line_bytes_ && (complete || eof_) && !ends_in_cr)) {
      return next_long(out);
    }
    if (complete || (eof_ && length > 0)) {
      *out = {.text = have.substr(0, length), .number = ++number_, .bytes = length};
      begin_ += length + (complete ? 1 : 0);
      return true;
    }
    if (eof_) return false;
    searched = have.size();
    EBB_TRY(read_more());
  }
}

// The line at begin_ is longer than the limit: keeps its first bytes at the front of the buffer and passes
// over the others.
Result<bool> EventFile::next_long(EventLine* out) {
  buffer_.erase(0, begin_);
  end_ -= begin_;
  begin_ = max_line_bytes_;
  std::uint64_t bytes = max_line_bytes_;
  while (true) {
    const std::string_view have(buffer_.data() + begin_, end_ - begin_);
    const std::size_t newline = have.find('\n');
    if (newline != std::string_view::npos) {
      bytes += newline;
      begin_ += newline + 1;
      break;
    }
    bytes += have.size();
    end_ = begin_ = max_line_bytes_;
    if (eof_) break;
    buffer_.resize(std::max(buffer_.size(), max_line_bytes_ + kReadBytes));
    EBB_ASSIGN(const std::size_t got, file_->read_at(offset_, buffer_.data() + end_, buffer_.size() - end_));
    end_ += got;
    offset_ += got;
    eof_ = got == 0;
  }
  *out = {.text = std::string_view(buffer_.data(), max_line_bytes_),
          .number = ++number_,
          .bytes = bytes,
          .truncated = true};
  return true;
}

// Makes room behind what is there and fills it.
Status EventFile::read_more() {
  const std::size_t have = end_ - begin_;
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, have);
  begin_ = 0;
  end_ = have;
  if (buffer_.size() < have + kReadBytes / 2) buffer_.resize(std::max(kReadBytes, 2 * have));
  EBB_ASSIGN(const std::size_t got, file_->read_at(offset_, buffer_.data() + end_, buffer_.size() - end_));
  end_ += got;
  offset_ += got;
  eof_ = got == 0;
  return Status::ok();
}

}  // namespace ebb
