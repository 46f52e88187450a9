#include "tests/app/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace ebb::app {

Outcome run_program(const std::string& args) {
  const TempDir dir;
  const std::string command =
      std::string(EBB_BINARY) + " " + args + " >" + dir.file("out") + " 2>" + dir.file("err");
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.out = read_file(dir.file("out"));
  outcome.err = read_file(dir.file("err"));
  return outcome;
}

Background::Background(const std::vector<std::string>& args) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<char*> argv = {const_cast<char*>(EBB_BINARY)};
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], STDERR_FILENO);
    execv(EBB_BINARY, argv.data());
    _exit(127);
  }
  close(ends[1]);
  log_ = fdopen(ends[0], "r");
}

Background::~Background() {
  if (pid_ > 0) {
    signal(SIGKILL);
    wait();
  }
  std::fclose(log_);
}

std::string Background::wait_for(const std::string& text) {
  char* line = nullptr;
  std::size_t size = 0;
  std::string found;
  while (found.empty() && getline(&line, &size, log_) > 0) {
    if (std::string(line).find(text) != std::string::npos) found = line;
  }
  std::free(line);
  return found;
}

void Background::signal(int number) {
  kill(pid_, number);
}

int Background::wait() {
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TempDir::TempDir() {
  std::string path = (std::filesystem::temp_directory_path() / "ebb-app-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = path;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace ebb::app
