#include "tests/kafka/own_broker.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ebb::test {

OwnBroker::OwnBroker() {
  std::string pattern = (std::filesystem::temp_directory_path() / "ebb-broker-XXXXXX").string();
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  dir_ = pattern;
  start();
}

OwnBroker::~OwnBroker() {
  ops_kafka("down --wipe");
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void OwnBroker::freeze() const {
  ::kill(pid(), SIGSTOP);
}

void OwnBroker::thaw() const {
  ::kill(pid(), SIGCONT);
}

void OwnBroker::kill_9() const {
  ops_kafka("kill");
}

void OwnBroker::start() {
  const std::string answer = ops_kafka("up");
  const std::size_t at = answer.find("brokers=");
  ASSERT_NE(at, std::string::npos) << answer;
  brokers_ = answer.substr(at + 8, answer.find('\n', at) - at - 8);
}

std::string OwnBroker::ops_kafka(const std::string& command) const {
  const std::string line = std::string(EBB_OPS_KAFKA) + " --dir " + dir_ + " " + command;
  std::FILE* const pipe = ::popen(line.c_str(), "r");
  std::string output;
  std::array<char, 256> bytes;
  while (std::fgets(bytes.data(), bytes.size(), pipe)) output += bytes.data();
  EXPECT_EQ(::pclose(pipe), 0) << line;
  return output;
}

pid_t OwnBroker::pid() const {
  pid_t pid = 0;
  std::ifstream(dir_ + "/pid") >> pid;
  EXPECT_GT(pid, 0);
  return pid;
}

}  // namespace ebb::test
