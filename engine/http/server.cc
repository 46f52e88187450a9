#include "engine/http/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <thread>

#include "engine/http/events_body.h"
#include "engine/http/forward.h"
#include "engine/http/page.h"
#include "engine/http/sse.h"
#include "engine/http/worker_pool.h"
#include "fmt/format.h"
#include "httplib.h"
#include "nlohmann/json.hpp"
#include "spdlog/spdlog.h"

namespace ebb {
namespace {

using httplib::Request;
using httplib::Response;
using nlohmann::json;

constexpr char kJson[] = "application/json";
constexpr char kText[] = "text/plain; charset=utf-8";

// Bytes that are no UTF-8 become U+FFFD rather than an exception.
std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void reply_error(Response& response, int status, const std::string& message) {
  response.status = status;
  response.set_content(text_of(json{{"error", message}}) + "\n", kJson);
}

void reply_health(const Request& request, Response& response, const std::string& name,
                  const std::function<std::vector<HealthCheck>()>& ask) {
  const std::vector<HealthCheck> checks = ask ? ask() : std::vector<HealthCheck>{};
  const bool ok = std::all_of(checks.begin(), checks.end(), [](const HealthCheck& c) { return c.ok; });
  response.status = ok ? 200 : 503;
  std::string text;
  if (request.has_param("verbose")) {
    for (const HealthCheck& c : checks) {
      text += c.ok ? fmt::format("[+]{} ok\n", c.name) : fmt::format("[-]{} failed: {}\n", c.name, c.why);
    }
    text += fmt::format("{} check {}\n", name, ok ? "passed" : "failed");
  } else {
    text = ok ? "ok\n" : "not ok; add ?verbose to see why\n";
  }
  response.set_content(text, kText);
}

int status_of(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return 200;
    case Code::kInvalid:
      return 400;
    case Code::kNotFound:
      return 404;
    case Code::kFull:
      return 413;
    case Code::kUnavailable:
    case Code::kFenced:
      return 503;
    case Code::kInternal:
      return 500;
  }
  return 500;
}

json refusals_json(const std::vector<PostRefusal>& refused) {
  json out = json::array();
  for (const PostRefusal& r : refused) {
    out.push_back({{"index", r.index}, {"reason", r.reason}, {"field", r.field}, {"message", r.message}});
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> lower_headers(const Request& request) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    out.emplace_back(std::move(lower), value);
  }
  return out;
}

// host:port, where the host may be in brackets.
bool split_address(const std::string& address, std::string* host, int* port) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return false;
  *host = address.substr(0, colon);
  if (host->size() > 2 && host->front() == '[' && host->back() == ']')
    *host = host->substr(1, host->size() - 2);
  const char* end = address.data() + address.size();
  const auto [at, error] = std::from_chars(address.data() + colon + 1, end, *port);
  return error == std::errc() && at == end && *port >= 0 && *port <= 65'535 && !host->empty();
}

}  // namespace

struct HttpServer::Impl {
  Impl(const HttpServerOptions& o, HttpEndpoints e) : options(o), endpoints(std::move(e)) {}

  Status listen();
  void route();
  void customer(const Request& request, Response& response);
  void post(const Request& request, Response& response);
  void alerts(const Request& request, Response& response);

  const HttpServerOptions options;
  const HttpEndpoints endpoints;
  std::atomic<bool> stopping{false};
  std::atomic<int> streams{0};
  httplib::Server server;
  std::string address;
  std::thread thread;
};

