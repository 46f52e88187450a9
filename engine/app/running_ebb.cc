#include "engine/app/running_ebb.h"

#include "fmt/format.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

namespace ebb::app {

Status find_running_ebb(const std::string& address, const Config& config) {
  httplib::Client client("http://" + address);
  client.set_connection_timeout(3);
  client.set_read_timeout(15);
  const auto reply = client.Get("/v1/status");
  if (!reply) {
    return Status::unavailable("no ebb answers at " + address + "; is \"ebb run " + config.path +
                               "\" running?");
  }
  const auto status = nlohmann::json::parse(reply->body, nullptr, false);
  if (reply->status != 200 || !status.is_object())
    return Status::unavailable("what answers at " + address + " is no ebb");
  const std::string name = status.value("name", "");
  if (name == config.name) return Status::ok();
  return Status::unavailable(
      fmt::format("the ebb at {} is \"{}\", and {} is \"{}\"; http.listen says where it is", address, name,
                  config.path, config.name));
}

}  // namespace ebb::app
