#include "config/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace ebb {

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return Status::not_found(std::strerror(errno));
  std::string bytes;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file.get())) {
    bytes.append(buffer, got);
    if (bytes.size() > max_bytes) {
      return Status::invalid(fmt::format("it is larger than {} bytes", max_bytes));
    }
  }
  if (std::ferror(file.get())) return Status::not_found(std::strerror(errno));
  return bytes;
}

}  // namespace ebb
