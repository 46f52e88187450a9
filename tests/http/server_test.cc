#include "engine/http/server.h"

#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/http/events_body.h"
#include "engine/http/forward.h"
#include "engine/http/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "nlohmann/json.hpp"
#include "prometheus/counter.h"
#include "prometheus/registry.h"

namespace ebb {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

// Ten alerts, numbered from 0; then quiet.
class TenAlerts final : public AlertStream {
 public:
  explicit TenAlerts(int next) : next_(next) {}
  Result<StreamedAlert> next(DurationMs) override {
    if (next_ == 10) {
      std::this_thread::yield();
      return StreamedAlert{};
    }
    const std::string n = std::to_string(next_++);
    return StreamedAlert{n, "{\"n\":" + n + "}"};
  }

 private:
  int next_;
};

struct Fixture {
  explicit Fixture(HttpServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    endpoints.readiness = [this] { return checks; };
    endpoints.customer = [this](const std::string& id) {
      const auto it = customers.find(id);
      return it == customers.end() ? CustomerReply{} : it->second;
    };
    endpoints.post = [](const std::string& source, const std::vector<PostedEvent>& events) {
      return post(source, events);
    };
    endpoints.status = [] { return std::string("{}\n"); };
    endpoints.alerts = [](const AlertsFrom& from) -> Result<std::unique_ptr<AlertStream>> {
      if (from.after == "rubbish") return Status::invalid("no such id");
      const int next = !from.after.empty() ? std::stoi(from.after) + 1
                       : from.start        ? 0
                                           : 10 - static_cast<int>(from.last);
      return std::unique_ptr<AlertStream>(std::make_unique<TenAlerts>(next));
    };
    endpoints.metrics = [] { return std::string("ebb_up 1\n"); };
    auto started = HttpServer::start(options, endpoints);
    EXPECT_TRUE(started.is_ok()) << started.status().message();
    server = std::move(started).value();
  }

  // Refuses events that say "bad".
  static Result<PostReply> post(const std::string& source, const std::vector<PostedEvent>& events) {
    if (source != "purchases") return Status::not_found("there is no source \"" + source + "\"");
    PostReply reply;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].value.find("bad") == std::string::npos) {
        ++reply.accepted;
      } else {
        reply.refused.push_back({i, "missing_field", "customer_id", "expected an id"});
      }
    }
    return reply;
  }

  httplib::Client client() const { return httplib::Client("http://" + server->address()); }

  std::vector<HealthCheck> checks;
  std::map<std::string, CustomerReply> customers;
  HttpEndpoints endpoints;
  std::unique_ptr<HttpServer> server;
};

TEST(HttpServerTest, HealthSaysWhatIsWrongWhenAsked) {
  Fixture f;
  auto client = f.client();
  EXPECT_EQ(client.Get("/livez")->status, 200);
  EXPECT_EQ(client.Get("/readyz")->status, 200);
  f.checks = {{"log", true, ""}, {"restore", false, "task 3 at 40 %"}};
  EXPECT_EQ(client.Get("/readyz")->status, 503);
  const auto verbose = client.Get("/readyz?verbose");
  EXPECT_EQ(verbose->status, 503);
  EXPECT_THAT(verbose->body, HasSubstr("[+]log ok\n[-]restore failed: task 3 at 40 %\n"));
  EXPECT_EQ(client.Get("/livez")->status, 200);
}

TEST(HttpServerTest, WhatIsNotThereIs404) {
  Fixture f;
  auto client = f.client();
  EXPECT_EQ(client.Get("/v2")->status, 404);
  EXPECT_EQ(client.Get("/v1/events/purchases")->status, 404);
  EXPECT_EQ(json::parse(client.Get("/nope")->body)["error"], "nothing at /nope");
  EXPECT_EQ(client.Get("/metrics")->body, "ebb_up 1\n");
}

TEST(HttpServerTest, TwoServersCantHaveTheSamePort) {
  Fixture f;
  HttpServerOptions options;
  options.listen = f.server->address();
  const auto second = HttpServer::start(options, {});
  ASSERT_FALSE(second.is_ok());
  EXPECT_EQ(second.status().code(), Code::kUnavailable);
  options.listen = "here";
  EXPECT_EQ(HttpServer::start(options, {}).status().code(), Code::kInvalid);
}

TEST(HttpServerTest, CustomersAreFoundByAnyId) {
  Fixture f;
  const std::string id = "a/b c\xc3\xa9%?";
  f.customers[id] = {CustomerReply::Kind::kFound, "{\"who\":1}", "", ""};
  f.customers["slow"] = {CustomerReply::Kind::kNotNow, "", "", "restoring"};
  auto client = f.client();
  const auto found = client.Get("/v1/customers/" + encode_segment(id));
  EXPECT_EQ(found->status, 200);
  EXPECT_EQ(found->body, "{\"who\":1}");
  EXPECT_EQ(client.Get("/v1/customers/nobody")->status, 404);
  EXPECT_EQ(client.Get("/v1/customers/slow")->status, 503);
}

