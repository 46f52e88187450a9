// Tells a service manager how the daemon is, by systemd's protocol: datagrams to the socket that
// NOTIFY_SOCKET names (sd_notify(3)). Does nothing where there is none.
#pragma once

#include <string_view>

#include "engine/base/types.h"

namespace ebb::app {

// Thread-safety: none.
class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET and WATCHDOG_USEC.
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  void ready() { send("READY=1"); }
  void reloading();
  void stopping() { send("STOPPING=1"); }
  // One line for people: `systemctl status` shows it.
  void say(std::string_view status);
  // Call often while all is well: it reports so at half the time that the manager waits for it.
  void alive();

 private:
  void send(std::string_view message) const;

  int socket_ = -1;  // connected; -1: nobody asks
  DurationMs every_ms_ = 0;
  TimeMs next_ms_ = 0;
};

}  // namespace ebb::app
