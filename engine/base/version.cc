#include "engine/base/version.h"

namespace ebb {

std::string version() {
  return EBB_VERSION;
}

}  // namespace ebb