Status HttpServer::Impl::listen() {
  std::string host;
  int port = 0;
  if (!split_address(options.listen, &host, &port)) {
    return Status::invalid("\"" + options.listen + "\" is no address to listen at: expected host:port");
  }
  server.new_task_queue = [this] {
    return new WorkerPool(options.threads + options.streams_max, options.waiting_max);
  };
  // Not the library's default, by which two processes could share a port without noticing.
  server.set_socket_options([](socket_t sock) {
    const int yes = 1;
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  const auto timeout_s = static_cast<time_t>(std::max<DurationMs>(1, options.io_timeout_ms / kSecondMs));
  server.set_read_timeout(timeout_s);
  server.set_write_timeout(timeout_s);
  server.set_keep_alive_timeout(5);
  server.set_payload_max_length(options.body_bytes_max);
  server.set_tcp_nodelay(true);
  route();
  if (port == 0) {
    port = server.bind_to_any_port(host);
  } else if (!server.bind_to_port(host, port)) {
    port = -1;
  }
  if (port < 0) {
    return Status::unavailable("can't listen at " + options.listen + ": is something else there already?");
  }
  address = fmt::format("{}:{}", options.listen.substr(0, options.listen.rfind(':')), port);
  thread = std::thread([this] { server.listen_after_bind(); });
  // stop() is lost on a server that doesn't run yet.
  while (!server.is_running()) std::this_thread::yield();
  return Status::ok();
}

void HttpServer::Impl::route() {
  server.Get("/livez", [this](const Request& request, Response& response) {
    reply_health(request, response, "livez", endpoints.liveness);
  });
  server.Get("/readyz", [this](const Request& request, Response& response) {
    reply_health(request, response, "readyz", endpoints.readiness);
  });
  if (endpoints.metrics) {
    server.Get("/metrics", [this](const Request&, Response& response) {
      response.set_content(endpoints.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    });
  }
  if (endpoints.status) {
    route_page(&server);
    server.Get("/v1/status", [this](const Request&, Response& response) {
      response.set_header("Cache-Control", "no-store");
      response.set_content(endpoints.status(), kJson);
    });
  }
  if (endpoints.customer) {
    server.Get("/v1/customers/(.+)",
               [this](const Request& request, Response& response) { customer(request, response); });
  }
  if (endpoints.post) {
    server.Post("/v1/events/([^/]+)",
                [this](const Request& request, Response& response) { post(request, response); });
  }
  if (endpoints.alerts) {
    server.Get("/v1/alerts",
               [this](const Request& request, Response& response) { alerts(request, response); });
  }
  server.set_error_handler([](const Request& request, Response& response) {
    if (!response.body.empty()) return;
    reply_error(response, response.status,
                response.status == 413 ? "the body is too large" : "nothing at " + request.path);
  });
  server.set_exception_handler([](const Request& request, Response& response, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      spdlog::error("{} {}: {}", request.method, request.path, e.what());
    } catch (...) {
      spdlog::error("{} {}: unknown exception", request.method, request.path);
    }
    reply_error(response, 500, "a bug of Ebb's; its log says more");
  });
}

void HttpServer::Impl::customer(const Request& request, Response& response) {
  const std::string id = request.matches[1];
  const CustomerReply reply = endpoints.customer(id);
  switch (reply.kind) {
    case CustomerReply::Kind::kFound:
      response.set_content(reply.json, kJson);
      return;
    case CustomerReply::Kind::kUnknown:
      reply_error(response, 404, "nothing is known of this customer");
      return;
    case CustomerReply::Kind::kNotNow:
      reply_error(response, 503, reply.why);
      return;
    case CustomerReply::Kind::kElsewhere:
      break;
  }
  if (request.has_header(kForwardedHeader)) {
    reply_error(response, 503, "this customer is just moving between instances; try again");
    return;
  }
  const ForwardedReply forwarded = forward_customer(reply.address, id, options.io_timeout_ms / 2);
  if (forwarded.status == 0) {
    reply_error(response, 503, "the instance at " + reply.address + " has this customer and doesn't answer");
    return;
  }
  response.status = forwarded.status;
  response.set_content(forwarded.body, kJson);
}

void HttpServer::Impl::post(const Request& request, Response& response) {
  const Result<std::vector<PostedEvent>> events = split_events(
      request.get_header_value("Content-Type"), lower_headers(request), request.body, options.events_max);
  if (!events.is_ok()) {
    const Status& status = events.status();
    reply_error(response, status.code() == Code::kNotFound ? 415 : status_of(status), status.message());
    return;
  }
  const Result<PostReply> reply = endpoints.post(request.matches[1], *events);
  if (!reply.is_ok()) {
    reply_error(response, status_of(reply.status()), reply.status().message());
    return;
  }
  response.status = reply->refused.empty() ? 200 : reply->accepted == 0 ? 422 : 207;
  const json body = {{"accepted", reply->accepted}, {"refused", refusals_json(reply->refused)}};
  response.set_content(text_of(body) + "\n", kJson);
}

void HttpServer::Impl::alerts(const Request& request, Response& response) {
  if (++streams > options.streams_max) {
    --streams;
    reply_error(response, 503,
                fmt::format("{} readers of alerts are connected already", options.streams_max));
    return;
  }
  // Holds the place among the streams until the response is gone.
  const std::shared_ptr<void> place(nullptr, [this](void*) { --streams; });
  AlertsFrom from;
  from.after = request.get_header_value("Last-Event-ID");
  if (from.after.empty()) from.after = request.get_param_value("after");
  from.start = request.get_param_value("from") == "start";
  const std::string last = request.get_param_value("last");
  std::from_chars(last.data(), last.data() + last.size(), from.last);
  auto opened = endpoints.alerts(from);
  if (!opened.is_ok()) {
    reply_error(response, status_of(opened.status()), opened.status().message());
    return;
  }
  const auto stream = std::make_shared<SseStream>(std::move(opened).value(), options.heartbeat_ms, &stopping);
  response.set_header("Cache-Control", "no-store");
  response.set_chunked_content_provider("text/event-stream",
                                        [stream, place](std::size_t, httplib::DataSink& sink) {
                                          const std::string text = stream->next();
                                          if (text.empty()) {
                                            sink.done();
                                            return true;
                                          }
                                          return sink.write(text.data(), text.size());
                                        });
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() {
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                      HttpEndpoints endpoints) {
  auto impl = std::make_unique<Impl>(options, std::move(endpoints));
  EBB_TRY(impl->listen());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

const std::string& HttpServer::address() const {
  return impl_->address;
}

void HttpServer::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->stopping = true;
  impl_->server.stop();
  impl_->thread.join();
}

}  // namespace ebb
