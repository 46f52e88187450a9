#include "engine/app/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "engine/base/clock.h"
#include "fmt/format.h"

namespace ebb::app {
namespace {

// '@' at the front stands for a name that is no file. -1: it can't be had.
int connect_to(std::string_view name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@'))
    return -1;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

ServiceManager::ServiceManager() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name != nullptr) socket_ = connect_to(name);
  const char* usec = std::getenv("WATCHDOG_USEC");
  std::int64_t period_us = 0;
  if (usec != nullptr) std::from_chars(usec, usec + std::strlen(usec), period_us);
  every_ms_ = period_us / 1000 / 2;
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) close(socket_);
}

void ServiceManager::reloading() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceManager::say(std::string_view status) {
  send(fmt::format("STATUS={}", status));
}

void ServiceManager::alive() {
  if (every_ms_ <= 0 || system_clock().steady_ms() < next_ms_) return;
  next_ms_ = system_clock().steady_ms() + every_ms_;
  send("WATCHDOG=1");
}

void ServiceManager::send(std::string_view message) const {
  // A manager that doesn't listen is no reason to stop.
  if (socket_ >= 0) (void)::send(socket_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace ebb::app