TEST(HttpServerTest, AsksTheInstanceThatHasTheCustomerOnceOnly) {
  Fixture owner;
  Fixture other;
  owner.customers["c1"] = {CustomerReply::Kind::kFound, "{}", "", ""};
  owner.customers["lost"] = {CustomerReply::Kind::kElsewhere, "", other.server->address(), ""};
  for (const char* id : {"c1", "c2", "lost"}) {
    other.customers[id] = {CustomerReply::Kind::kElsewhere, "", owner.server->address(), ""};
  }
  other.customers["gone"] = {CustomerReply::Kind::kElsewhere, "", "127.0.0.1:1", ""};
  auto client = other.client();
  EXPECT_EQ(client.Get("/v1/customers/c1")->status, 200);
  EXPECT_EQ(client.Get("/v1/customers/c2")->status, 404);
  EXPECT_EQ(client.Get("/v1/customers/lost")->status, 503);
  EXPECT_EQ(client.Get("/v1/customers/gone")->status, 503);
}

TEST(HttpServerTest, PostSaysWhichEventsWereRefusedAndWhy) {
  Fixture f;
  auto client = f.client();
  const auto all = client.Post("/v1/events/purchases", "[{\"a\":1},{\"a\":2}]", "application/json");
  EXPECT_EQ(all->status, 200);
  EXPECT_EQ(json::parse(all->body), json::parse(R"({"accepted":2,"refused":[]})"));
  const auto some = client.Post("/v1/events/purchases", "{\"a\":1}\n{\"bad\":2}\n", "application/x-ndjson");
  EXPECT_EQ(some->status, 207);
  const json refused = json::parse(some->body)["refused"];
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0]["index"], 1);
  EXPECT_EQ(refused[0]["reason"], "missing_field");
  EXPECT_EQ(client.Post("/v1/events/purchases", "{\"bad\":1}", "application/json")->status, 422);
  EXPECT_EQ(client.Post("/v1/events/nope", "{}", "application/json")->status, 404);
  EXPECT_EQ(client.Post("/v1/events/purchases", "{\"a\":", "application/json")->status, 400);
  // A page in somebody's browser may send text/plain anywhere, but JSON only where it is allowed to.
  EXPECT_EQ(client.Post("/v1/events/purchases", "{}", "text/plain")->status, 415);
}

TEST(HttpServerTest, RefusesBodiesBeyondItsLimits) {
  HttpServerOptions options;
  options.body_bytes_max = 1000;
  options.events_max = 3;
  Fixture f(options);
  EXPECT_EQ(f.client().Post("/v1/events/purchases", "{}{}{}{}", "application/json")->status, 413);
  const std::string large(5000, ' ');
  const auto reply = f.client().Post("/v1/events/purchases", large, "application/json");
  EXPECT_TRUE(!reply || reply->status == 413);
}

// Reads the stream until it holds `wanted` or ends.
std::string read_stream(const Fixture& f, const std::string& path, const httplib::Headers& headers,
                        const std::string& wanted) {
  std::string text;
  auto client = f.client();
  client.Get(path, headers, [&](const char* data, std::size_t size) {
    text.append(data, size);
    return text.find(wanted) == std::string::npos;
  });
  return text;
}

TEST(HttpServerTest, ThePageComesWholeAndUnderAStrictPolicy) {
  Fixture f;
  auto client = f.client();
  const auto page = client.Get("/");
  EXPECT_EQ(page->status, 200);
  const std::string policy = page->get_header_value("Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self'"));
  EXPECT_THAT(policy, testing::Not(HasSubstr("unsafe")));
  EXPECT_THAT(page->body, HasSubstr("</html>"));
  EXPECT_THAT(page->body, testing::Not(HasSubstr("//"))) << "something from elsewhere";
  EXPECT_EQ(client.Get("/page.css")->get_header_value("Content-Type"), "text/css; charset=utf-8");
  const auto script = client.Get("/page.js");
  EXPECT_THAT(script->body, HasSubstr("refresh();\n"));
  for (const char* unsafe : {"innerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
    EXPECT_THAT(script->body, testing::Not(HasSubstr(unsafe)));
  }
  EXPECT_EQ(client.Get("/v1/status")->body, "{}\n");
}

TEST(HttpServerTest, StreamsTheLastAlertsFirst) {
  Fixture f;
  const std::string last = read_stream(f, "/v1/alerts?last=2", {}, "\"n\":9}\n\n");
  EXPECT_THAT(last, testing::AllOf(HasSubstr("\"n\":8}"), testing::Not(HasSubstr("\"n\":7}"))));
}

TEST(HttpServerTest, StreamsAlertsAndResumesAfterTheLastOneSeen) {
  Fixture f;
  const std::string all = read_stream(f, "/v1/alerts?from=start", {}, "\"n\":9}\n\n");
  EXPECT_THAT(all, testing::StartsWith("id: 0\nevent: alert\ndata: {\"n\":0}\n\n"));
  const std::string rest = read_stream(f, "/v1/alerts", {{"Last-Event-ID", "7"}}, "\"n\":9}\n\n");
  EXPECT_EQ(rest, "id: 8\nevent: alert\ndata: {\"n\":8}\n\nid: 9\nevent: alert\ndata: {\"n\":9}\n\n");
  EXPECT_EQ(f.client().Get("/v1/alerts", {{"Last-Event-ID", "rubbish"}})->status, 400);
}

