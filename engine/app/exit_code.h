// The exit codes of `ebb`, as in sysexits.h. They are a contract with scripts and service managers.
#pragma once

#include "engine/base/status.h"

namespace ebb::app {

enum ExitCode : int {
  kExitDone = 0,
  kExitUsage = 64,        // the command line is wrong
  kExitBadData = 65,      // the input can't be used
  kExitUnavailable = 69,  // something that it needs is not there: a file, a broker, a lock, a port, room
  kExitBug = 70,          // a bug of Ebb's
  kExitBadConfig = 78,    // the config file is wrong
};

inline ExitCode exit_code_of(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return kExitDone;
    case Code::kInvalid:
      return kExitBadData;
    case Code::kNotFound:
    case Code::kUnavailable:
    case Code::kFenced:
    case Code::kFull:
      return kExitUnavailable;
    case Code::kInternal:
      return kExitBug;
  }
  return kExitBug;
}

}  // namespace ebb::app
