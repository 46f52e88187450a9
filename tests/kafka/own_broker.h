// A broker of the test's own, to be frozen and killed.
#pragma once

#include <sys/types.h>

#include <string>

namespace ebb::test {

class OwnBroker {
 public:
  OwnBroker();
  ~OwnBroker();  // stops it and forgets its data
  OwnBroker(const OwnBroker&) = delete;
  OwnBroker& operator=(const OwnBroker&) = delete;

  const std::string& brokers() const { return brokers_; }
  // From any thread.
  void freeze() const;
  void thaw() const;
  void kill_9() const;
  // Same port, same data; for one that was killed.
  void start();

 private:
  std::string ops_kafka(const std::string& command) const;
  pid_t pid() const;

  std::string dir_;
  std::string brokers_;
};

}  // namespace ebb::test
