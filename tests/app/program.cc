#include "tests/app/program.h"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

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
