// ebb run as a daemon on the embedded log: HTTP in and out, signals.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "nlohmann/json.hpp"
#include "tests/app/program.h"

namespace ebb::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// A daemon that is up: all its tasks run.
class Daemon {
 public:
  explicit Daemon(const std::string& logging = "") {
    write_file(config_, "name: shop\npartitions: 2\nlog:\n  embedded: {dir: " + dir_.file("log") +
                            "}\nstate: {dir: " + dir_.file("state") +
                            "}\nsources:\n  purchases:\n  feedback:\nhttp: {listen: \"127.0.0.1:0\"}\n" +
                            logging);
    process_ = std::make_unique<Background>(std::vector<std::string>{"run", config_});
    const std::string line = process_->wait_for("HTTP at ");
    address_ = line.substr(line.rfind(' ') + 1);
    address_.resize(address_.find_first_not_of("0123456789.:"));
  }

  // By asking until it is so.
  void wait_until_ready() {
    auto http = client();
    while (true) {
      const auto reply = http.Get("/readyz");
      if (reply && reply->status == 200) return;
    }
  }

  // By asking until a line of /metrics is this one.
  void wait_for_metric(const std::string& line) {
    auto http = client();
    while (http.Get("/metrics")->body.find("\n" + line + "\n") == std::string::npos) {
    }
  }

  httplib::Client client() const { return httplib::Client("http://" + address_); }
  Background& process() { return *process_; }
  const std::string& config() const { return config_; }
  const std::string& address() const { return address_; }

 private:
  TempDir dir_;
  const std::string config_ = dir_.file("shop.yaml");
  std::unique_ptr<Background> process_;
  std::string address_;
};

std::string purchase(const std::string& id, const std::string& customer, int day) {
  char text[300];
  std::snprintf(text, sizeof text,
                R"({"eventId":"%s","customerId":"%s","eventTime":"2026-01-%02dT10:00:00Z",)"
                R"("purchase":{"amount":{"currencyCode":"USD","minorUnits":"1250"}}})",
                id.c_str(), customer.c_str(), day);
  return text;
}

// Asks until the customer has so many purchases: what was posted is durable at once and judged a moment
// later.
json customer_with(Daemon& daemon, const std::string& id, int purchases) {
  auto http = daemon.client();
  while (true) {
    const auto reply = http.Get("/v1/customers/" + id);
    if (!reply) return {};
    const json view = json::parse(reply->body);
    for (const json& node : view.value("nodes", json::array())) {
      if (node["measures"].value("purchases", 0.0) == purchases) return view;
    }
  }
}

TEST(DaemonTest, WhatIsPostedIsJudgedAndEveryRefusalNamed) {
  Daemon daemon;
  daemon.wait_until_ready();
  auto http = daemon.client();
  const std::string good = purchase("e1", "c1", 1) + "\n" + purchase("e2", "c1", 5);
  EXPECT_EQ(http.Post("/v1/events/purchases", good, "application/x-ndjson")->status, 200);
  const auto mixed = http.Post("/v1/events/purchases",
                               "[" + purchase("e3", "c1", 9) + R"(,{"eventId":"e4"}])", "application/json");
  EXPECT_EQ(mixed->status, 207);
  EXPECT_EQ(json::parse(mixed->body)["refused"][0]["index"], 1);
  const json view = customer_with(daemon, "c1", 3);
  EXPECT_EQ(view["customerId"], "c1");
  EXPECT_THAT(http.Get("/metrics")->body,
              HasSubstr("ebb_records_total{source=\"purchases\",fate=\"applied\"} 3"));

  const Outcome words = run_program("customer " + daemon.config() + " c1 --at " + daemon.address());
  EXPECT_EQ(words.code, 0) << words.err;
  EXPECT_THAT(words.out, HasSubstr("3 purchases for 37.50 USD"));
  EXPECT_EQ(run_program("customer " + daemon.config() + " nobody --at " + daemon.address()).code, 69);
  const TempDir other;
  std::string text = read_file(daemon.config());
  text.replace(text.find("shop"), 4, "mine");
  write_file(other.file("mine.yaml"), text);
  const Outcome wrong = run_program("customer " + other.file("mine.yaml") + " c1 --at " + daemon.address());
  EXPECT_EQ(wrong.code, 69);
  EXPECT_THAT(wrong.err, HasSubstr("is \"shop\", and " + other.file("mine.yaml") + " is \"mine\""));
}

