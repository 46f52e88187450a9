// ebb customer: all that a running ebb knows of one customer.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/customer_text.h"
#include "engine/app/exit_code.h"
#include "engine/app/loaded.h"
#include "engine/app/running_ebb.h"
#include "engine/http/forward.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

struct Options {
  std::string config;
  std::string id;
  std::string at;
  bool json = false;
};

int run_customer(const Options& options) {
  const auto loaded = load(options.config);
  if (!loaded) return kExitBadConfig;
  const std::string address = options.at.empty() ? loaded->config.http.listen : options.at;
  if (const Status found = find_running_ebb(address, loaded->config); !found) {
    complain(found.message() + (options.at.empty() ? "; --at HOST:PORT asks another one" : ""));
    return kExitUnavailable;
  }
  httplib::Client client("http://" + address);
  client.set_connection_timeout(3);
  client.set_read_timeout(15);
  const auto reply = client.Get("/v1/customers/" + encode_segment(options.id));
  if (!reply) {
    complain("the ebb at " + address + " doesn't answer");
    return kExitUnavailable;
  }
  const auto json = nlohmann::ordered_json::parse(reply->body, nullptr, false);
  if (reply->status != 200 || !json.is_object()) {
    complain(json.is_object() ? json.value("error", "no answer") : "no answer");
    return kExitUnavailable;
  }
  print(options.json ? reply->body
                     : customer_text(json, loaded->config.money.currency, Painter(Stream::kOut)));
  return kExitDone;
}

}  // namespace

void add_customer(CLI::App& app, Run* run) {
  auto options = std::make_shared<Options>();
  CLI::App* customer = app.add_subcommand("customer", "All that a running ebb knows of one customer");
  add_config_argument(*customer, &options->config);
  customer->add_option("ID", options->id, "The customer's id")->required()->type_name("");
  customer->add_option("--at", options->at, "Ask the ebb at HOST:PORT instead of the config's http.listen")
      ->type_name("HOST:PORT");
  customer->add_flag("--json", options->json, "As JSON, with everything");
  customer->footer(R"(
Any instance can be asked: it forwards to the one that has the customer. Answers are of committed state.
Exit code 69: nothing is known of this customer, or nobody answers.

Examples:
  ebb customer ebb.yaml c00042
  ebb customer ebb.yaml c00042 --json | jq .nodes)");
  customer->callback([options, run] { *run = [options] { return run_customer(*options); }; });
}

}  // namespace ebb::app
