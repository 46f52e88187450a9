// Files of events: JSON lines, one event a line.
//
// A line ends with LF or CR LF; the last one need not. Blank lines (nothing but spaces and tabs) are not
// events and are passed over, but counted as lines; a byte order mark at the start is passed over too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace ebb {

// As EngineConfig::max_record_bytes by default; a line that an event fits in.
inline constexpr std::size_t kDefaultMaxLineBytes = std::size_t{1} << 20;

struct EventLine {
  std::string_view text;     // without the line's end; cut to the limit
  std::uint64_t number = 0;  // from 1
  std::uint64_t bytes = 0;   // of the whole line without its end
  bool truncated = false;
};

// An open file that any number of EventFiles read, each at its own place. Thread-safety: any thread.
class InputFile {
 public:
  // Errors: kNotFound; kInvalid no file that can be read at any place.
  static Result<std::shared_ptr<const InputFile>> open(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // Up to n bytes; 0 at the end, which is where it was when the file was opened.
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t n) const;
  std::uint64_t size_bytes() const { return size_bytes_; }
  const std::string& path() const { return path_; }

 private:
  InputFile(std::string path, int fd, std::uint64_t size_bytes);
  const std::string path_;
  const int fd_;
  const std::uint64_t size_bytes_;
};

// Reads a file line by line in memory bounded by the limit of a line. One thread.
class EventFile {
 public:
  static Result<std::unique_ptr<EventFile>> open(const std::string& path,
                                                 std::size_t max_line_bytes = kDefaultMaxLineBytes);
  explicit EventFile(std::shared_ptr<const InputFile> file,
                     std::size_t max_line_bytes = kDefaultMaxLineBytes);

  // The next line, valid until the call after; false at the end of the file. Errors: kInternal, the disk.
  Result<bool> next(EventLine* out);

  // How far it has read, for progress.
  std::uint64_t position_bytes() const { return offset_ - (end_ - begin_); }
  std::uint64_t size_bytes() const { return file_->size_bytes(); }

 private:
  Status read_more();
  Result<bool> next_raw(EventLine* out);
  Result<bool> next_long(EventLine* out);

  const std::shared_ptr<const InputFile> file_;
  const std::size_t max_line_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what is in the buffer and not handed out
  std::uint64_t offset_ = 0;         // in the file, of end_
  std::uint64_t number_ = 0;
  bool eof_ = false;
};

}  // namespace ebb
