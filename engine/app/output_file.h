// A file that is there whole or not at all: written beside its place, moved there at the end.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace ebb::app {

// Makes the folder and those above it. Errors: kUnavailable.
Status make_directory(const std::string& path);

// Movable. Errors of all calls: kUnavailable (no room, no right), with path and reason.
class OutputFile {
 public:
  static Result<OutputFile> create(std::string path);
  // Removes what was written unless commit() has succeeded.
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;

  Status write(std::string_view text);
  // Everything is on its way to disk and the file at its place.
  Status commit();

 private:
  OutputFile(std::string path, std::FILE* file);
  Status error(std::string_view what) const;

  std::string path_;
  std::string part_path_;
  std::FILE* file_;
};

}  // namespace ebb::app