TEST(DaemonTest, StopsCleanlyAndGoesOnWhereItWas) {
  Daemon daemon;
  daemon.wait_until_ready();
  auto http = daemon.client();
  ASSERT_EQ(http.Post("/v1/events/purchases", purchase("e1", "c1", 1), "application/json")->status, 200);
  customer_with(daemon, "c1", 1);
  // A second process can't have the same state.
  const Outcome second = run_program("run " + daemon.config());
  EXPECT_EQ(second.code, 69);
  daemon.process().signal(SIGTERM);
  EXPECT_EQ(daemon.process().wait(), 0);

  const Outcome again = run_program("run --until-end " + daemon.config());
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("applied 1,"));
}

TEST(DaemonTest, ReadsTheLoggingAgainAndKeepsTheOldWhenTheNewIsWrong) {
  Daemon daemon;
  daemon.wait_until_ready();
  const std::string text = read_file(daemon.config());
  write_file(daemon.config(), text + "logging: {levle: debug}\n");
  daemon.process().signal(SIGHUP);
  EXPECT_THAT(daemon.process().wait_for("SIGHUP"), HasSubstr("everything stays as it was"));
  daemon.wait_for_metric("ebb_config_last_reload_successful 0");
  write_file(daemon.config(), text + "logging: {format: json}\n");
  daemon.process().signal(SIGHUP);
  const std::string line = daemon.process().wait_for("SIGHUP");
  EXPECT_EQ(json::parse(line)["level"], "info");
  daemon.wait_for_metric("ebb_config_last_reload_successful 1");
}

// The end of systemd's notification protocol that listens.
class NotifySocket {
 public:
  NotifySocket() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = dir_.file("notify");
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    setenv("WATCHDOG_USEC", "200000", 1);
  }
  ~NotifySocket() {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    close(fd_);
  }
  // The next message that begins so; others before it are passed over.
  std::string wait_for(const std::string& beginning) const {
    char text[512];
    while (true) {
      const ssize_t size = recv(fd_, text, sizeof text, 0);
      if (size < 0) return "";
      if (const std::string message(text, static_cast<std::size_t>(size)); message.starts_with(beginning))
        return message;
    }
  }

 private:
  TempDir dir_;
  const int fd_;
};

TEST(DaemonTest, TellsTheServiceManagerHowItIs) {
  const NotifySocket manager;
  Daemon daemon;
  EXPECT_EQ(manager.wait_for("READY"), "READY=1");
  EXPECT_EQ(manager.wait_for("WATCHDOG"), "WATCHDOG=1");
  daemon.process().signal(SIGHUP);
  EXPECT_THAT(manager.wait_for("RELOADING"), HasSubstr("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(manager.wait_for("READY"), "READY=1");
  daemon.process().signal(SIGTERM);
  EXPECT_EQ(manager.wait_for("STOPPING"), "STOPPING=1");
  EXPECT_EQ(daemon.process().wait(), 0);
}

TEST(DaemonTest, AlertsStreamAsTheyCome) {
  Daemon daemon;
  daemon.wait_until_ready();
  std::string body;
  for (int day = 1; day <= 20; ++day) body += purchase("e" + std::to_string(day), "c1", day) + "\n";
  // Half a year of silence: the wall clock is far past these purchases.
  ASSERT_EQ(daemon.client().Post("/v1/events/purchases", body, "application/x-ndjson")->status, 200);
  ASSERT_EQ(daemon.client()
                .Post("/v1/events/feedback",
                      R"({"eventId":"f1","customerId":"c1","eventTime":"2026-01-20T10:00:00Z",)"
                      R"("feedback":{"rating":{"value":1,"min":1,"max":5}}})",
                      "application/json")
                ->status,
            200);
  std::string stream;
  daemon.client().Get("/v1/alerts?from=start", [&stream](const char* data, std::size_t size) {
    stream.append(data, size);
    return stream.find("\n\n") == std::string::npos;
  });
  EXPECT_THAT(stream, HasSubstr("event: alert\ndata: {\"alertId\":"));
  EXPECT_THAT(stream, HasSubstr("\"customerId\":\"c1\""));
}

}  // namespace
}  // namespace ebb::app
