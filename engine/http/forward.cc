#include "engine/http/forward.h"

#include "fmt/format.h"
#include "httplib.h"

namespace ebb {

std::string encode_segment(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

ForwardedReply forward_customer(const std::string& address, const std::string& id, DurationMs timeout_ms) {
  httplib::Client client("http://" + address);
  const auto seconds = static_cast<time_t>(timeout_ms / kSecondMs);
  const auto micros = static_cast<time_t>(timeout_ms % kSecondMs * 1000);
  client.set_connection_timeout(seconds, micros);
  client.set_read_timeout(seconds, micros);
  client.set_write_timeout(seconds, micros);
  const auto result = client.Get("/v1/customers/" + encode_segment(id), {{kForwardedHeader, "1"}});
  if (!result) return {};
  return {result->status, result->body};
}

}  // namespace ebb
