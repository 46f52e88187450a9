#include "engine/app/output_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ebb::app {

Status make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Status::unavailable(path + ": can't make this folder: " + error.message());
  return Status::ok();
}

OutputFile::OutputFile(std::string path, std::FILE* file)
    : path_(std::move(path)), part_path_(path_ + ".part"), file_(file) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_path_(std::move(other.part_path_)),
      file_(std::exchange(other.file_, nullptr)) {}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::remove(part_path_.c_str());
}

Result<OutputFile> OutputFile::create(std::string path) {
  std::FILE* file = std::fopen((path + ".part").c_str(), "wb");
  if (file == nullptr) return Status::unavailable(path + ": can't write: " + std::strerror(errno));
  std::setvbuf(file, nullptr, _IOFBF, 1 << 18);
  return OutputFile(std::move(path), file);
}

Status OutputFile::error(std::string_view what) const {
  return Status::unavailable(path_ + ": " + std::string(what) + ": " + std::strerror(errno));
}

Status OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) return error("can't write");
  return Status::ok();
}

Status OutputFile::commit() {
  const int closed = std::fclose(std::exchange(file_, nullptr));
  if (closed != 0 || std::rename(part_path_.c_str(), path_.c_str()) != 0) {
    Status status = error("can't finish");
    std::remove(part_path_.c_str());
    return status;
  }
  return Status::ok();
}

}  // namespace ebb::app
