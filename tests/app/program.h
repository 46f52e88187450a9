// Runs the built program as a user does.
#pragma once

#include <string>

namespace ebb::app {

struct Outcome {
  int code = -1;  // exit code; -1: died by a signal
  std::string out;
  std::string err;
};

// Runs "ebb <args>" by the shell (so quote as a shell needs it) and waits for it.
Outcome run_program(const std::string& args);

// A fresh folder, removed at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace ebb::app