TEST(HttpServerTest, AQuietStreamShowsThatItLivesAndEndsWithTheServer) {
  HttpServerOptions options;
  options.heartbeat_ms = 20;
  Fixture f(options);
  EXPECT_THAT(read_stream(f, "/v1/alerts", {}, ": still here"), HasSubstr(": still here"));
  std::promise<void> started;
  std::thread reader([&] {
    bool first = true;
    f.client().Get("/v1/alerts", [&](const char*, std::size_t) {
      if (std::exchange(first, false)) started.set_value();
      return true;
    });
  });
  started.get_future().wait();
  f.server->stop();
  reader.join();
}

TEST(HttpServerTest, MoreStreamsThanPlacesAreTurnedAwayAndRequestsGoOn) {
  HttpServerOptions options;
  options.streams_max = 1;
  options.threads = 1;
  options.heartbeat_ms = 20;
  Fixture f(options);
  std::promise<void> started;
  std::thread reader([&] {
    bool first = true;
    f.client().Get("/v1/alerts", [&](const char*, std::size_t) {
      if (std::exchange(first, false)) started.set_value();
      return true;
    });
  });
  started.get_future().wait();
  EXPECT_EQ(f.client().Get("/v1/alerts")->status, 503);
  EXPECT_EQ(f.client().Get("/livez")->status, 200);
  f.server->stop();
  reader.join();
}

std::vector<std::string> values(std::string_view type, std::string_view body) {
  const auto events = split_events(type, {}, body, 100);
  std::vector<std::string> out;
  if (!events.is_ok()) return {"error: " + events.status().message()};
  for (const PostedEvent& e : *events) out.push_back(e.value);
  return out;
}

TEST(EventsBodyTest, CutsJsonApartWithoutTouchingIt) {
  EXPECT_THAT(values("application/json", R"( {"a":"}\"{","b":{"c":1}} )"),
              ElementsAre(R"({"a":"}\"{","b":{"c":1}})"));
  EXPECT_THAT(values("application/json; charset=utf-8", "[ {\"a\": 1.50} ,\n{} ]"),
              ElementsAre("{\"a\": 1.50}", "{}"));
  EXPECT_THAT(values("application/json", "[]"), ElementsAre());
  EXPECT_THAT(values("application/x-ndjson", "{\n}\n{}\n\n"), ElementsAre("{\n}", "{}"));
  for (const char* wrong : {"", "1", "[{}", "[{} {}]", "[{},]", "{", "{\"a\":\"}", "[1]", "{},{}"}) {
    EXPECT_THAT(values("application/json", wrong), ElementsAre(HasSubstr("error: "))) << wrong;
  }
}

TEST(EventsBodyTest, CutsDelimitedProtobufApart) {
  const std::string body("\x02\x0a\x00\x00\x01x", 6);
  EXPECT_THAT(values("application/x-protobuf; delimited=true", body),
              ElementsAre(std::string("\x0a\x00", 2), "", "x"));
  EXPECT_THAT(values("application/x-protobuf", body), ElementsAre(body));
  EXPECT_THAT(values("application/x-protobuf;delimited=true",
                     "\x05"
                     "ab"),
              ElementsAre(HasSubstr("error: ")));
  EXPECT_THAT(values("application/x-protobuf;delimited=true", "\xff\xff"), ElementsAre(HasSubstr("error: ")));
}

TEST(EventsBodyTest, PassesCloudEventsOnAsARecordWouldHaveThem) {
  const auto binary = split_events("application/json", {{"ce-id", "1"}, {"accept", "*/*"}}, "{}", 9);
  ASSERT_TRUE(binary.is_ok());
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(binary->at(0).headers, (Headers{{"ce_id", "1"}, {"content-type", "application/json"}}));
  const auto batch = split_events("application/cloudevents-batch+json", {}, "[{},{}]", 9);
  ASSERT_TRUE(batch.is_ok());
  EXPECT_EQ(batch->size(), 2U);
  EXPECT_EQ(batch->at(1).headers, (Headers{{"content-type", "application/cloudevents+json"}}));
}

TEST(MetricsTextTest, WritesWhatIsStillThere) {
  auto registry = std::make_shared<prometheus::Registry>();
  prometheus::BuildCounter()
      .Name("ebb_events_total")
      .Help("Events.")
      .Register(*registry)
      .Add({})
      .Increment(3);
  std::weak_ptr<prometheus::Collectable> gone = std::make_shared<prometheus::Registry>();
  EXPECT_THAT(metrics_text({registry, gone}), HasSubstr("ebb_events_total 3"));
}

}  // namespace
}  // namespace ebb
