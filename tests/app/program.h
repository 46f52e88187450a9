// Runs the built program as a user does.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace ebb::app {

struct Outcome {
  int code = -1;  // exit code; -1: died by a signal
  std::string out;
  std::string err;
};

// Runs "ebb <args>" by the shell (so quote as a shell needs it) and waits for it.
Outcome run_program(const std::string& args);

// "ebb <args>" in the background, killed at the end if it still runs. Its log is read as it comes.
class Background {
 public:
  explicit Background(const std::vector<std::string>& args);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Waits for the next line of its stderr that holds the text, and returns it; empty: it ended without one.
  std::string wait_for(const std::string& text);
  void signal(int number);
  // Waits until it has ended: its exit code, or -1 if a signal ended it.
  int wait();

 private:
  int pid_ = -1;
  std::FILE* log_ = nullptr;
};

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
