// Asks the instance that has a customer.
#pragma once

#include <string>

#include "engine/base/types.h"

namespace ebb {

// Marks a request that comes from another instance, so that it is not sent on once more.
inline constexpr char kForwardedHeader[] = "Ebb-Forwarded";

struct ForwardedReply {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// GET http://address/v1/customers/ID.
ForwardedReply forward_customer(const std::string& address, const std::string& id, DurationMs timeout_ms);

// Percent-encodes what may not stand in a path's segment.
std::string encode_segment(const std::string& text);

}  // namespace ebb
